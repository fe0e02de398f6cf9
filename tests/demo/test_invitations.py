"""Invitations on the practice server: planned, proved, made, listed and taken back."""

from __future__ import annotations

import pytest

from jitsi_tui.demo.practice import PracticeServer
from jitsi_tui.instance import invitations
from jitsi_tui.instance.accounts import moderators
from jitsi_tui.instance.invitations import NotReadyError
from jitsi_tui.instance.invitations import proof as invitations_proof
from jitsi_tui.instance.model import Access, Ending, Outcome, Policy, RefusedError
from jitsi_tui.session import engine
from jitsi_tui.session.engine import ApplyOptions
from jitsi_tui.session.look import Look
from jitsi_tui.session.look import look as look_at
from jitsi_tui.ssh.host import Host

PAGE = "usr/share/jitsi-meet/static/jitsi-tui-invite.html"
DOMAIN = "meet.example.org"


def look(host: Host, practice: PracticeServer) -> Look:
    return look_at(host, practice.layout)


def closed(host: Host, practice: PracticeServer) -> Look:
    seen = look(host, practice)
    plan = engine.plan_policy(host, seen, Policy(Access.ACCOUNTS))
    assert engine.run_plan(host, seen, plan, ApplyOptions("ada")).ending is Ending.APPLIED
    return look(host, practice)


def test_people_are_invited_once_what_it_needs_was_installed(
    host: Host, practice: PracticeServer
) -> None:
    with pytest.raises(RefusedError, match="is open"):
        engine.plan_invitations(host, look(host, practice))
    original = {
        f"/{name}": (practice.root / name).read_bytes()
        for name in (
            "etc/prosody/conf.avail/meet.example.org.cfg.lua",
            "etc/jitsi/meet/meet.example.org-config.js",
            "etc/jitsi/jicofo/jicofo.conf",
        )
    }
    seen = closed(host, practice)
    with pytest.raises(NotReadyError):
        invitations.create(host, seen.instance, "joki")
    plan = engine.plan_invitations(host, seen)
    assert [change.path.rpartition("/")[2] for change in plan.changes] == [
        "meet.example.org.cfg.lua",
        "jitsi-tui-invite.html",
    ]
    assert plan.restarts == ("prosody",)
    done = engine.run_plan(host, seen, plan, ApplyOptions("ada"))
    assert done.ending is Ending.APPLIED, done.message
    assert (practice.root / PAGE).exists()
    seen = look(host, practice)
    assert not engine.plan_invitations(host, seen).changes

    made = invitations.create(host, seen.instance, "Joki")
    again = invitations.create(host, seen.instance)
    assert made.link.reveal().endswith(f"?name=joki#{made.token.reveal()}")
    found = invitations.outstanding(host, seen.instance)
    assert {i.id for i in found} == {made.invitation.id, again.invitation.id}
    assert invitations.revoke(host, seen.instance, [again.invitation.id]) == (again.invitation.id,)
    assert [i.name for i in invitations.outstanding(host, seen.instance)] == ["joki"]
    with pytest.raises(RefusedError):
        invitations.create(host, seen.instance, "joki", reset=True)

    # Opening it, on whatever way, leaves the page alone.
    reopening = engine.plan_policy(host, seen, Policy(Access.EVERYONE))
    assert not any(change.public for change in reopening.changes)
    assert seen.instance.page_path not in {change.path for change in reopening.changes}

    undo = engine.plan_undo(host, seen, done.backup)
    assert engine.run_plan(host, seen, undo, ApplyOptions("ada")).ending is Ending.APPLIED
    assert not (practice.root / PAGE).exists()
    # And the server opens again to the bytes from before, whatever came between.
    seen = look(host, practice)
    reopening = engine.plan_policy(host, seen, Policy(Access.EVERYONE))
    assert {change.path: change.after for change in reopening.changes} == original


def test_the_proof_leaves_no_account_and_no_invitation(
    host: Host, practice: PracticeServer
) -> None:
    seen = closed(host, practice)
    plan = engine.plan_invitations(host, seen)
    engine.run_plan(host, seen, plan, ApplyOptions("ada"))
    assert invitations_proof.prove(host, seen.instance) == (Outcome.PROVED, ())
    assert moderators.listing(host, DOMAIN, practice.layout).moderators == ()
    assert invitations.outstanding(host, seen.instance) == ()
