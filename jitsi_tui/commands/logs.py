"""``logs``: the records of all logs, merged by time. Prints nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from jitsi_tui.commands.context import Context, opened
from jitsi_tui.instance import facts
from jitsi_tui.instance.layout import Layout
from jitsi_tui.instance.model import InstanceError
from jitsi_tui.logs import show, sources
from jitsi_tui.logs.events import State
from jitsi_tui.logs.filters import Filter
from jitsi_tui.logs.levels import Level
from jitsi_tui.logs.records import Record
from jitsi_tui.logs.since import parse_since
from jitsi_tui.ssh.host import ConnectionLostError, Host
from jitsi_tui.visible import visible

Print = Callable[[Mapping[str, object], str], None]
_COLUMN = 12


class SilentLogsError(Exception):
    """Logs that were asked for and could not be read."""

    kind = "unreadable"
    hint = "see the sources with: jitsi-tui logs --help; reading may need root or sudo"

    def __init__(self, dumb: Mapping[str, str]) -> None:
        self.message = "; ".join(f"{source}: {why}" for source, why in dumb.items())
        super().__init__(self.message)


def run(context: Context, emit: Print, note: Print) -> int:
    """Hand each record to ``emit`` as JSON and as text; ends at Ctrl-C where it follows.

    ``note`` is told of logs that can't be read, while others can, or can be again.
    """
    arguments = context.arguments
    wanted = show.Wanted(
        last=arguments.n,
        since=arguments.since or "",
        follow=arguments.follow,
        filter=_filter(arguments.level, arguments.grep),
    )
    if wanted.since:
        parse_since(wanted.since, datetime.now(UTC), UTC)  # what can't be a time connects nowhere
    with opened(context) as (host, target), _followed(arguments.follow):
        chosen = _sources(host, target.layout, arguments.domain, arguments.sources)
        dumb: dict[str, str] = {}
        for entry in show.show(host, chosen, wanted):
            if isinstance(entry, State):
                dumb[entry.source] = f"{entry.state} ({entry.detail})"
                state = {"source": entry.source, "state": entry.state, "detail": entry.detail}
                note(state, f"{entry.source}: {dumb[entry.source]}")
            else:
                emit(show.as_json(entry), _line(entry))
    if not arguments.follow and dumb and (arguments.sources or len(dumb) == len(chosen)):
        raise SilentLogsError(dumb)
    return 0


def _sources(
    host: Host, layout: Layout, domain: str | None, names: list[str]
) -> tuple[sources.Source, ...]:
    """Where the logs lie here, by the server's configuration if it can be told."""
    paths: Mapping[str, str] = {}
    if any(not name.startswith("/") for name in names) or not names:
        try:
            paths = facts.gather(host, domain=domain, layout=layout).log_paths
        except InstanceError:
            # A server that is no Jitsi has logs too, at the usual places or at named ones.
            paths = {}
    chosen = sources.choose(names, paths)
    return tuple(source.under(layout.root) for source in chosen)


def _filter(level: str | None, grep: str | None) -> Filter:
    return Filter(
        level=Level[level.upper()] if level else Level.NONE, include=(grep,) if grep else ()
    )


def _line(record: Record) -> str:
    source = f"{visible(record.source):<{_COLUMN}}"
    if record.gap:
        return f"{source} ── {visible(record.text)} ──"
    # Further lines are set in: what a log says must not pass for a record of another one.
    further = "\n" + " " * (_COLUMN + 1)
    text = further.join(visible(line, tabs=True) for line in record.text.split("\n"))
    cut = f" … {record.cut:,} bytes more" if record.cut else ""
    return f"{source} {text}{cut}"


@contextmanager
def _followed(follow: bool) -> Iterator[None]:
    """Ctrl-C is how one leaves ``-f``: no error, exit 0. What breaks it may be taken up again."""
    try:
        yield
    except KeyboardInterrupt:
        if not follow:
            raise
    except ConnectionLostError as error:
        if not follow:
            raise
        hint = "run it again; --since 10m also shows what came meanwhile"
        raise ConnectionLostError(error.message, hint) from error
