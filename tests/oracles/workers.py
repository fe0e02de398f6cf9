"""Interpreters and parsers as processes that answer one text after another."""

from __future__ import annotations

import hashlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, Any, ClassVar

_HERE = Path(__file__).parent
PATIENCE = 60
"""Seconds that an oracle may take for one text, on a machine that does other work too."""
_JAR = Path("/usr/share/java/typesafe-config.jar")


class OracleError(Exception):
    """The oracle refuses the text; the message is its own."""


class OracleMissingError(Exception):
    """The oracle can't run here; the message names the Debian package."""


class OracleExhaustedError(Exception):
    """The oracle ran out of time, stack or memory: that says nothing about the text."""


class Oracle:
    """A process that says what texts mean. Start is at first use; ``close`` ends it."""

    package: ClassVar[str]

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def argv(self) -> list[str]:
        """The command. Raises ``OracleMissingError``."""
        raise NotImplementedError

    def available(self) -> str:
        """ "" where the oracle can run, else what is missing."""
        try:
            self.argv()
        except OracleMissingError as missing:
            return str(missing)
        return ""

    def meaning(self, text: str) -> dict[str, Any]:
        """What the text means.

        Raises ``OracleError`` where it is refused, ``OracleExhaustedError`` where the oracle gave
        out before it could say.
        """
        data = text.encode("utf-8", "surrogateescape")
        for attempt in (1, 2):
            process = self._running()
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                _write(process.stdin, b"%d\n" % len(data) + data)
                line = self._line(process.stdout)
            except BrokenPipeError:
                line = b""
            if line:
                break
            self.close()
            if attempt == 2:
                raise OracleExhaustedError("the oracle died of this text")
        answer = json.loads(line)
        if answer.get("exhausted"):
            raise OracleExhaustedError(answer["error"])
        if "error" in answer:
            raise OracleError(answer["error"])
        made: dict[str, Any] = self.plain(answer["ok"])
        return made

    def _line(self, pipe: IO[bytes]) -> bytes:
        """The answer, which is one line. Raises ``OracleExhaustedError`` after ``PATIENCE``."""
        deadline = time.monotonic() + PATIENCE
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([pipe], [], [], left)[0]:
                self.close()
                raise OracleExhaustedError(f"no answer in {PATIENCE} s")
            piece = os.read(pipe.fileno(), 1 << 20)
            if not piece:
                return b""
            line += piece
        return line

    def plain(self, answer: Any) -> Any:
        """The answer with its strings as the text has them."""
        return answer

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
            process.kill()
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                self.argv(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "OTHER": "other.example.net"},
            )
        return self._process

    def _program(self, *names: str) -> str:
        found = next((path for name in names if (path := shutil.which(name))), None)
        if found is None:
            raise OracleMissingError(f"{names[0]} is missing: apt-get install {self.package}")
        return found


class ProsodyOracle(Oracle):
    """A Lua interpreter that runs the file as Prosody does: {"hosts": …, "includes": …}.

    The global section is the host ``*``.
    """

    package = "lua5.4"

    def argv(self) -> list[str]:
        """The command."""
        return [self._program("lua5.4", "lua5.3", "lua5.2", "lua"), str(_HERE / "prosody.lua")]

    def plain(self, answer: Any) -> Any:
        """Lua's strings are bytes, which the answer holds one a character."""
        if isinstance(answer, str):
            return answer.encode("latin-1").decode("utf-8", "surrogateescape")
        if isinstance(answer, list):
            return [self.plain(item) for item in answer]
        if isinstance(answer, dict):
            return {self.plain(key): self.plain(item) for key, item in answer.items()}
        return answer


class Prosody13Oracle(ProsodyOracle):
    """The same as Prosody 13 does it, where a file can read the options that it has set."""

    def argv(self) -> list[str]:
        """The command."""
        return [*super().argv(), "13"]


class MeetOracle(Oracle):
    """A JavaScript engine that evaluates config.js, SSI directives left out."""

    package = "nodejs"

    def argv(self) -> list[str]:
        """The command."""
        return [self._program("node", "nodejs"), str(_HERE / "meet.js")]


class HoconOracle(Oracle):
    """ruby-hocon, which Jitsi's packages use."""

    package = "ruby-hocon"

    def argv(self) -> list[str]:
        """The command."""
        ruby = self._program("ruby")
        if not _has_gem(ruby):
            raise OracleMissingError("the hocon gem is missing: apt-get install ruby-hocon")
        return [ruby, str(_HERE / "hocon.rb")]


class _JavaOracle(Oracle):
    package = "default-jdk-headless"
    mode: ClassVar[str]

    def argv(self) -> list[str]:
        """The command."""
        java, javac = self._program("java"), self._program("javac")
        if not _JAR.exists():
            raise OracleMissingError("typesafe config: apt-get install libtypesafe-config-java")
        classes = _compiled(javac)
        return [java, "-Xshare:auto", "-Xmx256m", "-cp", f"{_JAR}:{classes}", "Oracle", self.mode]


class TypesafeOracle(_JavaOracle):
    """lightbend/typesafe config, which Jicofo uses."""

    mode = "hocon"


class PropertiesOracle(_JavaOracle):
    """java.util.Properties."""

    mode = "properties"


def _write(pipe: IO[bytes], data: bytes) -> None:
    """Write all of it: a pipe without a buffer may take a part."""
    view = memoryview(data)
    while view:
        view = view[pipe.write(view) :]


def _has_gem(ruby: str) -> bool:
    done = subprocess.run([ruby, "-e", "require 'hocon'"], capture_output=True, check=False)
    return done.returncode == 0


def _compiled(javac: str) -> Path:
    source = _HERE / "Oracle.java"
    key = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jitsi-tui-tests"
    target = cache / f"oracle-{key}"
    if not (target / "Oracle.class").exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            subprocess.run([javac, "-cp", str(_JAR), "-d", folder, str(source)], check=True)
            target.mkdir(exist_ok=True)
            for made in Path(folder).iterdir():
                made.replace(target / made.name)
    return target
