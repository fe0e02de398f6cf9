"""Several who come at once: told apart where the logs can, and said to be one of several else."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from jitsi_tui.trace.tracer import Tracer

from . import people
from .people import DOMAIN, GUEST, Person
from .test_tracer import told, words


def test_rooms_and_browsers_tell_two_at_one_address_apart() -> None:
    """Both in the same second; one gets in, so the other left the other lines."""
    guest, stranger = Person(0, 0), Person(1, 0)
    stranger.address = guest.address
    guest.loads = stranger.loads = 9  # a slow phone: the page comes long before the door
    guest.comes("daily")
    guest.logs_in(f"0b7c6a5e-1111@{GUEST}")
    guest.asks()
    stranger.comes("weekly")
    stranger.is_refused()
    stranger.goes()
    first, second = told(guest, stranger)
    assert first.who == "a guest" and "opened the page of daily" in words(first)
    assert second.verdict == "A name and a password were tried, and refused, it seems"
    assert "opened the page of weekly" in words(second)
    assert "several" not in words(first) + words(second)


def test_two_browsers_alike_at_one_address_are_not_told_apart() -> None:
    one, other = Person(0, 0), Person(1, 0.5)
    other.address = one.address
    for person in (one, other):
        person.comes()
    one.is_refused()
    one.goes()
    other.goes()
    for attempt in told(one, other):
        assert attempt.verdict == (
            "Did not log in: no password was given, or a wrong one;"
            " 2 came at once, and it can't be told who asked what"
        )
        assert "from 203.0.113.1" in words(attempt), "the address is known all the same"


def test_two_addresses_in_one_second_are_one_or_the_other() -> None:
    one, other = Person(0, 0), Person(1, 0)
    for person in (one, other):
        person.comes()
        person.goes()
    for attempt in told(one, other):
        assert "from 203.0.113.1 or 203.0.113.2 (several came at once" in words(attempt)
        assert "Turned away without an account" in attempt.verdict, "neither asked often"
    for person in (one, other):
        person.is_refused()
    for attempt in told(one, other):
        assert "tried, and refused, it seems" in attempt.verdict, "both asked often"
    other.lines = other.lines[:-3]
    for attempt in told(one, other):
        assert "it can't be told who asked what" in attempt.verdict


def test_two_who_ask_for_one_room_at_once_are_one_or_the_other_in_it() -> None:
    one, other = people.guest(0, 0), people.guest(1, 0)
    for person in (one, other):
        person.lines[:] = [line for line in person.lines if line.source != "nginx.access"]
    one.joins()
    first, second = told(one, other)
    assert "it or another of 2 who asked for the room at once" in words(first) + words(second)


def test_an_anonymous_users_member_is_known_by_name() -> None:
    """Jitsi's client names it after the JID, so two guests of one second stay apart."""
    one, other = Person(0, 0), Person(1, 0)
    for person, user in ((one, "0b7c6a5e-1111"), (other, "f00dcafe-2222")):
        person.comes()
        person.logs_in(f"{user}@{GUEST}")
        person.asks()
    other.joins(endpoint="f00dcafe")
    first, second = told(one, other)
    assert "waits at the door" in first.verdict
    assert "joined the meeting, as f00dcafe" in words(second)
    assert "at once" not in words(second).partition("joined")[2]


def test_without_the_web_servers_log_strangers_are_told_all_the_same() -> None:
    person = people.stranger(0, 0)
    tracer = Tracer(DOMAIN, GUEST)
    tracer.feed(line for line in person.lines if line.source != "nginx.access")
    later = person.at + timedelta(seconds=9)
    assert tracer.attempts(later) == (), "it may be our own look"
    [attempt] = tracer.attempts(later, blind=True)
    assert attempt.verdict == "Did not log in: no password was given, or a wrong one"


def test_whoever_polls_since_before_may_have_asked_what_seems_a_password() -> None:
    """A guest is in for minutes, by the same browser, before a stranger comes to the room."""
    guest, stranger = people.guest(0, 0), Person(1, 300)
    stranger.address = guest.address
    stranger.comes()
    stranger.is_refused()  # in truth the guest's polls
    stranger.goes()
    polls = Person(0, 290)
    polls.is_refused()
    mixed = sorted([*guest.lines, *polls.lines, *stranger.lines], key=lambda line: line.time)
    tracer = Tracer(DOMAIN, GUEST)
    tracer.feed(mixed[: len(guest.lines)])
    assert len(tracer.attempts(guest.at + timedelta(seconds=200))) == 1, "and settled"
    tracer.feed(mixed[len(guest.lines) :])
    _, attempt = tracer.attempts(stranger.at + timedelta(seconds=30))
    assert "2 came at once" in attempt.verdict

    tracer = Tracer(DOMAIN, GUEST)
    tracer.feed(mixed[len(guest.lines) :])
    [attempt] = tracer.attempts(stranger.at + timedelta(seconds=30))
    assert "2 came at once" in attempt.verdict, "also if the guest came before the trace"


def test_the_web_servers_line_may_be_late_on_a_busy_machine() -> None:
    """Of three at once, the door's line of each comes some seconds after Prosody's."""
    guest, moderator, stranger = Person(0, 0), Person(1, 0.5), Person(2, 1)
    guest.agent, moderator.agent, stranger.agent = "Guest/1", "Moderator/1", "Stranger/1"
    for person, room, late in ((guest, "daily", 0), (moderator, "weekly", 4), (stranger, "x", 6)):
        person.address = guest.address
        person.access(f"GET /{room}")
        person.prosody("mod_bosh", "info", f"New BOSH session, assigned it sid '{person.sid}'")
        person.wait(late)
        person.wanted = room
        for _ in range(2):
            person.access(f"POST /http-bind?room={room}")
    guest.logs_in(f"0b7c6a5e-1111@{GUEST}")
    guest.asks("daily@conference.x")
    moderator.logs_in(f"ada@{DOMAIN}")
    moderator.asks("weekly@conference.x")
    stranger.goes()
    for attempt, page in zip(
        told(guest, moderator, stranger), ("daily", "weekly", "x"), strict=True
    ):
        assert f"opened the page of {page}, from" in words(attempt), attempt
        assert "several" not in words(attempt)


def test_no_page_is_told_of_whom_it_may_not_be() -> None:
    """Two strangers of one second, at one address: nobody knows which of them wanted what."""
    one, other = Person(0, 0), Person(1, 0)
    other.address = one.address
    one.comes("daily")
    other.comes("weekly")
    for attempt in told(one, other):
        assert "opened the page" not in words(attempt)
        assert "came through BOSH, from 203.0.113.1" in words(attempt)


def test_who_alone_can_have_begun_a_trail_did_though_others_ask_on() -> None:
    """Guests who are in ask on and on, in every second of those who come."""
    inside = [people.guest(number, 0) for number in range(3)]
    for person in inside:
        for _ in range(20):
            person.wait(1)
            person.access("POST /http-bind?room=daily")
    stranger = Person(9, 10)
    stranger.comes()
    stranger.goes()
    attempt = told(*inside, stranger)[-1]
    assert "opened the page of daily, from 203.0.113.10" in words(attempt), words(attempt)
    assert " or " not in words(attempt)


def test_whoever_polls_in_a_room_since_before_does_not_take_the_page_of_who_comes() -> None:
    """He sits there with another browser, and his poll ends in the very second."""
    before, moderator = Person(0, 0.5), Person(1, 0)
    before.agent, moderator.agent = "Before/1", "Moderator/1"
    before.address = moderator.address
    before.is_refused()  # polls: his session and his page are older than the trace
    moderator.comes()
    moderator.logs_in(f"ada@{DOMAIN}")
    moderator.asks()
    [attempt] = told(before, moderator)
    assert "opened the page of daily" in words(attempt)
    lines = [r.text for step in attempt.steps for r in step.records if r.source == "nginx.access"]
    assert len(lines) == 2 and all("Moderator/1" in line for line in lines)


def test_two_of_one_second_are_one_or_the_other_and_nobody_who_was_there_before() -> None:
    inside = people.guest(5, 0)
    for _ in range(20):
        inside.wait(1)
        inside.access("POST /http-bind?room=daily")
    one, other = Person(0, 10), Person(1, 10)
    for person in (one, other):
        person.comes()
        person.goes()
    for attempt in told(inside, one, other)[1:]:
        assert "from 203.0.113.1 or 203.0.113.2 (several came at once" in words(attempt)


@pytest.mark.parametrize("seed", range(25))
def test_of_any_crowd_no_page_is_told_of_somebody_else(seed: int) -> None:
    """What can't be known is left out."""
    chance = random.Random(seed)
    crowd = []
    for number in range(8):
        person = Person(number, chance.uniform(0, 20))
        person.address = f"203.0.113.{chance.choice((1, 2))}"
        person.agent = chance.choice(("A", "B"))
        person.comes(chance.choice(("daily", "weekly", "monthly")))
        if chance.random() < 0.5:
            person.logs_in(f"{chance.getrandbits(32):08x}-1111@{GUEST}")
            person.asks(f"{person.wanted}@conference.{DOMAIN}")
        else:
            person.goes()
        crowd.append(person)
    by_key = {attempt.key: attempt for attempt in told(*crowd)}
    found = 0
    for person in crowd:
        said = words(by_key[person.sid])
        mine = f"opened the page of {person.wanted}, from {person.address}"
        assert ("opened the page" in said) == (mine in said), (person, said)
        found += mine in said
    assert found >= 2, "and what can be known is told"
