"""What the program on the server says where something there is in its way."""

from __future__ import annotations

import os
import re
import resource
import shlex
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from jitsi_tui.instance.accounts import bulk_add, changes, moderators
from jitsi_tui.instance.accounts.bulk import Entry
from jitsi_tui.instance.accounts.program import AccountError
from jitsi_tui.instance.model import Moderator
from jitsi_tui.private_file import PrivateFile
from jitsi_tui.ssh.command import Secret
from jitsi_tui.ssh.local import LocalHost, ProcessPipes
from jitsi_tui.ssh.pipes import Pipes
from jitsi_tui.ssh.prompts import NoPrompts
from tests.lab.accounts import encode

from .folder_server import DOMAIN, FolderServer, local_host

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="accounts are root's to change")
HASH = 'return {\n\t["stored_key"] = "0123";\n};\n'
CTL = """\
#!/bin/sh
[ "$1" = deluser ] && exec rm -f "$FOLDER/var/lib/prosody/{host}/accounts/${{2%@*}}.dat"
exit 1
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FolderServer:
    """A server with accounts, and a prosodyctl that only removes them."""
    made = FolderServer(tmp_path / "root")
    for name in ("ada", "grace"):
        made.write(account(name), HASH)
    made.write("/bin/prosodyctl", CTL.format(host=encode(DOMAIN)))
    made.path("/bin/prosodyctl").chmod(0o755)
    monkeypatch.setenv("FOLDER", str(made.root))
    monkeypatch.setenv("PATH", f"{made.root}/bin:{os.environ['PATH']}")
    made.folder("/run")
    return made


def account(name: str) -> str:
    return f"/var/lib/prosody/{encode(DOMAIN)}/accounts/{name}.dat"


def backups(server: FolderServer) -> Path:
    return Path(f"{server.root}{server.layout.backups}")


def test_accounts_that_can_not_be_looked_at_are_not_nobody(server: FolderServer) -> None:
    assert [m.name for m in server_list(server)] == ["ada", "grace"]
    server.path("/var/lib/prosody").rename(server.path("/var/lib/away"))
    with pytest.raises(AccountError, match="could not be listed"):
        server_list(server)


def server_list(server: FolderServer) -> tuple[Moderator, ...]:
    return moderators.listing(local_host(), DOMAIN, server.layout).moderators


def test_where_nothing_can_be_kept_nobody_is_removed_and_it_is_said_why(
    server: FolderServer,
) -> None:
    backups(server).parent.mkdir(parents=True)
    backups(server).write_text("in the way")
    with pytest.raises(AccountError, match=r"can't make .*backups"):
        changes.remove(local_host(), DOMAIN, server.layout, ["ada"])
    assert server.path(account("ada")).read_text() == HASH


def test_what_was_kept_only_in_part_is_kept_not_at_all(server: FolderServer) -> None:
    server.path(account("grace")).unlink()
    server.link(account("grace"), "/proc/self/mem")  # there, and not to be read
    with pytest.raises(AccountError, match="can't read"):
        changes.remove(local_host(), DOMAIN, server.layout, ["ada", "grace"])
    assert server.path(account("ada")).exists()
    assert list((backups(server) / "accounts").iterdir()) == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("act", ["remove", "restore"])
def test_a_copy_is_on_the_disk_before_what_it_was_copied_from_goes(
    server: FolderServer, tmp_path: Path, act: str
) -> None:
    changes.remove(local_host(), DOMAIN, server.layout, ["grace"])
    trace = tmp_path / "trace"
    calls = "trace=openat,syncfs,unlink,unlinkat"
    script = f'#!/bin/sh\nexec strace -qq -f -o {trace} -e {calls} /usr/bin/perl "$@"\n'
    server.write("/bin/perl", script)
    server.path("/bin/perl").chmod(0o755)
    if act == "remove":
        changes.remove(local_host(), DOMAIN, server.layout, ["ada"])
        written, gone = r"accounts/\d{8}T[^\"]*/about\".*O_CREAT", r"unlink.*/ada\.dat\""
    else:
        changes.restore(local_host(), DOMAIN, server.layout, ())
        written, gone = r"/grace\.dat~\".*O_CREAT", r"unlink.*/grace/accounts/grace\.dat\""
    lines = trace.read_text().splitlines()
    of_interest = (written, r"syncfs\(.* = 0", gone)
    at = [next(n for n, line in enumerate(lines) if re.search(what, line)) for what in of_interest]
    assert at == sorted(at)


def test_what_can_not_be_brought_back_is_said_and_stays_kept(server: FolderServer) -> None:
    changes.remove(local_host(), DOMAIN, server.layout, ["ada", "grace"])
    blocked = server.path(f"{account('ada')}~")
    blocked.mkdir()
    back = changes.restore(local_host(), DOMAIN, server.layout, ())
    assert [(r.name, r.state) for r in back] == [("ada", "failed"), ("grace", "done")]
    assert "can't write" in back[0].said
    blocked.rmdir()
    again = changes.restore(local_host(), DOMAIN, server.layout, ())
    assert [(r.name, r.state) for r in again] == [("ada", "done")]
    assert server.path(account("ada")).read_text() == HASH


@pytest.mark.parametrize(("written", "left"), [("{old}", False), ("{new}", True), ("?", True)])
def test_what_is_kept_goes_with_its_time_and_not_with_a_time_that_is_none(
    server: FolderServer, written: str, left: bool
) -> None:
    changes.remove(local_host(), DOMAIN, server.layout, ["ada"])
    (kept,) = (backups(server) / "accounts").iterdir()
    now = int(time.time())
    line = written.format(old=now - 31 * 86_400, new=now - 29 * 86_400)
    about = kept / "about"
    about.write_text("\n".join([line, *about.read_text().splitlines()[1:]]) + "\n")
    changes.kept(local_host(), DOMAIN, server.layout, keep_days=30)
    assert kept.exists() is left


class ByShell(LocalHost):
    """As sshd has it: the whole command is one argument of a shell."""

    def _open(self, argv: tuple[str, ...]) -> Pipes:
        return ProcessPipes(("sh", "-c", shlex.join(argv)))


BASHRC = """
mkdir "$FOLDER/gone"; cd "$FOLDER/gone"; rmdir "$FOLDER/gone"
printf 'Hello\nyou '; exec "$@"
"""


def test_where_prosody_can_not_write_the_disk_is_named(server: FolderServer) -> None:
    server.write("/bin/prosodyctl", "#!/bin/sh\necho 'Error: Error saving to storage'; exit 1\n")
    for act, name in ((moderators.add, "otto"), (moderators.set_password, "ada")):
        with pytest.raises(AccountError) as caught:
            act(local_host(), DOMAIN, server.layout, name, Secret("long enough"))
        assert "disk full" in caught.value.hint


def test_a_file_that_takes_no_more_passwords_loses_none(
    server: FolderServer, tmp_path: Path
) -> None:
    folder = server.path(account("ada")).parent
    made = f'#!/bin/sh\n[ "$1" = adduser ] && exec touch "{folder}/${{2%@*}}.dat"\n'
    server.write("/bin/prosodyctl", made)
    names = [f"u{number}" for number in range(12)]
    entries = [Entry(1, name, name, None) for name in names]
    with PrivateFile(tmp_path / "passwords") as file:

        def on_made(made: bulk_add.Made, _count: int) -> None:
            file.write(f"{made.name}\t{made.password.reveal()}\n")

        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (150, limit[1]))
        try:
            result = bulk_add.add_many(
                local_host(), DOMAIN, server.layout, entries, bits=64, on_made=on_made
            )
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    there = {path.stem for path in folder.iterdir()} - {"ada", "grace"}
    assert {one.name for one in result.made} == there
    assert there | set(result.left) == set(names)
    assert "passwords can't be written" in result.unwritten
    kept = (tmp_path / "passwords").read_text()
    known = [f"{one.name}\t{one.password.reveal()}\n" for one in result.made]
    # Where one doesn't fit, a shorter one may.
    assert kept == "".join(line for line in known if line in kept) != ""


class Odd(LocalHost):
    """A login shell that says something, does not end its line, and stands nowhere."""

    def _open(self, argv: tuple[str, ...]) -> Pipes:
        return super()._open(("sh", "-c", BASHRC, "sh", *argv))


def test_what_a_login_shell_does_first_hides_no_answer(server: FolderServer) -> None:
    server.write("/bin/prosodyctl", "#!/bin/sh\npwd -P >>$FOLDER/where || exit 1\n")
    with server.path("/bin/prosodyctl").open("a") as script:
        script.write(CTL.format(host=encode(DOMAIN)))
    host = Odd(prompts=NoPrompts())
    assert moderators.listing(host, DOMAIN, server.layout).source == "files"
    removed = changes.remove(host, DOMAIN, server.layout, ["ada"])
    assert removed.went == ("ada",) and removed.kept
    back = changes.restore(host, DOMAIN, server.layout, ())
    assert [(r.name, r.state) for r in back] == [("ada", "done")]
    assert set(server.path("/where").read_text().split()) == {"/"}


def test_a_removal_of_very_many_can_be_undone(server: FolderServer) -> None:
    """A shell takes no argument of more than 128 KiB (Linux, MAX_ARG_STRLEN)."""
    names = sorted(f"{n:03}{'x' * 237}" for n in range(600))
    kept = backups(server) / "accounts" / "20260101T000000Z-1"
    for name in names:
        file = kept / name / "accounts" / f"{name}.dat"
        file.parent.mkdir(parents=True)
        file.write_text(HASH)
    (kept / "about").write_text(
        "\n".join((f"{time.time():.0f}", encode(DOMAIN), "ada", *names)) + "\n"
    )
    back = changes.restore(ByShell(prompts=NoPrompts()), DOMAIN, server.layout, ())
    assert [(r.name, r.state) for r in back] == [(name, "done") for name in names]
    assert server.path(account(names[0])).read_text() == HASH


def test_a_prosody_that_never_answers_does_not_hold_the_lock(server: FolderServer) -> None:
    hanging = '#!/bin/sh\n[ "$1" = shell ] && exec sleep 600\n'
    server.write("/bin/prosodyctl", hanging + CTL.format(host=encode(DOMAIN)))
    # What answers may take its time on a busy machine.
    soon = '[ "$2" = shell ] && exec /usr/bin/timeout 0.5 "$@"'
    server.write("/bin/timeout", f'#!/bin/sh\nshift 2\n{soon}\nexec "$@"\n')
    server.path("/bin/timeout").chmod(0o755)
    removed = changes.remove(local_host(), DOMAIN, server.layout, ["ada"])
    assert removed.went == ("ada",)
    again = changes.remove(local_host(), DOMAIN, server.layout, ["grace"])
    assert again.went == ("grace",)


@pytest.fixture
def open_root() -> Iterator[Path]:
    """A folder that others than root get into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_what_lies_in_prosodys_folders_leads_root_nowhere_else(
    server: FolderServer, open_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is user prosody must not become root by what he leaves there."""
    server.root = shutil.copytree(server.root, open_root / "root", symlinks=True)
    server.layout = server.layout._replace(root=str(server.root))
    monkeypatch.setenv("FOLDER", str(server.root))
    changes.remove(local_host(), DOMAIN, server.layout, ["ada", "grace"])
    precious = open_root / "precious"
    precious.mkdir()
    (precious / "passwd").write_text("root")
    data = server.path(account("ada")).parent.parent
    for folder in (data, *data.iterdir()):
        os.chown(folder, 65534, 65534)
    (data / "accounts" / "ada.dat~").symlink_to(precious / "passwd")
    kept = next((backups(server) / "accounts").iterdir()) / "grace"
    (kept / "accounts").rename(kept / "roster")
    (data / "roster").symlink_to(precious)

    back = changes.restore(local_host(), DOMAIN, server.layout, ())

    assert [(r.name, r.state) for r in back] == [("ada", "done"), ("grace", "failed")]
    assert [file.name for file in precious.iterdir()] == ["passwd"]
    assert (precious / "passwd").read_text() == "root"
    assert (precious / "passwd").stat().st_uid == 0
    assert server.path(account("ada")).stat().st_uid == 65534
