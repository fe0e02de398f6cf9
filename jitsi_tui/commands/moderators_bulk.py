"""``moderators add --from``: many accounts from a list. Prints nothing."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from pathlib import Path

from jitsi_tui import text
from jitsi_tui.commands import moderators_report
from jitsi_tui.commands.context import Context, confirm, interruptions, show
from jitsi_tui.commands.report import Answer
from jitsi_tui.instance.accounts import bulk, bulk_add, keeper, moderators
from jitsi_tui.instance.accounts.bulk import Preview
from jitsi_tui.instance.accounts.bulk_add import Made
from jitsi_tui.instance.model import RefusedError
from jitsi_tui.instance.posture import settings
from jitsi_tui.private_file import PrivateFile
from jitsi_tui.session.look import Look
from jitsi_tui.session.target import Target
from jitsi_tui.ssh.host import Host

_MOST_BYTES = 8 * 1024 * 1024
_TELL_EVERY = 50


def add(context: Context, host: Host, target: Target, seen: Look) -> Answer:
    """Read the list, say what is wrong with it, make the accounts, say what became of each."""
    arguments, instance = context.arguments, seen.instance
    if arguments.name is not None or arguments.generate or arguments.password_stdin:
        raise RefusedError(
            "--from names the people, and where a line gives no password one is made",
            "leave out NAME, --generate and --password-stdin",
        )
    words = _read(arguments.from_file)
    there = moderators.listing(host, instance.domain, instance.layout)
    found = bulk.preview(words, instance.domain, {m.name for m in there.moderators})
    if arguments.dry_run:
        lines = moderators_report.preview_lines(found)
        return Answer(
            moderators_report.preview(found),
            tuple(map(text.visible, lines)),
            1 if found.wrong else 0,
        )
    keeper.refuse_changes(instance.domain, settings(instance))
    _agree(context, found, instance.domain)
    return _make(context, host, target, seen, found)


def _read(name: str) -> str:
    if name == "-":
        data = sys.stdin.buffer.read(_MOST_BYTES + 1)
    else:
        try:
            with Path(name).open("rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except OSError as error:
            raise RefusedError(f"{name} can't be read: {error.strerror}", "") from None
    if len(data) > _MOST_BYTES:
        raise RefusedError("the list is larger than 8 MB", "split it into several")
    return bulk.decoded(data)


def _agree(context: Context, found: Preview, domain: str) -> None:
    arguments = context.arguments
    if found.wrong and not arguments.skip_wrong:
        first = found.wrong[0]
        raise RefusedError(
            f"{text.count(len(found.wrong), 'line')} of the list can't be: "
            f"line {first.line}: {first.problem}",
            "see all with --dry-run; leave them out with --skip-wrong",
        )
    asks = bool(found.good) and not arguments.yes
    show(context, moderators_report.preview_lines(found), asks=asks)
    if asks and arguments.from_file != "-":
        confirm(context, f"Add {text.count(len(found.good), 'account')} on {domain}?")
    elif asks:
        raise RefusedError("a list on standard input leaves nobody to ask", "add --yes")


def _make(context: Context, host: Host, target: Target, seen: Look, found: Preview) -> Answer:
    instance, arguments = seen.instance, context.arguments
    existing = tuple(e.name for e in found.existing)
    to: Path | None = arguments.to
    with ExitStack() as stack:
        file = stack.enter_context(PrivateFile(to)) if to is not None else None
        total = len(found.good)

        def on_made(made: Made, count: int) -> None:
            if file is not None and made.generated:
                file.write(f"{made.name}\t{made.password.reveal()}\n")
            if count % _TELL_EVERY == 0:
                context.say(f"  {count} of {total}")

        cancel = stack.enter_context(interruptions())
        result = bulk_add.add_many(
            host,
            instance.domain,
            instance.layout,
            found.good,
            bits=arguments.bits or context.settings.passphrase_bits,
            on_made=on_made,
            cancel=cancel,
            reopen=lambda: stack.enter_context(closing(target.open(context.prompts))),
        )
    whole = bulk_add.BulkResult(
        result.made,
        (*existing, *result.existing),
        result.failed,
        result.left,
        result.stopped,
        result.unwritten,
    )
    written = to is not None and not result.unwritten
    return moderators_report.bulk(whole, instance.domain, str(to) if written else None)
