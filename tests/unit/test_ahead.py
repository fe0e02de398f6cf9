"""A connection made ahead: its questions and its errors wait for whoever takes it."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from jitsi_tui.session.ahead import Ahead
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.host import ConnectError, Host
from jitsi_tui.ssh.prompts import NoPrompts, Prompts

PATIENCE = 30.0


class Person(NoPrompts):
    """Knows one passphrase, and in which thread he was asked for it."""

    def __init__(self) -> None:
        self.asked_in: list[threading.Thread] = []

    def passphrase(self, path: str) -> Secret | None:
        self.asked_in.append(threading.current_thread())
        return Secret(f"for {path}")


class Gone(NoPrompts):
    """Presses Ctrl-C when he is asked."""

    def passphrase(self, path: str) -> Secret | None:
        raise KeyboardInterrupt


class Place:
    """What a connection leads to, as these tests need it; it asks for a passphrase first."""

    def __init__(self) -> None:
        self.prompts: Prompts = NoPrompts()
        self.answer: Secret | None = None
        self.go_on = threading.Event()
        self.refused = threading.Event()
        self.closed = threading.Event()

    def connect(self, prompts: Prompts) -> Host:
        self.prompts = prompts
        self.answer = prompts.passphrase("a key")
        if self.answer is None:
            self.refused.set()
        assert self.go_on.wait(PATIENCE)
        return cast("Host", self)

    def close(self) -> None:
        self.closed.set()


def test_questions_are_answered_in_the_thread_that_waits() -> None:
    place, person = Place(), Person()
    place.go_on.set()
    assert Ahead(place.connect).wait(person) is cast("Host", place)
    assert place.answer == Secret("for a key")
    assert person.asked_in == [threading.current_thread()]


def test_what_is_asked_later_goes_to_the_person_directly() -> None:
    place = Place()
    place.go_on.set()
    Ahead(place.connect).wait(Person())
    assert place.prompts.passphrase("another") == Secret("for another")


def test_an_error_is_raised_where_somebody_waits() -> None:
    def fail(_: Prompts) -> Host:
        raise ConnectError("nobody is there", "look")

    with pytest.raises(ConnectError, match="nobody is there"):
        Ahead(fail).wait(NoPrompts())


def test_one_that_nobody_takes_is_closed_once_it_stands() -> None:
    place = Place()
    Ahead(place.connect).abandon()
    assert place.refused.wait(PATIENCE), "its question is answered with no"
    assert not place.closed.is_set()
    place.go_on.set()
    assert place.closed.wait(PATIENCE)


def test_an_interrupted_question_ends_it_too() -> None:
    place = Place()
    with pytest.raises(KeyboardInterrupt):
        Ahead(place.connect).wait(Gone())
    assert place.refused.wait(PATIENCE)
    place.go_on.set()
    assert place.closed.wait(PATIENCE)
