"""Whether a service would come up again: it goes on with what it read at its last start.

Files that it can't read, or could not make sense of, hurt it at the next restart only. Nobody's
change is worth that restart, since giving the files back would not bring the service back.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

from .model import FileChange, Instance, RefusedError, ServiceName, SourceFile, known
from .posture import settings

_NOT_OPENED = re.compile(r"(/[^\s:]+): (Permission denied|No such file or directory)")


def refuse_to_take_down(
    instance: Instance, names: Iterable[ServiceName], changes: Sequence[FileChange] = ()
) -> None:
    """Raises ``RefusedError`` where one of these would not come up again after ``changes``.

    Services that somebody stopped are left out: a change does not restart them.
    """
    for name in names:
        service = instance.service(name)
        if service is not None and service.state not in ("stopped", "absent"):
            refuse_restart(instance, name, changes)


def refuse_restart(instance: Instance, name: str, changes: Sequence[FileChange] = ()) -> None:
    """Raises ``RefusedError`` where a service would be down after its restart."""
    obstacle = next(_obstacles(instance, name, changes), None)
    if obstacle is not None:
        why, hint = obstacle
        raise RefusedError(f"{name} would not come up: {why}", hint)


def way_to_read(refusal: str) -> str:
    """What to do where Prosody says that a file is missing, or not its to read."""
    found = _NOT_OPENED.search(refusal)
    if found is None:
        return ""
    path = shlex.quote(found[1])
    if found[2] == "Permission denied":
        return f"let user prosody read it: chgrp prosody {path}; chmod g+r {path}"
    return (
        f"{path} is missing, or a link to a file that is gone: put the file back, or remove the"
        f" link (rm {path})"
    )


def _obstacles(
    instance: Instance, name: str, changes: Sequence[FileChange]
) -> Iterator[tuple[str, str]]:
    """Why it would not, and what to do about it."""
    if name == "prosody":
        refusal = instance.prosody.refusal
        way = way_to_read(refusal)
        if refusal and (way or not _is_rewritten(refusal, instance, changes)):
            yield refusal, way or "mend that file first"
    elif name == "jicofo":
        now = settings(instance)
        rewritten = {change.path for change in changes}
        for file in filter(None, map(known, (instance.jicofo.hocon, instance.jicofo.properties))):
            if _is_closed(file, instance, changes):
                path = shlex.quote(file.real)
                way = f"let user jicofo read it: chgrp jitsi {path}; chmod g+r {path}"
                yield f"its user may not read {file.real}", way
            elif file.real in now.problems and file.real not in rewritten:
                yield now.problems[file.real], "mend that file first"
    elif name in instance.web_refusals:
        yield instance.web_refusals[name], "mend that file first"


def _is_rewritten(refusal: str, instance: Instance, changes: Sequence[FileChange]) -> bool:
    """Whether the file that is complained of gets other bytes."""
    rewritten = {change.path for change in changes}
    files = (f for f in instance.prosody.files.values() if f.real in rewritten)
    return any(path in refusal for file in files for path in (file.path, file.real))


def _is_closed(file: SourceFile, instance: Instance, changes: Sequence[FileChange]) -> bool:
    modes = {change.path for change in changes if change.mode_after is not None}
    return file.real not in modes and bool({file.path, file.real} & instance.closed_to.keys())
