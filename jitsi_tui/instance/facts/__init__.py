"""One remote command tells all that there is to know about a server: ``Host`` → ``Instance``."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace

from jitsi_tui.resources import remote_modules
from jitsi_tui.ssh.command import NOT_RUN, Root
from jitsi_tui.ssh.host import Host, Result
from jitsi_tui.ssh.shipped import shipped
from jitsi_tui.visible import visible

from ..findings import known_lines
from ..layout import Layout
from ..model import Instance, JicofoAuthority, RefusedError
from . import running
from .reading import instance_of
from .running import jicofo_said
from .sections import FactsError, Sections

_TIMEOUT = 60.0
_LIMIT = 40 * 1024 * 1024


def gather(host: Host, *, domain: str | None = None, layout: Layout | None = None) -> Instance:
    """Look at the server once.

    As root where that is possible, otherwise as the user who logged in; what he may not read is
    ``Failed`` then. Raises ``InstanceError`` where there is no Jitsi, no such domain, or several
    domains and none chosen; ``HostError`` where the host itself fails.
    """
    layout = layout or Layout()
    began = time.time()
    raw, nonce = _ask(host, layout, *([f"--domain={domain}"] if domain else []))
    ended = time.time()
    instance = parse(raw, nonce, domain=domain, layout=layout)
    ahead = instance.taken.timestamp() - (began + ended) / 2
    slack = 1.0 + (ended - began) / 2
    return replace(instance, clock_ahead=ahead if abs(ahead) > slack else 0.0)


def parse(
    raw: bytes, nonce: str, *, domain: str | None = None, layout: Layout | None = None
) -> Instance:
    """The instance that the words of ``facts.pl`` describe. Raises as ``gather`` does."""
    return instance_of(Sections(raw, nonce), domain=domain, layout=layout or Layout())


def jicofo_authority(host: Host, layout: Layout) -> tuple[JicofoAuthority, str]:
    """What Jicofo's log says now of its authentication, and its login domain (``""``: none).

    For servers whose Jicofo answers no ``/debug``, after a restart.
    """
    raw, nonce = _ask(host, layout, "--only=jicofo-log")
    authority, login_url = jicofo_said(Sections(raw, nonce), since=None)
    return authority, login_url or ""


def jicofo_logins(host: Host, layout: Layout) -> tuple[float | None, bool | None]:
    """What Jicofo's log says now of how long it remembers logins, and of auto-login."""
    raw, nonce = _ask(host, layout, "--only=jicofo-log")
    return running.jicofo_logins(Sections(raw, nonce))


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


def _ask(host: Host, layout: Layout, *words: str) -> tuple[bytes, str]:
    nonce = secrets.token_hex(8)
    result = host.run(
        shipped(
            "facts.pl",
            *layout.arguments(),
            f"--nonce={nonce}",
            *words,
            root=Root.IF_POSSIBLE,
            parts=(*remote_modules("Facts"), "meaning.lua"),
            told={"known-lines": known_lines.for_server()},
        ),
        timeout=_TIMEOUT,
        limit=_LIMIT,
    )
    if result.exit != 0:
        raise _unseen(result, nonce)
    return result.stdout, nonce


def _unseen(result: Result, nonce: str) -> FactsError:
    """Why nothing was looked at: our program ended early, or something else ran in its place."""
    out, err = (
        visible(data.decode("utf-8", "replace").strip(), lines=True)
        for data in (result.stdout, result.stderr)
    )
    instead = NOT_RUN in err or (not err and out and nonce not in out)
    said = (err or ("" if nonce in out else out)).splitlines()
    last = said[-1][:200] if said else f"exit {result.exit}"
    if instead:
        return FactsError(
            f"the server ran something else than our command: {last}",
            "look at ForceCommand in its sshd_config, command= in authorized_keys, and the login"
            " shell of that user",
        )
    return FactsError(
        f"the server could not be looked at: {last}", "it needs perl (perl-base, as on Debian)"
    )
