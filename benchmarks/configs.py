"""``python -m benchmarks configs``: how long an edit takes, parsing and reading back included."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from jitsi_tui.configs.document import Path as Path_
from jitsi_tui.configs.document import Value, decode
from jitsi_tui.configs.hocon import Hocon
from jitsi_tui.configs.meet import MeetConfig
from jitsi_tui.configs.properties import Properties
from jitsi_tui.configs.prosody import ProsodyFile
from tests.fuzz_configs import corpus

from .table import process, show

MAIN, GUEST = "meet.example.org", "guest.meet.example.org"
HOSTS = 10_000


def many_hosts() -> str:
    """A Prosody file with 10,000 virtual hosts."""
    host = 'VirtualHost "h{}.example.org"\n    authentication = "internal_hashed" -- kept\n'
    host += '    modules_enabled = {{ "bosh"; "ping" }}\n\n'
    return "".join(host.format(number) for number in range(HOSTS))


def generated_script() -> str:
    """A config.js of 82 kB, mostly comments, as the packages bring it."""
    option = "    // An option that is left as it is, number {}.\n    // option{}: true,\n\n"
    filler = "".join(option.format(number, number) for number in range(1050))
    hosts = (
        f"    hosts: {{\n        domain: '{MAIN}',\n\n        // anonymousdomain: 'g',\n    }},\n"
    )
    return "var config = {\n" + hosts + filler + "    bosh: '/http-bind'\n};\n"


def real(year: str, name: str, otherwise: str) -> str:
    """A file of the corpus, or one of the same size where the corpus is missing."""
    path = corpus() / f"debian-{year}" / name
    return decode(path.read_bytes()) if path.exists() else otherwise


def processor_seconds(action: Callable[[], object], runs: int) -> float:
    """The best processor time of some runs: what the work takes on a machine with nothing else."""
    action()
    best = float("inf")
    for _ in range(runs):
        started = time.process_time()
        action()
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    """Print the table."""
    hosts = many_hosts()
    fallback = f'VirtualHost "{MAIN}"\n    authentication = "anonymous"\n' + "-- filler\n" * 600
    prosody = real("2026", "meet.example.org.cfg.lua", fallback)
    script = real("2026", "meet.example.org-config.js", generated_script())
    conf = real("2026", "jicofo.conf", "jicofo {\n  a: 1\n}\n")
    properties = real("2020", "sip-communicator.properties", "a=b\n")
    keys: dict[Path_, Value] = {
        ("jicofo", "authentication", key): True for key in ("enabled", "type", "login-url")
    }
    work: list[tuple[str, str, Callable[[], object], int, float]] = [
        ("config.js", script, lambda: MeetConfig.parse(script, "x").set(
            ("hosts", "anonymousdomain"), GUEST), 20, 0.010),
        ("Prosody", prosody, lambda: ProsodyFile.parse(prosody, "x").set(
            (MAIN, "authentication"), "internal_hashed"), 20, 0.010),
        ("jicofo.conf", conf, lambda: Hocon.parse(conf, "x").set_many(keys), 20, 0.010),
        ("properties", properties, lambda: Properties.parse(properties, "x").set(
            ("org.jitsi.jicofo.auth.URL",), "x"), 20, 0.010),
        (f"{HOSTS:,} hosts", hosts, lambda: ProsodyFile.parse(hosts, "x").set(
            ("h5000.example.org", "authentication"), "x"), 3, 1.0),
    ]  # fmt: skip
    beside = _sed(script)
    rows = []
    for name, text, action, runs, limit in work:
        taken = processor_seconds(action, runs)
        rows.append(
            [
                name,
                f"{len(text) / 1000:.0f} kB",
                f"{taken * 1000:.1f} ms",
                f"{limit * 1000:.0f} ms",
                "yes" if taken < limit else "NO",
                f"{taken / beside:.1f}",
            ]
        )
    show(["file", "size", "an edit", "at most", "held", "times a sed process"], rows)


def _sed(script: str) -> float:
    """How long a sed process takes for one line of the same config.js."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.js"
        path.write_text(script)
        return process(
            [shutil.which("sed") or "sed", "-i", "s|// anonymous|// anonymous|", str(path)]
        )


if __name__ == "__main__":
    main()
