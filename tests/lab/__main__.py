"""``python -m tests.lab``: one lab host to play with, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys

from . import rootfs
from .admin import secured
from .errors import LabError
from .generations import GENERATIONS
from .host import LabHost, Spec
from .requirements import missing
from .slots import sweep


def main(argv: list[str] | None = None) -> int:
    options = _parser().parse_args(argv)
    lacks = missing()
    if lacks:
        print(f"The lab can't run here: {lacks}.", file=sys.stderr)
        return 1
    try:
        sweep()
        if options.build_only:
            for name in rootfs.RELEASES:
                print(rootfs.build(name))
            return 0
        if options.clean:
            return 0
        return _play(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    parser.add_argument("--release", choices=list(rootfs.RELEASES), default="bookworm")
    names = (*GENERATIONS, "fixture", "docker", "none")
    parser.add_argument("--generation", choices=names, default="fixture")
    parser.add_argument("--domain", default="meet.example.org")
    parser.add_argument("--no-systemd", action="store_true", help="init scripts alone")
    parser.add_argument("--secured", action="store_true", help="as the guide leaves it")
    parser.add_argument("--build-only", action="store_true", help="build what is built once")
    parser.add_argument("--clean", action="store_true", help="end hosts whose owner is dead")
    return parser


def _play(options: argparse.Namespace) -> int:
    generation = None if options.generation == "none" else options.generation
    spec = Spec(
        options.release,
        generation,
        options.domain,
        systemd=not options.no_systemd,
        prepare=secured(options.domain) if options.secured else None,
    )
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with LabHost(spec) as host:
        known = f"--known-hosts {host.known_hosts}"
        print(f"jitsi-tui root@{host.address} --identity {host.key} {known}")
        print(f"jitsi-tui ada@{host.address} --identity {host.key} {known}")
        print(" ".join(host.ssh_argv()))
        print(f"Everyone's password is {rootfs.ADMIN_PASSWORD}. Ctrl-C ends it.", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print(f"\nEnding {host.name}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
