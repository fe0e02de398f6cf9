"""Secrets can't be printed by accident, and generated ones are strong."""

from __future__ import annotations

import copy
import math
import pickle
import traceback

import pytest

from jitsi_tui import resources
from jitsi_tui.instance.accounts import passphrase
from jitsi_tui.instance.accounts.program import check_password
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.ssh.command import Secret

HIDDEN = "correct-horse-battery"


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        lambda s: f"{s} {s!r} {s:>40}",
        lambda s: repr([s, {"k": s}]),
    ],
)
def test_a_secret_is_never_shown(shown: object) -> None:
    assert callable(shown)
    assert HIDDEN not in shown(Secret(HIDDEN))


def test_a_secret_is_not_written_down() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(HIDDEN))
    with pytest.raises(TypeError):
        copy.deepcopy(Secret(HIDDEN))


def test_a_refused_password_does_not_stand_in_the_error() -> None:
    with pytest.raises(RefusedError) as refusal:
        check_password(Secret(HIDDEN + "\n"))
    assert HIDDEN not in "".join(traceback.format_exception(refusal.value))


def test_generated_passphrases_have_at_least_seventy_bits_and_differ() -> None:
    words = set(resources.passphrase_words())
    assert len(words) == 7776
    made = {passphrase.generate().reveal() for _ in range(50)}
    assert len(made) == 50
    # Two of the EFF's words hold hyphens themselves, so the count is at least what was asked for.
    assert all(len(phrase.split("-")) * math.log2(7776) >= 70 for phrase in made)
