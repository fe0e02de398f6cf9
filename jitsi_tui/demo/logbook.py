"""The log files of the pretended server, written as its services write them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

Log = Literal["prosody", "prosody.err", "jicofo", "jvb", "nginx", "nginx.access"]

PATHS: dict[Log, str] = {
    "prosody": "var/log/prosody/prosody.log",
    "prosody.err": "var/log/prosody/prosody.err",
    "jicofo": "var/log/jitsi/jicofo.log",
    "jvb": "var/log/jitsi/jvb.log",
    "nginx": "var/log/nginx/error.log",
    "nginx.access": "var/log/nginx/access.log",
}

_LARGE = 8 * 1024 * 1024
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class LogBook:
    """Collects lines and hands them to ``sink`` with the moment they belong to.

    Whatever the locale, months are English: the services say so too.
    """

    def __init__(self, sink: Callable[[Log, datetime, str], None]) -> None:
        self._sink = sink
        self._requests = 0

    def prosody(self, at: datetime, source: str, level: str, text: str) -> None:
        """A line of Prosody's; errors go to ``prosody.err`` too."""
        line = f"{_month(at)} {at:%d %H:%M:%S} {source}\t{level}\t{text}"
        self._sink("prosody", at, line)
        if level == "error":
            self._sink("prosody.err", at, line)

    def jicofo(
        self, at: datetime, level: str, source: str, text: str, *, thread: int = 23, room: str = ""
    ) -> None:
        context = f"[room={room}] " if room else ""
        line = f"Jicofo {_jitsi_stamp(at)} {level}: [{thread}] {context}{source}: {text}"
        self._sink("jicofo", at, line)

    def jvb(
        self,
        at: datetime,
        level: str,
        source: str,
        text: str,
        *,
        thread: int = 41,
        room: str = "",
        endpoint: str = "",
    ) -> None:
        who = f" epId={endpoint}" if endpoint else ""
        context = f"[conf_name={room}{who}] " if room else ""
        line = f"JVB {_jitsi_stamp(at)} {level}: [{thread}] {context}{source}: {text}"
        self._sink("jvb", at, line)

    def nginx(self, at: datetime, level: str, text: str) -> None:
        self._requests += 1
        stamp = f"{at:%Y/%m/%d %H:%M:%S}"
        self._sink("nginx", at, f"{stamp} [{level}] 812#812: *{self._requests} {text}")

    def access(
        self, at: datetime, address: str, request: str, status: int, size: int, agent: str
    ) -> None:
        """A line in nginx's ``combined`` format."""
        stamp = f"{at:%d}/{_month(at)}/{at:%Y:%H:%M:%S} {at:%z}"
        self._sink(
            "nginx.access",
            at,
            f'{address} - - [{stamp}] "{request} HTTP/2.0" {status} {size}'
            f' "https://meet.example.org/" "{agent}"',
        )


class Files:
    """Appends to the live files under ``root``, whoever renames them meanwhile.

    A file that grew to ``_LARGE`` becomes ``.1``, as logrotate does it.
    """

    def __init__(self, root: Path) -> None:
        self._paths = {log: root / path for log, path in PATHS.items()}

    def append(self, log: Log, at: datetime, line: str) -> None:
        """One line at the end of a log; a folder that is gone takes none."""
        del at
        try:
            path = self._paths[log]
            with path.open("ab") as file:
                file.write(line.encode() + b"\n")
                size = file.tell()
            if size > _LARGE:
                path.rename(path.with_name(f"{path.name}.1"))
        except OSError:
            return


def write_history(
    root: Path, lines: dict[Log, list[tuple[datetime, str]]], cuts: dict[Log, tuple[datetime, ...]]
) -> None:
    """Write old lines as logrotate leaves them: the file, ``.1``, and what is older as ``.2.gz``.

    ``cuts`` are the moments at which each log was rotated, newest first.
    """
    for log, path in PATHS.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        ends = cuts.get(log, ())
        for number, part in enumerate(_split(lines.get(log, []), ends)):
            data = "".join(f"{line}\n" for line in part).encode()
            if number == 0:
                file.write_bytes(data)
            elif number == 1:
                file.with_name(f"{file.name}.1").write_bytes(data)
            elif data:
                packed = gzip.compress(data, 1, mtime=0)
                file.with_name(f"{file.name}.{number}.gz").write_bytes(packed)


def _split(lines: list[tuple[datetime, str]], cuts: tuple[datetime, ...]) -> Iterable[list[str]]:
    ordered = sorted(lines, key=lambda one: one[0])
    until: datetime | None = None
    for cut in (*cuts, None):
        yield [
            line
            for at, line in ordered
            if (cut is None or at >= cut) and (until is None or at < until)
        ]
        until = cut


def _month(at: datetime) -> str:
    return _MONTHS[at.month - 1]


def _jitsi_stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03}"
