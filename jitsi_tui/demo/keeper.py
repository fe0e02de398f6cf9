"""The process that holds everything the practice server runs, and ends it.

Run as a program of its own: ``python -I -S keeper.py FD FOLDER``. It starts what it is asked to
start over the socket FD, adopts what detaches itself (``PR_SET_CHILD_SUBREAPER``, prctl(2)), and
when the other end of the socket is gone, for whatever reason, it kills all that and removes FOLDER.

Messages are JSON objects, one a packet:
  to the keeper    {"run": id, "argv": [...], "env": {...}} with three descriptors,
                   {"kill": id, "signal": n}
  from the keeper  {"ended": id, "status": n}; n is 128 + s after signal s, 127 if nothing started
"""

from __future__ import annotations

import ctypes
import json
import os
import select
import shutil
import signal
import socket
import sys
import time

_PR_SET_CHILD_SUBREAPER = 36
_PACKET = 256 * 1024
_RESET = (signal.SIGPIPE, signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGXFSZ)


class Keeper:
    """Starts processes, reports their ends, and outlives none of them."""

    def __init__(self, line: socket.socket, folder: str) -> None:
        self._line = line
        self._folder = folder
        self._running: dict[int, int] = {}
        self._asked_to_end = False

    def serve(self) -> None:
        """Until the other end is gone or we are told to end (SIGTERM)."""
        wake_read, wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._end)
        for ignored in (signal.SIGINT, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_IGN)
        while not self._asked_to_end:
            line = self._line.fileno()
            ready, _, _ = select.select([line, wake_read], [], [])
            if wake_read in ready:
                os.read(wake_read, 4096)
                self._reap()
            if line in ready and not self._take_packet():
                break

    def _end(self, *_: object) -> None:
        self._asked_to_end = True

    def _take_packet(self) -> bool:
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._line, _PACKET, 3)
        except OSError:
            return False
        if not packet:
            return False
        message = json.loads(packet)
        if "run" in message:
            self._run(message, descriptors)
        else:
            self._kill(message["kill"], message["signal"])
        return True

    def _run(self, message: dict[str, object], descriptors: list[int]) -> None:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        number, argv, env = message["run"], message["argv"], message["env"]
        assert isinstance(number, int) and isinstance(argv, list) and isinstance(env, dict)
        try:
            os.chdir(env.get("HOME", "/"))
            pid = os.posix_spawn(
                argv[0],
                argv,
                env,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, descriptor, wanted)
                    for wanted, descriptor in enumerate(descriptors)
                ],
                setsid=True,
                setsigdef=_RESET,
                setsigmask=(),
            )
        except OSError:
            self._say({"ended": number, "status": 127})
        else:
            self._running[pid] = number
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    def _kill(self, number: int, signal_number: int) -> None:
        for pid, running in self._running.items():
            if running == number:
                try:
                    os.killpg(pid, signal_number)
                except OSError:
                    return

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self._running.pop(pid, None)
            if number is not None:
                code = os.waitstatus_to_exitcode(status)
                self._say({"ended": number, "status": code if code >= 0 else 128 - code})

    def _say(self, message: dict[str, int]) -> None:
        try:
            self._line.send(json.dumps(message).encode())
        except OSError:
            self._asked_to_end = True

    def end_all(self) -> None:
        """Kill every descendant: what loses its parent becomes our child, until there is none."""
        while True:
            for child in _children():
                try:
                    os.kill(child, signal.SIGKILL)
                except OSError:
                    continue
            try:
                os.waitpid(-1, 0)
            except ChildProcessError:
                return

    def remove_folder(self) -> None:
        """Also where somebody is writing into it still: a few tries."""
        for _ in range(20):
            shutil.rmtree(self._folder, ignore_errors=True)
            if not os.path.lexists(self._folder):
                return
            time.sleep(0.05)


def _children() -> list[int]:
    """Processes whose parent we are (field 4 of /proc/PID/stat, proc(5))."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.append(int(name))
    return found


def main() -> None:
    """Everything there is to this program."""
    line = socket.socket(fileno=int(sys.argv[1]))
    folder = sys.argv[2]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    keeper = Keeper(line, folder)
    try:
        keeper.serve()
    finally:
        keeper.end_all()
        keeper.remove_folder()


if __name__ == "__main__":
    main()
