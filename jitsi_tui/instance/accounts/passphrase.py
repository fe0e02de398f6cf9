"""Passphrases that people can read aloud: EFF words picked by the system's randomness."""

from __future__ import annotations

import math
import secrets

from jitsi_tui import resources
from jitsi_tui.ssh.command import Secret

MIN_BITS = 70.0


def generate(bits: float = MIN_BITS) -> Secret:
    """A passphrase of at least ``bits`` bits, words joined by hyphens (six words for 70 bits)."""
    words = resources.passphrase_words()
    count = math.ceil(max(bits, MIN_BITS) / math.log2(len(words)))
    return Secret("-".join(secrets.choice(words) for _ in range(count)))
