"""Jicofo's side of the videobridge: places for members, once two of them are there.

The real one speaks colibri over XMPP; here it is a request to the stand-in on this machine.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

from .conference import Conference
from .log import log

MIN_PARTICIPANTS = 2
"""jicofo.conference.min-participants."""

_URL = "http://127.0.0.1:8080/standin/"
_ONE_AFTER_THE_OTHER = ThreadPoolExecutor(max_workers=1)


def invite(conference: Conference) -> None:
    """Give everybody a place who has none."""
    if len(conference.members) < MIN_PARTICIPANTS:
        return
    for nick in conference.members:
        if nick not in conference.invited:
            conference.invited.add(nick)
            _ask("allocate", conference, nick)


def expire(conference: Conference, nick: str = "") -> None:
    """Give up the place of one member, or the whole conference."""
    if nick in conference.invited or (not nick and conference.invited):
        conference.invited.discard(nick)
        _ask("expire", conference, nick)


def _ask(what: str, conference: Conference, nick: str) -> None:
    wish = {"room": conference.room, "meeting": conference.meeting_id, "endpoint": nick}
    loop = asyncio.get_event_loop()
    asked = loop.run_in_executor(_ONE_AFTER_THE_OTHER, _post, what, json.dumps(wish).encode())
    if what == "allocate":
        context = f"{conference.context} participant={nick}"
        asked.add_done_callback(lambda done: _answered(done.result(), context))


def _post(what: str, body: bytes) -> bool:
    try:
        with urlopen(Request(_URL + what, data=body), timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _answered(allocated: bool, context: str) -> None:
    if not allocated:
        log("WARNING", "BridgeSelector.selectBridge#186", "There are no operational bridges.")
        text = "Can not invite participant, no bridge available."
        log("SEVERE", "ParticipantInviteRunnable.doInvite#224", text, context)
