"""Account names are prepared as Prosody prepares them (nodeprep)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jitsi_tui.instance.accounts.names import account, nodeprep
from jitsi_tui.instance.model import RefusedError

TRAPS = json.loads(Path(__file__).with_name("data").joinpath("account_names.json").read_text())
"""Typed and stored (null: refused); what Prosody does, which the lab compares (test_accounts)."""


@pytest.mark.parametrize("trap", TRAPS, ids=[trap["what"] for trap in TRAPS])
def test_a_unicode_trap_is_known(trap: dict[str, str | None]) -> None:
    typed = trap["typed"]
    assert typed is not None
    if trap["stored"] is None:
        with pytest.raises(RefusedError):
            nodeprep(typed)
    else:
        assert nodeprep(typed) == trap["stored"]
        assert nodeprep(trap["stored"]) == trap["stored"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("joki", "joki"),
        ("Joki", "joki"),
        ("ÄNNE", "änne"),
        ("straße", "strasse"),
        ("ﬁnn", "finn"),
        ("a\u00adb", "ab"),
        ("１２", "12"),
        ("Σίσυφος", "σίσυφοσ"),
        ("user.name_1-2", "user.name_1-2"),
        ("שלום", "שלום"),
    ],
)
def test_a_name_is_stored_as_nodeprep_maps_it(typed: str, stored: str) -> None:
    assert nodeprep(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a b",
        "a@b",
        "a/b",
        'a"b',
        "a&b",
        "a'b",
        "a<b",
        "a>b",
        "a:b",
        "a\nb",
        "a\x00b",
        "a\x1bb",
        "a\u00a0b",
        "a\u2028b",
        "a\u202eb",
        "a\ue000b",
        "\ufffdx",
        "שab",
        "x" * 1024,
    ],
)
def test_a_name_that_prosody_would_refuse_is_refused_with_the_reason(typed: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        nodeprep(typed)
    assert "\x1b" not in refusal.value.message
    assert refusal.value.hint


def test_an_account_of_another_host_is_not_a_moderator() -> None:
    with pytest.raises(RefusedError, match=r"auth\.meet"):
        account("focus@auth.meet.example.org", "meet.example.org")
    assert account("joki@Meet.Example.org", "meet.example.org") == "joki"
