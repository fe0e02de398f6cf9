"""Pictures of the page for people who are invited, in headless Chromium on a lab host.

Run by ``make screenshots`` where lab hosts and Chromium can run; says so where they can't.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jitsi_tui.instance.invitations.page import page
from tests.lab import admin, browser, requirements
from tests.lab.chromium import Chromium, chromium
from tests.lab.host import LabHost, Spec

FOLDER = Path(__file__).parents[1] / "screenshots"
PAGE = "jitsi-tui-invite.html"
PHONE, DESKTOP = (390, 700), (1100, 720)


def main() -> int:
    """Take them all."""
    lacks = browser.missing() or requirements.missing()
    if lacks:
        print(f"No pictures of the page: {lacks}.", file=sys.stderr)
        return 0
    spec = Spec(generation="fixture", prepare=admin.secured("meet.example.org"))
    with LabHost(spec) as host:
        host.wait_for_jitsi()
        host.files.write(f"/usr/share/jitsi-meet/static/{PAGE}", page())
        with chromium(host) as seen:
            _take_all(host, seen)
    return 0


def _token(host: LabHost) -> str:
    """An invitation, made by Prosody itself."""
    invites = f"prosody.hosts['{host.domain}'].modules.invites"
    said = host.run(["prosodyctl", "shell", f"> {invites}.create_account(nil, {{}}, 600).token"])
    return said.stdout.partition("Result: ")[2].split()[0]


def _take_all(host: LabHost, seen: Chromium) -> None:
    address = f"https://{host.domain}/static/{PAGE}"
    seen.open(f"{address}#{_token(host)}")
    seen.wait("!document.querySelector('#ask').hidden")
    seen.type("#password", "Tr4mway")
    seen.type("#name", "Joki")
    _take(seen, "ask", dark=False, phone=False)
    _take(seen, "ask", dark=True, phone=False)
    seen.type("#password", "Tr4mway-lantern-of-mine")
    seen.type("#name", "joki")
    _take(seen, "ask", dark=False, phone=True)
    seen.click("#submit")
    seen.wait("document.querySelector('#name-wrong').textContent")
    _take(seen, "taken", dark=True, phone=True)
    seen.type("#name", "mona")
    seen.click("#submit")
    seen.wait("!document.querySelector('#done').hidden")
    _take(seen, "done", dark=False, phone=True)
    seen.open(f"{address}#AbCdEfGhIjKlMnOpQrStUvWx")
    seen.wait("!document.querySelector('#dead').hidden")
    _take(seen, "dead", dark=True, phone=True)


def _take(seen: Chromium, what: str, *, dark: bool, phone: bool) -> None:
    width, height = PHONE if phone else DESKTOP
    seen.look(width, height, dark=dark, phone=phone)
    size, colours = "phone" if phone else "desktop", "dark" if dark else "light"
    (FOLDER / f"invite-{what}-{size}-{colours}.png").write_bytes(seen.picture())


if __name__ == "__main__":
    sys.exit(main())
