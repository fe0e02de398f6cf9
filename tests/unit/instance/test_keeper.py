"""Whose accounts they are that people log in with."""

from __future__ import annotations

import pytest

from jitsi_tui.instance.accounts.keeper import refuse_changes, refuse_foreign
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.instance.posture import Settings

DOMAIN = "meet.example.org"


def by(method: str | None) -> Settings:
    return Settings(main_file=None, main_authentication=method, guest_domain=None)


@pytest.mark.parametrize("method", ["internal_hashed", "internal_plain", None])
def test_accounts_of_prosody_are_changed(method: str | None) -> None:
    refuse_changes(DOMAIN, by(method))
    refuse_foreign(DOMAIN, by(method))


@pytest.mark.parametrize("method", ["ldap2", "ldap", "cyrus", "http", "imap"])
def test_accounts_that_lie_elsewhere_are_not(method: str) -> None:
    for refuse in (refuse_changes, refuse_foreign):
        with pytest.raises(RefusedError, match=f"people in by {method}") as refused:
            refuse(DOMAIN, by(method))
        assert "where they are kept" in refused.value.hint


def test_tokens_are_no_accounts() -> None:
    with pytest.raises(RefusedError, match="by token: it has no accounts"):
        refuse_foreign(DOMAIN, by("token"))


@pytest.mark.parametrize("method", ["jitsi-anonymous", "anonymous"])
def test_an_open_server_has_a_list_and_nothing_to_change(method: str) -> None:
    refuse_foreign(DOMAIN, by(method))
    with pytest.raises(RefusedError, match="is open") as refused:
        refuse_changes(DOMAIN, by(method))
    assert "close it first" in refused.value.hint
