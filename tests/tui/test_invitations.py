"""Inviting people by keyboard: whom, until when, the link shown once, what is outstanding."""

from __future__ import annotations

from datetime import timedelta

from textual.pilot import Pilot

from jitsi_tui.instance.invitations import Invitation, Invited
from jitsi_tui.session import events as ev
from jitsi_tui.session.inviting import Wish
from jitsi_tui.ssh.command import Secret
from jitsi_tui.tui.screens.invitations import InvitationsSheet, InviteSheet, LinkSheet
from jitsi_tui.tui.screens.plan import PlanSheet

from . import samples
from .driving import Driven, connected, shown, tell, wait_out_deafness

PLAN = samples.plan()
LINK = "https://meet.example.org/static/jitsi-tui-invite.html?name=joki#AbCdEfGhIjKlMnOpQrStUvWx"


def invitation(name: str = "joki", identifier: str = "0123456789ab") -> Invitation:
    until = samples.NOW + timedelta(days=7)
    return Invitation(identifier, "account", name, samples.NOW, until)


def made() -> ev.InvitationMade:
    return ev.InvitationMade(
        Invited(invitation(), Secret("AbCdEfGhIjKlMnOpQrStUvWx"), Secret(LINK))
    )


async def on_moderators(pilot: Pilot[None]) -> Driven:
    app = pilot.app
    assert isinstance(app, Driven)
    await connected(pilot, secure=True)
    await pilot.press("4")
    await pilot.pause()
    await tell(pilot, samples.moderators_event(3))
    return app


async def test_inviting_whoever_has_the_link(size: tuple[int, int]) -> None:
    app = Driven()
    async with app.run_test(size=size) as pilot:
        await on_moderators(pilot)
        await pilot.press("i")
        await pilot.pause()
        assert "on meet.example.org" in shown(pilot)
        await pilot.press("enter", "enter")
        await pilot.pause()
        assert app.recorder.asked[-1:] == [("invite", Wish())]


async def test_inviting_by_name_and_for_a_time() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await on_moderators(pilot)
        await pilot.press("i", *"joki", "enter", *"12h", "enter")
        await pilot.pause()
        assert app.recorder.asked[-1:] == [("invite", Wish("joki", False, 12 * 3600))]


async def test_a_time_that_is_none_is_said_and_nobody_is_invited() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await on_moderators(pilot)
        await pilot.press("i", "enter", *"soon", "enter")
        await pilot.pause()
        assert isinstance(app.screen, InviteSheet)
        assert "is no time for which" in shown(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert "invite" not in app.recorder.names()


async def test_a_new_password_is_proposed_for_the_account_under_the_cursor() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await on_moderators(pilot)
        await pilot.press("down", "i", "shift+tab", "down", "tab", "enter", "enter")
        await pilot.pause()
        assert app.recorder.asked[-1:] == [("invite", Wish("grace", True, None))]


async def test_the_link_is_shown_once_copied_by_key_and_forgotten() -> None:
    app = Driven()
    copied: list[str] = []
    app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
    async with app.run_test(size=(120, 40)) as pilot:
        await on_moderators(pilot)
        await tell(pilot, made())
        await pilot.pause()
        assert isinstance(app.screen, LinkSheet)
        assert "An account for joki" in shown(pilot)
        assert LINK.partition("?")[0] in shown(pilot)
        await pilot.press("c")
        await pilot.pause()
        assert copied == [LINK]
        await pilot.press("escape")
        await pilot.pause()
        assert "AbCdEfGh" not in shown(pilot)
        assert LINK not in repr(app.state)


async def test_what_the_server_lacks_is_a_plan_to_look_at_and_to_confirm() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await on_moderators(pilot)
        await tell(pilot, ev.InvitationSetup(PLAN))
        await pilot.pause()
        assert isinstance(app.screen, PlanSheet)
        await pilot.press("a")
        await wait_out_deafness(pilot)
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1:] == [("apply", PLAN, False)]


async def test_outstanding_invitations_are_listed_and_taken_back() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await on_moderators(pilot)
        await pilot.press("I")
        await pilot.pause()
        assert isinstance(app.screen, InvitationsSheet)
        assert app.recorder.asked[-1:] == [("invitations",)]
        await tell(pilot, ev.InvitationsListed((invitation("", "00000000000a"), invitation())))
        await pilot.pause()
        assert "whoever has the link" in shown(pilot)
        assert "2 invitations" in shown(pilot)
        await pilot.press("down", "x")
        await wait_out_deafness(pilot)
        assert "take back the invitation: an account for joki" in shown(pilot).casefold()
        await pilot.press("y")
        await pilot.pause()
        assert app.recorder.asked[-1:] == [("revoke", ("0123456789ab",))]


async def test_why_there_is_no_list_is_said() -> None:
    app = Driven()
    async with app.run_test() as pilot:
        await on_moderators(pilot)
        await pilot.press("I")
        await tell(pilot, ev.InvitationsFailed("Prosody 0.11.9 knows no invitations", "upgrade it"))
        await pilot.pause()
        assert "knows no invitations" in shown(pilot)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, InvitationsSheet)


async def test_who_only_looks_invites_nobody() -> None:
    app = Driven(read_only=True)
    async with app.run_test() as pilot:
        await on_moderators(pilot)
        await pilot.press("i")
        await pilot.pause()
        assert not isinstance(app.screen, InviteSheet)
