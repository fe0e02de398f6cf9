"""How grave a record is, in one scale for all the words that servers use."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Level(IntEnum):
    """The scale; ``NONE`` where a record names no level."""

    NONE = 0
    DEBUG = 1
    INFO = 2
    WARNING = 3
    ERROR = 4
    FATAL = 5

    @property
    def word(self) -> str | None:
        """The level's name in JSON and options; ``None`` for ``NONE``."""
        return self.name.lower() if self else None


LEVELS = tuple(Level)
"""Levels by their numbers."""

# java.util.logging prints levels in the language of the server's locale (the names in the JDK's
# sun.util.logging.resources): "_" stands for a space.
_NAMES = {
    Level.FATAL: "fatal crit critical alert emerg emergency panic",
    Level.ERROR: "error err severe schwerwiegend grave allvarlig 重大 严重 嚴重 심각",
    Level.WARNING: (
        "warning warn warnung avertissement advertencia avvertenza advertência varning 警告 경고"
    ),
    Level.INFO: (
        "info notice information infos información informazioni informações 情報 信息 資訊 정보"
    ),
    Level.DEBUG: (
        "debug trace all verbose config fine finer finest konfiguration fein feiner am_feinsten"
        " précis plus_précis le_plus_précis configurar configuración detallado muy_detallado"
        " más_detallado configurazione buono migliore ottimale configuração detalhado"
        " mais_detalhado o_mais_detalhado konfig fin finare finaste 構成 普通 詳細 最も詳細 配置"
        " 详细 较详细 非常详细 組態 較詳細 最詳細 구성 미세 보다_미세 가장_미세"
    ),
}

WORDS: Mapping[str, Level] = {
    name.replace("_", " "): level for level, names in _NAMES.items() for name in names.split()
}
"""Every word for a level, in lower case."""


def level_of(word: bytes | str) -> Level:
    """The level that a word stands for; ``NONE`` where it is none that we know."""
    text = word.decode("utf-8", "replace") if isinstance(word, bytes) else word
    return WORDS.get(text.strip().lower(), Level.NONE)


SYSLOG = (
    Level.FATAL,
    Level.FATAL,
    Level.FATAL,
    Level.ERROR,
    Level.WARNING,
    Level.INFO,
    Level.INFO,
    Level.DEBUG,
)
"""Levels by syslog priority (RFC 5424, 6.2.1)."""

PRIORITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
"""Their names, as ``syslog(3)`` and ``journalctl -p`` have them."""
