"""Copying through SSH and tmux, on a key press; a secret leaves tmux's buffers by itself."""

from __future__ import annotations

import asyncio
import base64
import os

SECRET_SECONDS = 45.0
"""How long a copied secret stays in tmux's paste buffer."""

_BUFFER = "jitsi-tui"
_TIMEOUT = 2.0


def osc52(text: str) -> str:
    """The sequence that puts text on the clipboard of the terminal in front of the user."""
    return f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"


async def copy_with_tmux(text: str) -> bool:
    """Hand text to tmux, which hands it on to its terminal. False where that does not work."""
    if not _in_tmux():
        return False
    return await _tmux(["load-buffer", "-w", "-b", _BUFFER, "-"], text.encode())


async def forget_in_tmux() -> None:
    """Take what we copied out of tmux's buffers."""
    if _in_tmux():
        await _tmux(["delete-buffer", "-b", _BUFFER], b"")


def _in_tmux() -> bool:
    import shutil  # noqa: PLC0415 - only copying needs it

    return "TMUX" in os.environ and shutil.which("tmux") is not None


async def _tmux(argv: list[str], data: bytes) -> bool:
    try:
        process = await asyncio.create_subprocess_exec(
            "tmux",
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(process.communicate(data), _TIMEOUT)
    except TimeoutError:
        process.kill()
        await process.wait()
        return False
    return process.returncode == 0
