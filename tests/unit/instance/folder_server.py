"""The files of a Jitsi server under a folder, for the real programs with ``--root``."""

from __future__ import annotations

from pathlib import Path

from jitsi_tui.instance import facts
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Instance
from jitsi_tui.ssh.local import LocalHost
from jitsi_tui.ssh.prompts import NoPrompts

DOMAIN = "meet.example.org"
MAIN_FILE = "/etc/prosody/conf.avail/meet.example.org.cfg.lua"
CONFIG_JS = "/etc/jitsi/meet/meet.example.org-config.js"
JICOFO_CONF = "/etc/jitsi/jicofo/jicofo.conf"
PROPERTIES = "/etc/jitsi/jicofo/sip-communicator.properties"

PROSODY = """plugin_paths = { "/usr/share/jitsi-meet/prosody-plugins/" }
consider_bosh_secure = true;

VirtualHost "meet.example.org"
    authentication = "jitsi-anonymous" -- do not delete me
    modules_enabled = { "bosh"; "ping"; }
    c2s_require_encryption = false

Component "conference.meet.example.org" "muc"
    admins = { "focus@auth.meet.example.org" }

VirtualHost "auth.meet.example.org"
    authentication = "internal_hashed"
"""

MEET = """var config = {
    hosts: {
        domain: 'meet.example.org',
        muc: 'conference.meet.example.org'
    }
};
"""

JICOFO = """jicofo {
  xmpp: {
    client: {
      client-proxy: "focus.meet.example.org"
      xmpp-domain: "meet.example.org"
    }
  }
}
"""


class FolderServer:
    """A folder that looks like the root of a server with an open Jitsi."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.layout = Layout(root=str(root), manager="init")
        self.write("/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
        self.write("/usr/bin/prosody", "#!/usr/bin/env lua5.4\nCFG_CONFIGDIR='/etc/prosody'\n")
        self.write("/usr/lib/prosody/prosody.version", "0.12.3\n")
        self.write(
            "/etc/prosody/prosody.cfg.lua",
            'authentication = "internal_hashed"\nInclude "conf.d/*.cfg.lua"\n',
        )
        self.write(MAIN_FILE, PROSODY)
        self.link("/etc/prosody/conf.d/meet.example.org.cfg.lua", f"../conf.avail/{DOMAIN}.cfg.lua")
        self.write(CONFIG_JS, MEET)
        self.write(JICOFO_CONF, JICOFO)
        self.folder("/var/lib/prosody")

    def path(self, path: str) -> Path:
        """Where a path of the server lies on this machine."""
        return self.root / path.lstrip("/")

    def write(self, path: str, text: str | bytes) -> None:
        """Write a file, its folders too."""
        target = self.path(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)

    def folder(self, path: str) -> None:
        """Make a folder."""
        self.path(path).mkdir(parents=True, exist_ok=True)

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link."""
        self.path(path).parent.mkdir(parents=True, exist_ok=True)
        self.path(path).symlink_to(target)

    def replace(self, path: str, old: str, new: str) -> None:
        """Edit a file, which must hold ``old``."""
        text = self.path(path).read_text("utf-8")
        assert old in text
        self.path(path).write_text(text.replace(old, new), "utf-8")

    def look(self, domain: str | None = None) -> Instance:
        """One real look at it."""
        return facts.gather(local_host(), domain=domain, layout=self.layout)


def local_host() -> LocalHost:
    """This machine."""
    return LocalHost(prompts=NoPrompts())
