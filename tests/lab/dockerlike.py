"""A server that runs docker-jitsi-meet instead of the Debian packages, as far as one can see."""

from __future__ import annotations

from pathlib import Path

from .inroot import InRoot

_FILES = Path(__file__).parent / "files" / "docker"


def install(tree: InRoot, domain: str) -> None:
    """Leave the traces that Docker and docker-jitsi-meet leave on the machine they run on."""
    texts = {path.name: path.read_text() for path in _FILES.iterdir()}
    tree.write("/usr/bin/docker", texts["docker.sh"], mode=0o755)
    tree.folder("/var/lib/docker/containers", mode=0o710)
    project = "/root/docker-jitsi-meet"
    tree.write(f"{project}/.env", texts["env"].replace("@DOMAIN@", domain), mode=0o600)
    tree.write(f"{project}/docker-compose.yml", texts["docker-compose.yml"])
    kept = "/root/.jitsi-meet-cfg"
    tree.write(f"{kept}/prosody/config/conf.d/jitsi-meet.cfg.lua", texts["jitsi-meet.cfg.lua"])
    tree.write(f"{kept}/web/config.js", "config.hosts.domain = 'meet.jitsi';\n")
    tree.write(f"{kept}/jicofo/jicofo.conf", "jicofo { xmpp { client { } } }\n")
