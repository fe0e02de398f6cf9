"""``python -m benchmarks [NAME...]``: every benchmark, or the named ones, as tables."""

from __future__ import annotations

import importlib
import sys

NAMES = ("start", "road", "configs", "logs", "moderators")


def main(names: list[str]) -> int:
    """Run them one after the other; each prints its table."""
    for name in names or NAMES:
        if name not in NAMES:
            print(f"no benchmark {name!r}; there are {', '.join(NAMES)}", file=sys.stderr)
            return 2
        print(f"\n## {name}\n", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
