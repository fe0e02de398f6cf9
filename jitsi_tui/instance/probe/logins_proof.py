"""The proof that Jicofo took what was asked of logins: its own word at its start."""

from __future__ import annotations

from jitsi_tui.ssh.host import Host, HostError

from .. import facts
from ..logins import written
from ..model import Expectation, Instance, InstanceError, Outcome


def asked(expectation: Expectation) -> bool:
    """Whether anything was asked of logins."""
    return expectation.login_lifetime is not None or expectation.auto_login is not None


def prove(
    host: Host, instance: Instance, expectation: Expectation
) -> tuple[Outcome, tuple[str, ...]]:
    """Compare with Jicofo's log. Where it does not tell, its files stand as they were read back."""
    try:
        lifetime, auto_login = facts.jicofo_logins(host, instance.layout)
    except (HostError, InstanceError):
        return Outcome.PROVED, ()
    wrong = []
    wanted = expectation.login_lifetime
    if wanted is not None and lifetime is not None and lifetime != wanted:
        wrong.append(
            f"Jicofo says that it remembers logins for {written(lifetime, words=True)}, "
            f"not {written(wanted, words=True)}"
        )
    if None not in (expectation.auto_login, auto_login) and expectation.auto_login != auto_login:
        wrong.append(f"Jicofo says that its automatic login is {'on' if auto_login else 'off'}")
    return (Outcome.WRONG, tuple(wrong)) if wrong else (Outcome.PROVED, ())
