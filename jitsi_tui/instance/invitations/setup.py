"""What invitations need on a server: our page, and Prosody's modules. Installing is a plan."""

from __future__ import annotations

from dataclasses import replace

from ..coming_up import refuse_to_take_down
from ..model import Failed, FileChange, Instance, Known, Plan, RefusedError
from ..plan import as_it_is, restarts_for
from ..plan.edits import Editor
from ..posture import settings
from ..readings import ProsodyReading
from . import refuse_where_impossible
from .page import page

MODULES = ("invites", "invites_register")
"""mod_register_ibr comes with the latter, which lets nobody register without a token."""

_KEPT_HERE = frozenset({"internal_hashed", "internal_plain", "internal"})


def lacking(instance: Instance) -> tuple[str, ...]:
    """Modules that the main host lacks by its files; Prosody's shell is one of them."""
    reading = ProsodyReading(instance)
    hosts = (instance.domain, "*", "")
    there = {name for host in hosts for name in reading.strings(host, "modules_enabled")}
    there -= {name for host in hosts for name in reading.strings(host, "modules_disabled")}
    return tuple(name for name in (*MODULES, "admin_shell") if name not in there)


def has_page(instance: Instance) -> bool:
    """Whether a page of ours, of whatever version, is there."""
    return isinstance(instance.page, Known)


def is_outdated(instance: Instance) -> bool:
    """Whether the page there is another than this version's; it may well work."""
    return isinstance(instance.page, Known) and instance.page.value.data != page()


def plan_setup(instance: Instance, running: frozenset[str] | None = None) -> Plan:
    """The plan that lets people be invited; without changes where they can be already.

    ``running`` are the modules that the running Prosody has (``invitations.loaded``), ``None``
    where it could not be asked. Raises ``RefusedError`` where this server can't have invitations.
    """
    refuse_where_impossible(instance)
    now = settings(instance)
    _refuse_what_would_not_work(instance, now.main_authentication or "internal_hashed")
    changes = []
    missing = lacking(instance)
    if missing:
        editor = Editor(instance, now)
        editor.load_modules(missing)
        changes += editor.changes()
    page_change = _page_change(instance)
    if page_change is not None:
        changes.append(page_change)
    stale = running is None or not running.issuperset(MODULES)
    restarts = restarts_for(instance, changes, frozenset({"prosody"} if stale else ()))
    refuse_to_take_down(instance, restarts, changes)
    done = f"people can be invited to {instance.domain} already"
    return Plan(
        domain=instance.domain,
        summary=f"let people be invited to {instance.domain}: they choose their own password",
        changes=tuple(changes),
        restarts=restarts,
        expectation=replace(as_it_is(now), invitations=True),
        reason="" if changes or restarts else done,
    )


def _refuse_what_would_not_work(instance: Instance, method: str) -> None:
    if method not in _KEPT_HERE:
        raise RefusedError(
            f"the accounts of {instance.domain} are kept by {method}, not by Prosody",
            "make them there; Prosody can invite to accounts of its own alone",
        )
    if ProsodyReading(instance).value(instance.domain, "registration_invite_only") is False:
        raise RefusedError(
            "registration_invite_only = false lets everybody make an account, invited or not",
            "take that line out of Prosody's files first",
        )
    if isinstance(instance.page, Failed):
        raise RefusedError(
            f"{instance.page_path or 'the page'} could not be looked at: {instance.page.why}",
            instance.how_to_become_root,
        )
    if not instance.page_path:
        raise RefusedError(
            "no web server here shows Jitsi's folder /static, where our page would lie",
            "is it on another machine? Copy the page there by hand: see docs/invitations.md",
        )


def _page_change(instance: Instance) -> FileChange | None:
    """The page made, or brought up to this version; ``None`` where it is that already."""
    wanted = page()
    if not isinstance(instance.page, Known):
        return FileChange(instance.page_path, b"", wanted, created=True, public=True)
    file = instance.page.value
    if file.data == wanted:
        return None
    return FileChange(file.real, file.data, wanted, public=True)
