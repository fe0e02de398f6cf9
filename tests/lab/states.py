"""Every state of every kind of server, and what is found there: ``python -m tests.lab.states``.

Writes docs/states.md. The tests look again and compare: a finding more is a false alarm, one less
is blind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import Access, Ending, Policy
from jitsi_tui.session import engine
from jitsi_tui.session.look import look as look_at
from tests.lab.admin import add_moderator, paths, secured
from tests.lab.host import LabHost, Spec
from tests.lab.inroot import InRoot
from tests.lab.odd import ODD, Odd
from tests.lab.reach import reach

DOMAIN = "meet.example.org"
PAGE = Path(__file__).parents[2] / "docs" / "states.md"


@dataclass(frozen=True)
class Server:
    """A release of Debian with the files of a year of Jitsi's packages."""

    release: str
    generation: str

    @property
    def title(self) -> str:
        number = {"bullseye": 11, "bookworm": 12, "trixie": 13}[self.release]
        return f"Debian {number}, Jitsi of {self.generation.removeprefix('debian-')}"

    def spec(self, prepare: Callable[[InRoot], None] | None = None) -> Spec:
        return Spec(release=self.release, generation=self.generation, prepare=prepare)


SERVERS = (
    Server("bookworm", "debian-2026"),
    Server("trixie", "debian-2026"),
    Server("bullseye", "debian-2020"),
    Server("bookworm", "debian-2020"),
    Server("bookworm", "debian-2022"),
    Server("bookworm", "debian-2023"),
)
ODD_ON = SERVERS[0]
Seen = tuple[str, tuple[str, ...]]
"""A state, and the ids of what is found in it."""


def visit(server: Server) -> Iterator[Seen]:
    """Bring a server into each state, one after the other, and look."""
    with LabHost(server.spec()) as host:
        yield "freshly installed", look(host)
        change(host, Policy(Access.ACCOUNTS))
        yield "secured, no moderator yet", look(host)
        add_moderator(host.files, DOMAIN)
        yield "secured", look(host)
        change(host, Policy(Access.ACCOUNTS, guests=False))
        yield "secured, guests off", look(host)
        change(host, Policy(Access.EVERYONE))
        yield "opened again", look(host)
    with LabHost(server.spec(secured(DOMAIN, oauthbearer_off=False))) as host:
        yield "secured by hand", look(host)
    with LabHost(server.spec(secured(DOMAIN, guests=False, oauthbearer_off=False))) as host:
        yield "secured by hand, guests off", look(host)
    with LabHost(server.spec(with_tokens)) as host:
        yield "tokens", look(host)


def visit_odd(name: str) -> tuple[str, ...]:
    """What is found on a secured server that has something odd beside, and nothing wrong."""
    with LabHost(ODD_ON.spec(Odd(name))) as host:
        return look(host)


def look(host: LabHost) -> tuple[str, ...]:
    """The ids of all that is found, each as often as it is."""
    with reach(host) as opened:
        return tuple(sorted(f.id for f in look_at(opened, Layout()).findings))


def change(host: LabHost, policy: Policy) -> None:
    """Apply a policy with our own engine, proved."""
    with reach(host) as opened:
        seen = look_at(opened, Layout())
        plan = engine.plan_policy(opened, seen, policy)
        done = engine.run_plan(opened, seen, plan, engine.ApplyOptions("ada"))
        assert done.ending is Ending.APPLIED, done


def with_tokens(tree: InRoot) -> None:
    """As jitsi-meet-tokens sets a server up: Prosody asks for a token, Jicofo for nothing."""
    prosody = paths(DOMAIN)[0]
    token = 'authentication = "token"\n    app_id = "app"\n    app_secret = "s3cret-of-tokens"'
    main = rf'(VirtualHost "{re.escape(DOMAIN)}"\n.*?)authentication = "[^"]+"'
    text, count = re.subn(main, rf"\g<1>{token}", tree.read(prosody), count=1, flags=re.S)
    assert count == 1
    tree.edit(prosody, text)


_HEAD = """# What is found, in which state

Each kind of server in each state, on real hosts, and everything that is found there: no more and no
less, the tests look again and compare. Written by `make states`. What a finding means stands in
[findings.md](findings.md).

"""
_ODD = f"""
## Odd, and fine

Secured servers ({ODD_ON.title}) that have something more or something else, and nothing wrong.

"""
_WHY = """
Why these are no false alarms:

- `open-server`: that is what a fresh or opened server is.
- `no-moderator`: it is closed, and nobody has an account yet; gone with the first one.
- `oauthbearer`: on Debian 13 the guide's own steps leave a login that loops (Prosody 13 offers
  OAUTHBEARER); `secure` turns it off, so it is not found there.
- `prosody-port-exposed`: Prosody 0.11 (Debian 11) listens on all addresses by itself.
- Everything else in findings.md is found in none of these states.
"""


def page(rows: list[tuple[Server, Seen]], odd: list[Seen]) -> str:
    """The whole page."""
    lines = ["| server | state | found |\n", "|---|---|---|\n"]
    for server, (state, found) in rows:
        listed = ", ".join(f"`{one}`" for one in found) or "nothing"
        lines.append(f"| {server.title} | {state} | {listed} |\n")
    more = ["| it has | found |\n", "|---|---|\n"]
    for name, found in odd:
        more.append(f"| {name} | {', '.join(f'`{one}`' for one in found) or 'nothing'} |\n")
    return _HEAD + "".join(lines) + _WHY + _ODD + "".join(more)


def written(server: Server) -> list[Seen]:
    """What the page says of a server."""
    rows = []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] == server.title and len(cells) == 3:
            rows.append((cells[1], tuple(re.findall(r"`([a-z0-9-]+)`", cells[2]))))
    return rows


if __name__ == "__main__":
    seen = [(server, one) for server in SERVERS for one in visit(server)]
    PAGE.write_text(page(seen, [(name, visit_odd(name)) for name in ODD]), "utf-8")
