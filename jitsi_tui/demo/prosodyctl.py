"""What prosodyctl of Prosody 0.12 answers. The program itself is ``sandbox/usr/bin/prosodyctl``."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from .accounts import Accounts
from .bosh import Bosh
from .invitations import Invitations, Shell
from .loading import load_prosody
from .rooms import Meetings
from .settings import ANONYMOUS, LoadError, ProsodySettings

NEEDS_PASSWORD = 100
"""Exit status by which the program is told to read a password and to ask again with it."""

VERSION = "0.12.3"
_HELP = (
    "Usage: prosodyctl COMMAND [OPTIONS]\n\n"
    "  about, version, status, start, stop, restart, reload\n"
    "  adduser JID, passwd JID, deluser JID\n"
    "  check config\n"
    "  shell user list HOST, shell c2s close JID, shell muc list HOST\n"
)

Answer = tuple[int, str]


class Prosodyctl:
    """Answers one command line."""

    def __init__(
        self,
        root: Path,
        accounts: Accounts,
        meetings: Meetings,
        invites: Invitations,
        running: Callable[[], tuple[int, Bosh] | None],
    ) -> None:
        """``running``: the process and the sessions of the Prosody that runs."""
        self._root = root
        self._accounts = accounts
        self._meetings = meetings
        self._invites = invites
        self._running = running

    async def answer(self, words: list[str]) -> Answer:
        """Exit status and text."""
        command, *rest = words or [""]
        known: dict[str, Callable[[list[str]], Answer]] = {
            "about": lambda _: (0, self._about()),
            "version": lambda _: (0, f"Prosody {VERSION}\n"),
            "status": lambda _: self._status(),
            "check": self._check,
            "adduser": self._adduser,
            "passwd": self._passwd,
            "deluser": self._deluser,
            "mod_listusers": lambda _: self._list_users(),
            "shell": self._shell,
        }
        action = known.get(command)
        if action is None:
            return 0 if command in ("", "help", "--help") else 1, _HELP
        if command in ("about", "version"):
            return action(rest)
        try:
            self._settings()
        except LoadError as error:
            return 1, _broken(error)
        return action(rest)

    def _settings(self) -> ProsodySettings:
        return load_prosody(self._root)

    def _about(self) -> str:
        return (
            f"Prosody {VERSION}\n\n# Prosody directories\nData directory:     /var/lib/prosody\n"
            "Config directory:   /etc/prosody\nSource directory:   /usr/lib/prosody\n"
            "Plugin directories:\n  /usr/share/jitsi-meet/prosody-plugins/\n"
            "  /usr/lib/prosody/modules/\n\n\n# Operating system\nLinux\n\n"
            "# Lua environment\nLua version:                   Lua 5.4\n"
        )

    def _status(self) -> Answer:
        running = self._running()
        if running is None:
            return 1, "Prosody is not running\n"
        return 0, f"Prosody is running with PID {running[0]}\n"

    def _check(self, rest: list[str]) -> Answer:
        if rest[:1] not in ([], ["config"]):
            return 0, f"Checking {rest[0]}...\nDone.\n\nAll checks passed, congratulations!\n"
        remarks = ["Checking config..."]
        remarks += [
            f"    Anyone can register an account on {host.name}."
            for host in self._settings().hosts.values()
            if host.authentication not in ANONYMOUS and host.allow_registration
        ]
        remarks.append("    /etc/prosody/prosody.cfg.lua: 'limits' has no entry for 's2sout'.")
        remarks += ["Done.", "", "Problems found, see above."]
        return 1, "\n".join(remarks) + "\n"

    # -- accounts --------------------------------------------------------------------------------

    def _jid(self, rest: list[str]) -> tuple[str, str, str] | None:
        """User, host, and what prosodyctl warns of; ``None`` where it is no JID with a user."""
        user, at, host = rest[0].lower().partition("@") if rest else ("", "", "")
        if not user or not at or not host or any(char in user for char in "\"&'/:<> "):
            return None
        warning = ""
        if host not in self._settings().hosts:
            warning = (
                f"The host '{host}' is not listed in the configuration file (or is not enabled).\n"
                "The user will not be able to log in until this is changed.\n"
            )
        return user, host, warning

    def _adduser(self, rest: list[str]) -> Answer:
        found = self._jid(rest)
        if found is None:
            return 1, "Please specify a JID, including a host. e.g. alice@example.com\n"
        user, host, warning = found
        if self._accounts.exists(user, host):
            return 1, f"{warning}That user already exists\n"
        if len(rest) < 2:
            return NEEDS_PASSWORD, warning
        settings = self._settings().hosts.get(host)
        if settings is not None and settings.authentication in ANONYMOUS:
            return 1, "Creating user failed\n"
        self._accounts.set(user, host, rest[1])
        return 0, ""

    def _passwd(self, rest: list[str]) -> Answer:
        found = self._jid(rest)
        if found is None:
            return 1, "Please specify a JID, including a host. e.g. alice@example.com\n"
        user, host, warning = found
        if not self._accounts.exists(user, host):
            return 1, f"{warning}That user does not exist, use prosodyctl adduser to create one\n"
        if len(rest) < 2:
            return NEEDS_PASSWORD, warning
        self._accounts.set(user, host, rest[1])
        return 0, ""

    def _deluser(self, rest: list[str]) -> Answer:
        found = self._jid(rest)
        if found is None:
            return 1, "Please specify a JID, including a host. e.g. alice@example.com\n"
        user, host, warning = found
        if not self._accounts.exists(user, host):
            return 1, f"{warning}That user does not exist\n"
        self._accounts.remove(user, host)
        return 0, warning

    def _list_users(self) -> Answer:
        hosts = sorted(self._settings().hosts)
        jids = [f"{name}@{host}" for host in hosts for name in self._accounts.names(host)]
        return 0, "".join(f"{jid}\n" for jid in jids)

    # -- the running server ----------------------------------------------------------------------

    def _shell(self, rest: list[str]) -> Answer:
        running = self._running()
        if running is None:
            return 1, "Error: unable to connect to the server: is Prosody running?\n"
        bosh = running[1]
        match rest:
            case ["user", "list", host]:
                return self._shell_users(bosh, host)
            case ["--quiet", line]:
                return self._shell_line(bosh, line)
            case ["c2s", "close", jid]:
                user, _, host = jid.partition("/")[0].partition("@")
                return 0, f"OK: Total: {bosh.close(user, host)} sessions closed\n"
            case ["muc", "list", host]:
                rooms = [
                    room.jid for room in self._meetings.rooms() if room.jid.endswith(f"@{host}")
                ]
                return 0, "".join(f"{room}\n" for room in rooms) + f"OK: {len(rooms)} rooms\n"
            case _:
                return self._shell_lua(bosh, rest)

    def _shell_lua(self, bosh: Bosh, rest: list[str]) -> Answer:
        if len(rest) == 1 and rest[0].startswith("> ") and "here.sessions" in rest[0]:
            return 0, self._shell_people(bosh, rest[0])
        return 1, "Error: there is no such command here\n"

    def _shell_people(self, bosh: Bosh, lua: str) -> str:
        """What ``remote/people.lua`` prints, for the host that stands before it."""
        quoted = re.match(r'> local host = "((?:[^"\\]|\\\d{3})*)"', lua)
        host = re.sub(r"\\(\d{3})", lambda c: chr(int(c[1])), quoted[1]) if quoted else ""
        counts = Counter(s.user for s in bosh.sessions() if s.user and s.host.name == host)
        lines = [f"user {quote(name)}\n" for name in self._accounts.names(host)]
        lines += [f"session {quote(user)} {count}\n" for user, count in counts.items()]
        return "".join(lines) + "Result: told\n"

    def _shell_line(self, bosh: Bosh, line: str) -> Answer:
        """A line typed into the shell: the Lua programs that are known here."""
        modules = {host.name: host.modules for host in bosh.settings.hosts.values()}
        said = Shell(self._invites, self._accounts, modules).answer(line)
        return 0, said if said is not None else "! Sorry, I couldn't understand that...\n"

    def _shell_users(self, bosh: Bosh, name: str) -> Answer:
        host = bosh.settings.hosts.get(name)
        if host is None:
            return 1, "Error: No such host\n"
        if host.authentication in ANONYMOUS:
            return 1, "Error: attempt to call a nil value (field 'users')\n"
        jids = [f"{user}@{name}\n" for user in self._accounts.names(name)]
        return 0, "".join(jids) + f"OK: Showing all {len(jids)} users\n"


def _broken(error: LoadError) -> str:
    stars = "*" * 41
    return (
        f"{stars}\nA problem occurred while reading the config file\n\n"
        + "\n".join(error.lines)
        + f"\n{stars}\n\n"
    )
