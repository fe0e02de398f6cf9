"""One remote command tells all that there is to know about a server: ``Host`` → ``Instance``."""

from __future__ import annotations

from dataclasses import replace

from jitsi_tui.ssh.command import NOT_RUN
from jitsi_tui.ssh.host import Host, Result
from jitsi_tui.visible import visible

from ..asking import Told, ask
from ..layout import Layout
from ..model import Instance, JicofoAuthority, RefusedError
from . import running
from .reading import instance_of
from .running import jicofo_said
from .sections import FactsError, Sections


def gather(
    host: Host,
    *,
    domain: str | None = None,
    layout: Layout | None = None,
    told: Told | None = None,
) -> Instance:
    """Look at the server once; ``told``: what it said of this domain a moment ago.

    As root where that is possible, otherwise as the user who logged in; what he may not read is
    ``Failed`` then. Raises ``InstanceError`` where there is no Jitsi, no such domain, or several
    domains and none chosen; ``HostError`` where the host itself fails.
    """
    layout = layout or Layout()
    told = told or ask(host, layout, domain=domain)
    instance = instance_of(_sections(told), domain=domain, layout=layout)
    ahead = instance.taken.timestamp() - (told.began + told.ended) / 2
    slack = 1.0 + (told.ended - told.began) / 2
    ahead = ahead if abs(ahead) > slack else 0.0
    return replace(instance, clock_ahead=ahead, not_root=told.result.refusal)


def parse(
    raw: bytes, nonce: str, *, domain: str | None = None, layout: Layout | None = None
) -> Instance:
    """The instance that the words of ``facts.pl`` describe. Raises as ``gather`` does."""
    return instance_of(Sections(raw, nonce), domain=domain, layout=layout or Layout())


def jicofo_authority(host: Host, layout: Layout) -> tuple[JicofoAuthority, str]:
    """What Jicofo's log says now of its authentication, and its login domain (``""``: none).

    For servers whose Jicofo answers no ``/debug``, after a restart.
    """
    sections = _sections(ask(host, layout, "--only=jicofo-log"))
    authority, login_url = jicofo_said(sections, since=None)
    return authority, login_url or ""


def jicofo_logins(host: Host, layout: Layout) -> tuple[float | None, bool | None]:
    """What Jicofo's log says now of how long it remembers logins, and of auto-login."""
    return running.jicofo_logins(_sections(ask(host, layout, "--only=jicofo-log")))


def docker_refusal(instance: Instance) -> RefusedError | None:
    """Why nothing is changed in a Docker install, with what to do instead; else ``None``."""
    if instance.docker is None:
        return None
    return RefusedError(
        f"this Jitsi runs in Docker ({instance.docker.container}), which writes its files anew at"
        " each start",
        "set ENABLE_AUTH=1 ENABLE_GUESTS=1 AUTH_TYPE=internal in the .env file beside"
        " docker-compose.yml, then: docker compose up -d --force-recreate",
    )


def _sections(told: Told) -> Sections:
    result = told.result
    if result.exit != 0:
        raise _unseen(result, told.nonce)
    return Sections(result.stdout, told.nonce)


def _unseen(result: Result, nonce: str) -> FactsError:
    """Why nothing was looked at: our program ended early, or something else ran in its place."""
    out, err = (
        visible(data.decode("utf-8", "replace").strip(), lines=True)
        for data in (result.stdout, result.stderr)
    )
    said = (err or ("" if nonce in out else out)).splitlines()
    # fish reads all of a program before it runs any of it.
    shells = [line for line in said if NOT_RUN in line or line.startswith("fish: ")]
    instead = shells or (not err and out and nonce not in out)
    last = (shells or said or [f"exit {result.exit}"])[-1][:200]
    if instead:
        return FactsError(
            f"the server ran something else than our command: {last}",
            "look at ForceCommand in its sshd_config, command= in authorized_keys, and the login"
            " shell of that user",
        )
    return FactsError(
        f"the server could not be looked at: {last}", "it needs perl (perl-base, as on Debian)"
    )
