"""What an admin does by hand: the guide's steps, an account, a restart.

Plain text edits that know nothing of the code under test; good for files as the packages leave
them, and for nothing else.
"""

from __future__ import annotations

import re

from .accounts import write_account
from .errors import LabError
from .host import LabHost
from .inroot import InRoot

SERVICES = ("prosody", "jicofo", "jitsi-videobridge2", "nginx")
MODERATOR = "joki"
MODERATOR_PASSWORD = "Very-Secret-41-Password"


def paths(domain: str) -> tuple[str, str, str, str]:
    """Prosody's file, config.js, jicofo.conf and the older properties, on a host of a domain."""
    jicofo = "/etc/jitsi/jicofo"
    return (
        f"/etc/prosody/conf.avail/{domain}.cfg.lua",
        f"/etc/jitsi/meet/{domain}-config.js",
        f"{jicofo}/jicofo.conf",
        f"{jicofo}/sip-communicator.properties",
    )


def secure_files(
    tree: InRoot, domain: str, *, guests: bool = True, oauthbearer_off: bool = False
) -> None:
    """Edit the three files as the guide says; with what it forgets on Prosody 13 if asked."""
    prosody, meet, conf, properties = paths(domain)
    text = tree.read(prosody)
    host = rf'VirtualHost "{re.escape(domain)}"\n'
    found = re.search(host + r'.*?authentication = ("[^"]+")', text, re.S)
    if found is None:
        raise LabError(f"{prosody} has no authentication in the main host")
    extra = 'disable_sasl_mechanisms = { "DIGEST-MD5", "OAUTHBEARER" }'
    wanted = '"internal_hashed"' + (f"\n    {extra}" if oauthbearer_off else "")
    text = text[: found.start(1)] + wanted + text[found.end(1) :]
    if guests:
        text += f'\nVirtualHost "guest.{domain}"\n    authentication = {found[1]}\n'
        text += "    c2s_require_encryption = false\n"
        line = f"domain: '{domain}',"
        javascript = tree.read(meet)
        guest = f"{line}\n        anonymousdomain: 'guest.{domain}',"
        tree.edit(meet, javascript.replace(line, guest, 1))
    tree.edit(prosody, text)
    if tree.exists(conf):
        lines = ("enabled: true", "type: XMPP", f"login-url: {domain}")
        block = "authentication: {\n" + "".join(f"    {line}\n" for line in lines) + "  }"
        tree.edit(conf, tree.read(conf).replace("jicofo {\n", f"jicofo {{\n  {block}\n", 1))
    else:
        tree.edit(properties, f"{tree.read(properties)}org.jitsi.jicofo.auth.URL=XMPP:{domain}\n")


def add_moderator(
    tree: InRoot, domain: str, name: str = MODERATOR, password: str = MODERATOR_PASSWORD
) -> None:
    """An account on the main host, written as Prosody's storage has it."""
    write_account(tree, domain, name, password, hashed=True)


def secured(domain: str, *, guests: bool = True, oauthbearer_off: bool = True) -> Secured:
    """For ``Spec.prepare``: a host that is secured, with one moderator, when it boots."""
    return Secured(domain, guests, oauthbearer_off)


class Secured:
    """What ``secured`` gives: an equal one stands for an equal host."""

    def __init__(self, domain: str, guests: bool, oauthbearer_off: bool) -> None:
        self._arguments = (domain, guests, oauthbearer_off)

    def __repr__(self) -> str:
        return f"secured{self._arguments}"

    def __call__(self, tree: InRoot) -> None:
        domain, guests, oauthbearer_off = self._arguments
        secure_files(tree, domain, guests=guests, oauthbearer_off=oauthbearer_off)
        add_moderator(tree, domain)


def secure(host: LabHost, *, guests: bool = True, oauthbearer_off: bool = True) -> None:
    """The guide's steps on a running host: edit, restart, and make one moderator."""
    secure_files(host.files, host.domain, guests=guests, oauthbearer_off=oauthbearer_off)
    add_moderator(host.files, host.domain)
    restart(host, "prosody", "jicofo")


def restart(host: LabHost, *names: str) -> None:
    """Restart services so that it works, and wait until all of them answer again."""
    for name in names:
        starts = _jicofo_starts(host)
        if host.spec.systemd:
            # an admin in a hurry meets systemd's start limit; a test should not
            host.run(["systemctl", "reset-failed", name], check=False)
            host.run(["systemctl", "restart", name])
        elif name == "prosody" and host.spec.release == "bookworm":
            # its init script looks for another Lua than the one that runs, and does nothing
            host.run(["prosodyctl", "restart"])
        else:
            host.run([f"/etc/init.d/{name}", "restart"])
        if name == "jicofo":
            _wait_for_new_jicofo(host, starts)
    host.wait_for_jitsi()


def _wait_for_new_jicofo(host: LabHost, starts: int) -> None:
    host.wait_for("new jicofo", lambda: _jicofo_starts(host) > starts)


def _jicofo_starts(host: LabHost) -> int:
    return host.files.read("/var/log/jitsi/jicofo.log").count("Starting jicofo")
