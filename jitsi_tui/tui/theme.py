"""How the app looks: two themes, and what becomes of them where colour or glyphs are poor."""

from __future__ import annotations

import codecs
import locale
import os
from collections.abc import Mapping

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

DARK = "jitsi-tui-dark"
LIGHT = "jitsi-tui-light"


def _theme(name: str, *, dark: bool, colours: Mapping[str, str]) -> Theme:
    c = colours
    return Theme(
        name=name,
        dark=dark,
        primary=c["accent"],
        secondary=c["accent"],
        accent=c["accent"],
        success=c["good"],
        warning=c["attention"],
        error=c["bad"],
        foreground=c["text"],
        background=c["page"],
        surface=c["page"],
        panel=c["raised"],
        boost=c["raised"],
        variables={
            "dim": c["dim"],
            "faint": c["faint"],
            "good": c["good"],
            "attention": c["attention"],
            "bad": c["bad"],
            "good-tint": c["good_tint"],
            "bad-tint": c["bad_tint"],
            "page": c["page"],
            "raised": c["raised"],
            "chosen": c["chosen"],
            **{f"tag-{number}": c[f"tag_{number}"] for number in range(1, 7)},
            "block-cursor-foreground": c["text"],
            "block-cursor-background": c["chosen"],
            "block-cursor-text-style": "none",
            "block-hover-background": c["raised"],
            "input-cursor-background": c["accent"],
            "input-cursor-foreground": c["page"],
            "input-selection-background": c["chosen"],
            "border": c["accent"],
            "border-blurred": c["faint"],
            "scrollbar": c["scroll"],
            "scrollbar-hover": c["faint"],
            "scrollbar-active": c["dim"],
            "scrollbar-background": c["page"],
            "scrollbar-background-hover": c["page"],
            "scrollbar-background-active": c["page"],
            "scrollbar-corner-color": c["page"],
        },
    )


THEMES = (
    _theme(
        DARK,
        dark=True,
        colours={
            "page": "#12151c",
            "raised": "#1a1f29",
            "chosen": "#232c3d",
            "scroll": "#2d3546",
            "text": "#d9dee8",
            "dim": "#929cb0",
            "faint": "#6b768d",
            "accent": "#82aaff",
            "good": "#8ccf7e",
            "attention": "#e5b567",
            "bad": "#f2777a",
            "good_tint": "#18261d",
            "bad_tint": "#2b1a20",
            "tag_1": "#82aaff",
            "tag_2": "#c792ea",
            "tag_3": "#5fc9c0",
            "tag_4": "#f5a3d0",
            "tag_5": "#c8bd97",
            "tag_6": "#8fb3c9",
        },
    ),
    _theme(
        LIGHT,
        dark=False,
        colours={
            "page": "#fbfaf7",
            "raised": "#f1efe9",
            "chosen": "#e1e8f7",
            "scroll": "#d3d2cc",
            "text": "#23272f",
            "dim": "#5c6472",
            "faint": "#7d838e",
            "accent": "#2456c4",
            "good": "#22702f",
            "attention": "#8a5a00",
            "bad": "#b3262e",
            "good_tint": "#e6f3e4",
            "bad_tint": "#fbe7e6",
            "tag_1": "#2456c4",
            "tag_2": "#7a3fb0",
            "tag_3": "#0d706b",
            "tag_4": "#a8327a",
            "tag_5": "#6d5a1e",
            "tag_6": "#3a627c",
        },
    ),
)


class WithoutColour(LineFilter):
    """For NO_COLOR: weight, underline and reverse stay, every colour goes.

    Textual's own answer still sends shades of grey in true colour.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [
            Segment(text, style.without_color if style else None, control)
            for text, style, control in segments
        ]


_ASCII = {
    ord(char): plain
    for chars, plain in (
        ("●", "*"),
        ("▲", "!"),
        ("◆", "#"),
        ("◈", "@"),
        ("✖", "x"),
        ("○", "o"),
        ("›▸▶❯", ">"),
        ("‹◂", "<"),
        ("…·", "."),
        ("−–—─━┄▁▔", "-"),
        ("│┃▎▏▊▌▐║", "|"),
        ("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
        ("×", "x"),
        ("“”„", '"'),
        ("‘’", "'"),
        ("▂▃", "="),
        ("▄▅▆▇█", "#"),
        ("↑", "^"),
        ("↓", "v"),
        ("→", ">"),
        ("←", "<"),
        ("•", "*"),
        ("✓", "*"),
    )
    for char in chars
}


class OnlyAscii(LineFilter):
    """For terminals without UTF-8: each glyph of ours has a plain one of the same width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        return [
            segment if segment.control or segment.text.isascii() else _ascii(segment)
            for segment in segments
        ]


def _ascii(segment: Segment) -> Segment:
    text = segment.text.translate(_ASCII)
    if not text.isascii():
        cells = Segment(text).cell_length
        text = "".join(char if char.isascii() else "?" for char in text)
        text += "?" * max(0, cells - len(text))
        text = text[:cells]
    return Segment(text, segment.style, segment.control)


def glyphs_are_poor(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether what the user's locale says is not UTF-8."""
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := environ.get(name):
            encoding = value.partition(".")[2].partition("@")[0]
            return not _is_utf8(encoding or "ascii")
    return not _is_utf8(locale.getpreferredencoding(False))


def _is_utf8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False
