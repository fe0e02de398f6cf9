"""Attempts told from records: each kind of visitor, many at once, in any order, hostile text."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from jitsi_tui.logs.masking import mask
from jitsi_tui.trace.telling import summary
from jitsi_tui.trace.tracer import MAX_ATTEMPTS, Tracer
from jitsi_tui.trace.values import Attempt, Line

from . import people
from .people import DOMAIN, GUEST, ROOM, START, Person

LATER = timedelta(seconds=30)


def told(*persons: Person, lines: list[Line] | None = None) -> tuple[Attempt, ...]:
    tracer = Tracer(DOMAIN, GUEST)
    mixed = lines or sorted((line for p in persons for line in p.lines), key=lambda x: x.time)
    tracer.feed(mixed)
    return tracer.attempts(max(line.time for line in mixed) + LATER)


def words(attempt: Attempt) -> str:
    return "; ".join(step.words for step in attempt.steps)


def test_a_stranger_is_turned_away() -> None:
    [attempt] = told(people.stranger(0, 0))
    assert attempt.tone == "attention" and "Turned away without an account" in attempt.verdict
    assert "opened the page of daily, from 203.0.113.1" in words(attempt)
    assert attempt.door == "BOSH" and attempt.ended


def test_a_wrong_password_is_said_as_what_it_seems() -> None:
    [attempt] = told(people.wrong_password(0, 0))
    assert attempt.verdict == "A name and a password were tried, and refused, it seems"
    assert "only at debug" in attempt.advice, "and what would show it"


def test_at_debug_the_refusal_is_a_record() -> None:
    person = Person(0, 0)
    person.comes()
    text = (
        "Sending[c2s_unauthed]: <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/>"
    )
    person.prosody(f"bosh{person.sid}", "debug", text)
    [attempt] = told(person)
    assert attempt.verdict == "A name and a password were tried, and refused"
    assert "debug" not in attempt.advice


def test_a_guest_waits_until_the_moderator_opens_the_meeting() -> None:
    waiting = people.guest(0, 0)
    [attempt] = told(waiting)
    assert attempt.who == "a guest" and "waits at the door" in attempt.verdict
    assert attempt.steps[-1].inferred and attempt.steps[-1].records

    host = people.moderator(1, 20)
    waiting.wait(25)
    waiting.asks()
    waiting.joins()
    guest, moderator = told(waiting, host)
    assert guest.verdict == "A guest is in the meeting daily"
    assert not any(step.inferred for step in guest.steps)
    assert moderator.verdict == "Mod1 is in the meeting daily, as a moderator"
    assert "sound and picture can flow" in words(moderator)


def test_a_moderator_whom_jicofo_does_not_know_is_told_what_to_look_at() -> None:
    person = Person(0, 0)
    person.comes()
    person.logs_in(f"ada@{DOMAIN}")
    person.asks()
    [attempt] = told(person)
    assert attempt.tone == "bad" and "Jicofo opened no room" in attempt.verdict
    assert "login-url" in attempt.advice


def test_a_meeting_without_media_is_told() -> None:
    person = Person(0, 0)
    person.comes()
    person.logs_in(f"ada@{DOMAIN}")
    person.asks()
    person.opens()
    person.joins()
    person.gets_media("Failed")
    [attempt] = told(person)
    assert attempt.tone == "bad" and "without sound or picture" in attempt.verdict
    assert "10000" in attempt.advice


def test_the_login_loop_is_told_with_its_mend() -> None:
    person = Person(0, 0)
    person.comes()
    person.loops(40)
    [attempt] = told(person)
    assert attempt.verdict.startswith("The login loops")
    assert "40 times" in words(attempt) and attempt.advice.endswith("mend DEST oauthbearer")


def test_a_web_server_that_reaches_no_prosody_is_told() -> None:
    text = (
        "2026/11/24 18:00:00 [error] 12#12: *1 connect() failed (111: Connection refused) while"
        " connecting to upstream, client: 203.0.113.9, server: meet.example.org, request:"
        ' "POST /http-bind?room=x HTTP/2.0", upstream: "http://127.0.0.1:5280/http-bind"'
    )
    [attempt] = told(lines=[Line("nginx", START, text)])
    assert attempt.verdict == "The web server can't reach Prosody"


def test_a_websocket_is_a_door_too() -> None:
    person = Person(0, 0)
    person.comes_by_websocket()
    person.logs_in(f"g@{GUEST}", websocket=True)
    person.asks()
    [attempt] = told(person)
    assert attempt.door == "websocket" and attempt.who == "a guest"
    assert "web" not in {step.station for step in attempt.steps}, "the web server wrote nothing yet"
    person.wait(90)
    person.ends_its_websocket()
    [attempt] = told(person)
    assert "the websocket from 203.0.113.1 ended" in words(attempt)
    assert attempt.ended and attempt.steps[-2].station == "web", "where it stands in time"


def test_over_a_websocket_nobody_knows_whether_a_password_was_tried() -> None:
    person = Person(0, 0)
    person.comes_by_websocket()
    person.wait(0.4)
    person.ends_its_websocket()
    [attempt] = told(person)
    assert attempt.verdict == "Did not log in: no password was given, or a wrong one"
    assert "only at debug" in attempt.advice


def test_jitsis_own_parts_are_nobodys_attempt() -> None:
    part = Person(0, 0)
    part.comes_by_websocket()
    part.prosody(part.sid, "info", "Stream encrypted (TLSv1.3 with TLS_AES_256_GCM_SHA384)")
    part.logs_in(f"focus@auth.{DOMAIN}", websocket=True)
    native = Person(1, 5)
    native.comes_by_websocket()
    native.prosody(native.sid, "info", "Stream encrypted (TLSv1.3 with TLS_AES_256_GCM_SHA384)")
    native.logs_in(f"joki@{DOMAIN}", websocket=True)
    [attempt] = told(part, native)
    assert attempt.door == "XMPP" and attempt.who == "joki"


def test_what_began_before_the_trace_is_taken_up_where_it_is() -> None:
    person = people.moderator(0, 0)
    late = [line for line in person.lines if line.source in ("jicofo", "jvb")]
    [attempt] = told(lines=late)
    assert attempt.door == "" and attempt.who == "mod0" and attempt.tone == "good"


def test_what_hides_the_ids_of_sessions_tells_people_apart_still() -> None:
    persons = [people.guest(number, number * 0.1) for number in range(5)]
    for number, person in enumerate(persons):
        sid = f"{number:08x}{person.sid[8:]}"
        person.lines = [
            replace(line, text=mask(line.text.replace(person.sid, sid))) for line in person.lines
        ]
        assert sid not in "".join(line.text for line in person.lines)
    assert {attempt.key for attempt in told(*persons)} == {f"{at:08x}" for at in range(5)}


def test_our_own_looks_are_nobodys_attempt() -> None:
    probe = Person(0, 0)
    probe.prosody("mod_bosh", "info", f"New BOSH session, assigned it sid '{probe.sid}'")
    probe.logs_in(f"p@{GUEST}")
    probe.lines = [line for line in probe.lines if line.source != "nginx.access"]
    probe.asks(f"jitsi-tui-51c55009@conference.{DOMAIN}")
    assert told(probe) == ()


def test_our_own_look_at_an_open_server_is_nobodys_attempt() -> None:
    probe, stranger = Person(0, 0), Person(1, 60)
    for one in (probe, stranger):
        one.prosody("mod_bosh", "info", f"New BOSH session, assigned it sid '{one.sid}'")
        one.logs_in(f"p@{DOMAIN}")
    probe.lines = [line for line in probe.lines if line.source != "nginx.access"]
    probe.prosody(f"bosh{probe.sid}", "info", "BOSH client disconnected: session close")
    lines = [*probe.lines, *stranger.lines]
    for open_door, count in ((True, 1), (False, 2)):
        tracer = Tracer(DOMAIN, open_door=open_door)
        tracer.feed(lines)
        assert len(tracer.attempts()) == count


@pytest.mark.parametrize("seed", range(40))
def test_many_at_once_stay_apart(seed: int) -> None:
    """Everyone at any time, the logs read in any interleaving that keeps each log's own order."""
    dice = random.Random(seed)
    persons = []
    wanted = {}
    for number in range(dice.randrange(2, 9)):
        after = dice.uniform(0, 60)
        kind = dice.choice(["stranger", "guest", "moderator"])
        room = f"room{number}@conference.{DOMAIN}"
        if kind == "stranger":
            person, verdict = people.stranger(number, after), "Turned away"
        elif kind == "guest":
            person, verdict = people.guest(number, after, room), "waits at the door"
        else:
            person = people.moderator(number, after, room)
            verdict = f"is in the meeting room{number}, as a moderator"
        persons.append(person)
        wanted[person.sid] = (person, verdict)
    logs: dict[str, list[Line]] = {}
    for line in sorted((x for p in persons for x in p.lines), key=lambda x: x.time):
        logs.setdefault(line.source, []).append(line)
    mixed = []
    now = START
    while any(logs.values()):
        # What a log has written by now may come late, never before it was written.
        now += timedelta(seconds=0.25)
        names = [name for name in logs if logs[name] and logs[name][0].time <= now]
        dice.shuffle(names)
        for name in names:
            while logs[name] and logs[name][0].time <= now:
                mixed.append(logs[name].pop(0))
    attempts = told(lines=mixed)
    assert len(attempts) == len(persons)
    for attempt in attempts:
        person, verdict = wanted[attempt.key]
        assert verdict in attempt.verdict, (verdict, attempt)
        assert attempt.jid == getattr(person, "jid", "")
        others = [p for p in persons if p is not person]
        for step in attempt.steps:
            doubted = "several came at once" in step.words
            assert not doubted or any(person.address in r.text for r in step.records)
            for record in step.records if not doubted else ():
                strange = [
                    p
                    for p in others
                    if any(f"{name} " in record.text for name in (p.sid, p.endpoint, p.address))
                ]
                assert strange == [], (person, record)


HOSTILE = "\x1b]0;x\x07[/x] \u202e <script> 'sid' " + "A" * 5000


@pytest.mark.parametrize("source", ["prosody", "jicofo", "jvb", "nginx.access", "nginx", "other"])
def test_hostile_text_is_nobody(source: str) -> None:
    tracer = Tracer(DOMAIN, GUEST)
    tracer.feed([Line(source, START, HOSTILE), Line(source, START, "")])
    assert tracer.attempts() == ()


def test_a_forged_name_makes_no_other_session() -> None:
    person = people.guest(0, 0)
    forged = f"x' sid 'y'\tNew BOSH session, assigned it sid 'evil' {ROOM}"
    person.access(f"GET /{forged.replace(' ', '%20')}")
    assert [attempt.key for attempt in told(person)] == [person.sid]


def test_memory_is_bounded() -> None:
    tracer = Tracer(DOMAIN, GUEST)
    for number in range(MAX_ATTEMPTS + 50):
        person = Person(number % 250, number * 3)
        person.sid = f"sid-{number}"
        person.comes()
        tracer.feed(person.lines)
    assert len(tracer.attempts()) <= MAX_ATTEMPTS


def test_the_summary_counts() -> None:
    assert summary(()) == "Nobody has come yet"
    attempts = told(people.stranger(0, 0), people.moderator(1, 20))
    assert summary(attempts) == "2 attempts: 1 in, 1 waiting or turned away"
