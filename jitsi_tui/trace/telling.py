"""An attempt in plain words: each step with its records, and how it stands.

What no record says is marked as inferred, and what can't be known at a log level is said so.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from .reading import Fact
from .session import Session
from .values import Attempt, Step, Tone

ANSWERED = timedelta(seconds=2)
"""Jicofo answers at once: a request without a trace of it by then was refused."""

LOOPS = 4
"""So many refused tokens in one session are no accident."""

SILENT = timedelta(seconds=15)
"""After so long Jicofo should have heard of somebody who got in."""

GUESSED = 3
"""Requests of a BOSH session that never logged in, from which on a password was tried."""

_WENT = "went away"
RAISE_PROSODY = (
    "Prosody writes refused passwords only at debug: log { debug = "
    '"/var/log/prosody/prosody.log" } in prosody.cfg.lua shows them'
)


@dataclass(frozen=True)
class Doors:
    """Where people log in on a server."""

    domain: str
    guest_domain: str = ""
    open_door: bool = False
    """Nobody needs an account on the main domain."""


def tell(session: Session, doors: Doors, now: datetime) -> Attempt:
    """The attempt of one session as it stands at ``now``."""
    teller = _Teller(session, doors, now)
    steps = teller.steps()
    tone, verdict, advice = teller.verdict()
    return Attempt(
        key=session.key,
        began=session.began,
        who=teller.who,
        door=session.door,
        jid=session.jid,
        room=session.room,
        tone=tone,
        verdict=verdict,
        advice=advice,
        steps=steps,
        ended=session.closed is not None,
    )


class _Teller:
    """Reads a session."""

    def __init__(self, session: Session, doors: Doors, now: datetime) -> None:
        domain, guest_domain = doors.domain, doors.guest_domain
        self._s = session
        self._domain = domain
        self._now = now
        bare = session.jid.partition("/")[0]
        self._user, _, self._host = bare.partition("@")
        below = self._host.endswith(f".{domain}")
        self._guest = bool(bare) and (self._host == guest_domain or (not guest_domain and below))
        self._stranger = doors.open_door and self._host == domain
        self._account = bool(bare) and not self._guest and not self._stranger

    @property
    def who(self) -> str:
        """Who it is, as far as the logs know."""
        if self._guest:
            return "a guest"
        if self._stranger:
            return "somebody without an account"
        if self._account:
            return self._user
        return "somebody who has not logged in"

    # -- steps

    def steps(self) -> tuple[Step, ...]:
        """Everything that happened, in the order of time."""
        found = self._at_the_web_server()
        for fact in self._s.facts:
            step = self._step(fact)
            if step is not None:
                found.append(step)
        found += self._missing()
        return tuple(sorted(found, key=_order))

    def _step(self, fact: Fact) -> Step | None:
        teller = getattr(self, f"_{fact.kind}", None)
        return None if teller is None else teller(fact)

    def _say(self, fact: Fact, station: str, words: str, tone: Tone = "good") -> Step:
        return Step(fact.line.time, station, tone, words, (fact.line,))  # type: ignore[arg-type]

    def _at_the_web_server(self) -> list[Step]:
        came = self._s.came
        steps = [self._page(page) for page in came.pages]
        steps += [self._bind(fact) for fact in came.refused]
        if came.firsts:
            first = came.firsts[0]
            addresses = sorted({fact.address for fact in came.firsts})
            where = " or ".join(addresses[:_NAMED])
            doubt = "" if len(addresses) == 1 else " (several came at once, from each of these one)"
            if first.kind == "socket":
                words = f"the websocket from {where} ended{doubt}; it is written then"
            else:
                words = f"came through BOSH, from {where}{doubt}"
            lines = tuple(fact.line for fact in came.firsts[:_NAMED])
            steps.append(Step(first.line.time, "web", "quiet", words, lines))
        return steps

    def _page(self, fact: Fact) -> Step:
        room = f" of {fact.room}" if fact.room else ""
        return self._say(fact, "web", f"opened the page{room}, from {fact.address}", "quiet")

    def _bind(self, fact: Fact) -> Step:
        words = f"the web server answered {fact.status} instead of handing on to Prosody"
        return self._say(fact, "web", words, "bad")

    _socket = _bind

    def _upstream(self, fact: Fact) -> Step:
        words = f"the web server can't reach Prosody ({fact.detail}), asked from {fact.address}"
        return self._say(fact, "web", words, "bad")

    def _opened(self, fact: Fact) -> Step:
        return self._say(fact, "prosody", f"Prosody opened a session ({self._s.door})", "quiet")

    _connected = _opened

    def _encrypted(self, fact: Fact) -> Step:
        words = "encrypts by itself: a program that speaks XMPP, no browser"
        return self._say(fact, "prosody", words, "quiet")

    def _authenticated(self, fact: Fact) -> Step:
        if self._guest:
            return self._say(fact, "prosody", f"let in as a guest, on {self._host}")
        if self._stranger:
            return self._say(fact, "prosody", f"let in without an account, on {self._host}")
        if self._host == self._domain:
            return self._say(fact, "prosody", f"logged in as {self._user}, on {self._host}")
        return self._say(fact, "prosody", f"let in as {fact.jid}", "attention")

    def _refused(self, fact: Fact) -> Step:
        return self._say(fact, "prosody", "Prosody refused the name or the password", "bad")

    def _loop(self, fact: Fact) -> Step | None:
        count = self._s.loops
        shared = ", counted over all who stood at the door" if self._s.shared_loops else ""
        words = f"offered a token that Prosody refused, {count} times{shared}"
        return self._say(fact, "prosody", words, "bad" if count >= LOOPS else "attention")

    def _closed(self, fact: Fact) -> Step:
        return self._say(fact, "prosody", f"{_WENT} ({fact.detail or 'closed'})", "quiet")

    def _request(self, fact: Fact) -> Step:
        room = fact.room.partition("@")[0]
        return self._say(fact, "jicofo", f"asked Jicofo for the room {room}", "quiet")

    def _session(self, fact: Fact) -> Step:
        words = "Jicofo takes this account: it may open rooms, and is a moderator there"
        return self._say(fact, "jicofo", words)

    def _created(self, fact: Fact) -> Step:
        return self._say(fact, "jicofo", "Jicofo opened the meeting")

    def _joined(self, fact: Fact) -> Step:
        doubt = ""
        if self._s.one_of > 1:
            doubt = f", it or another of {self._s.one_of} who asked for the room at once"
        return self._say(fact, "jicofo", f"joined the meeting, as {fact.endpoint}{doubt}")

    def _owner(self, fact: Fact) -> Step:
        return self._say(fact, "jicofo", "became a moderator of the meeting")

    def _unowned(self, fact: Fact) -> Step:
        words = "Jicofo could not make it a moderator: it does not own the room"
        return self._say(fact, "jicofo", words, "bad")

    def _bridgeless(self, fact: Fact) -> Step:
        return self._say(fact, "jicofo", "Jicofo has no videobridge for it", "bad")

    def _left(self, fact: Fact) -> Step:
        return self._say(fact, "jicofo", "left the meeting", "quiet")

    def _endpoint(self, fact: Fact) -> Step:
        return self._say(fact, "bridge", "the videobridge made a place for them", "quiet")

    def _ice_tried(self, fact: Fact) -> Step:
        return self._say(fact, "bridge", "a way for sound and picture is being looked for", "quiet")

    def _ice_up(self, fact: Fact) -> Step | None:
        if fact is not self._s.first("ice_up"):
            return None
        return self._say(fact, "bridge", "sound and picture can flow")

    def _ice_failed(self, fact: Fact) -> Step | None:
        if fact is not self._s.first("ice_failed"):
            return None
        return self._say(fact, "bridge", "no way for sound and picture was found", "bad")

    def _unencrypted(self, fact: Fact) -> Step:
        words = "the browser and the videobridge did not agree on how to encrypt"
        return self._say(fact, "bridge", words, "bad")

    def _expired(self, fact: Fact) -> Step:
        return self._say(fact, "bridge", "the videobridge gave up the place", "quiet")

    def _missing(self) -> list[Step]:
        """What follows from records that are not there."""
        asked = self._waiting_request()
        if asked is None:
            return []
        when = asked.line.time + timedelta(milliseconds=1)
        if self._guest:
            words = "Jicofo opens no room for a guest: wait until a moderator has come"
        else:
            words = f"Jicofo opened no room for {self._s.jid}"
        return [Step(when, "jicofo", "attention", words, (asked.line,), inferred=True)]

    def _waiting_request(self) -> Fact | None:
        """A request after which nothing came."""
        asked = self._s.all("request")
        if not asked or self._s.seen & {"created", "joined"}:
            return None
        return asked[0] if self._now - asked[0].line.time >= ANSWERED else None

    # -- how it stands

    def verdict(self) -> tuple[Tone, str, str]:
        """Tone, one sentence, and what to do."""
        if self._s.seen & {"upstream", "bind", "socket"}:
            return "bad", "The web server can't reach Prosody", "jitsi-tui services DEST"
        if self._s.jid:
            return self._got_in()
        if self._s.loops >= LOOPS:
            return (
                "bad",
                "The login loops: Prosody offers OAUTHBEARER, which the page takes for a token",
                "jitsi-tui mend DEST oauthbearer",
            )
        return self._not_in()

    def _got_in(self) -> tuple[Tone, str, str]:
        without = self._without_media()
        if without is not None:
            return without
        if "joined" in self._s.seen:
            return self._in_the_meeting()
        if self._waiting_request() is not None:
            return self._turned_away()
        if "request" in self._s.seen:
            return "quiet", f"{self._named()} has asked for a room; no answer yet", ""
        since = self._now - (self._s.let_in or self._s.began)
        if self._s.closed is None and since >= SILENT:
            advice = "is its page still asking for a name? else: jitsi-tui services DEST"
            return "attention", f"{self._named()} got in, and Jicofo heard of no room", advice
        return "quiet", f"{self._named()} got in and has asked for no room", ""

    def _without_media(self) -> tuple[Tone, str, str] | None:
        """In the meeting, and hears nobody: the last word of the bridge counts."""
        said = self._s.all("ice_up", "ice_failed", "unencrypted", "bridgeless")
        last = said[-1].kind if said else ""
        told = f"{self._named()} is in the meeting without sound or picture"
        if last == "ice_failed":
            hint = "is UDP port 10000 open to the server, and its public address known to it?"
            return "bad", told, hint
        if last == "unencrypted":
            return "bad", f"{told}: it was not agreed how to encrypt", "another browser or network?"
        if last == "bridgeless":
            return "bad", f"{told}: there is no videobridge", "jitsi-tui services DEST"
        return None

    def _named(self) -> str:
        return self.who[:1].upper() + self.who[1:]

    def _not_in(self) -> tuple[Tone, str, str]:
        check = "jitsi-tui moderators DEST check NAME"
        if "refused" in self._s.seen:
            return "bad", "A name and a password were tried, and refused", check
        tried = self._tried()
        if tried:
            told = "A name and a password were tried, and refused, it seems"
            return "bad", told, f"{check}; {RAISE_PROSODY}"
        if self._s.closed is not None:
            return self._went(tried, f"{check}; {RAISE_PROSODY}")
        if self._now - self._s.began < ANSWERED:
            return "quiet", "Has come to the door", ""
        return "attention", "Has not logged in: no password yet, or a wrong one", RAISE_PROSODY

    def _went(self, tried: bool | None, advice: str) -> tuple[Tone, str, str]:
        if tried is False:
            told = "Turned away without an account: the page asks for a name and a password"
            return "attention", told, ""
        why = "no password was given, or a wrong one"
        if self._s.came.together > 1:
            why += f"; {self._s.came.together} came at once, and it can't be told who asked what"
        return "attention", f"Did not log in: {why}", advice

    def _tried(self) -> bool | None:
        """Whether a name and a password were sent, by how often it asked; ``None``: can't be told.

        Prosody does not write it. A browser without them asks twice and goes; a websocket is one
        line, whatever went through it.
        """
        came = self._s.came
        if self._s.door != "BOSH" or not came.counts:
            return None
        if max(came.counts) < GUESSED:
            return False
        each_its_own = came.together <= len(came.counts)
        return True if each_its_own and min(came.counts) >= GUESSED else None

    def _in_the_meeting(self) -> tuple[Tone, str, str]:
        moderates = self._s.seen & {"owner", "session"} and "unowned" not in self._s.seen
        role = ", as a moderator" if moderates else ""
        room = self._s.room.partition("@")[0]
        if "left" in self._s.seen or self._s.closed is not None:
            return "good", f"{self._named()} was in the meeting {room}{role}, and left", ""
        return "good", f"{self._named()} is in the meeting {room}{role}", ""

    def _turned_away(self) -> tuple[Tone, str, str]:
        if self._guest:
            return "attention", "A guest waits at the door: no moderator has opened the room", ""
        return (
            "bad",
            f"{self._named()} logged in, and Jicofo opened no room",
            "Jicofo takes accounts of its login-url alone: jitsi-tui status DEST",
        )


_NAMED = 4
_ORDER = {"web": 0, "prosody": 1, "jicofo": 2, "bridge": 3}
_LAST = 4


def _order(step: Step) -> tuple[datetime, int, datetime]:
    """By whole seconds, as most logs write them; within one as people pass the stations."""
    place = _LAST if step.words.startswith(_WENT) else _ORDER[step.station]
    return step.time.replace(microsecond=0), place, step.time


_TONES: tuple[tuple[Tone, str], ...] = (
    ("good", "in"),
    ("attention", "waiting or turned away"),
    ("bad", "failed"),
    ("quiet", "on the way"),
)


def summary(attempts: tuple[Attempt, ...]) -> str:
    """``2 attempts: 1 in, 1 turned away``."""
    if not attempts:
        return "Nobody has come yet"
    counted = Counter(attempt.tone for attempt in attempts)
    told = ", ".join(f"{counted[tone]} {word}" for tone, word in _TONES if counted[tone])
    plural = "attempt" if len(attempts) == 1 else "attempts"
    return f"{len(attempts)} {plural}: {told}"
