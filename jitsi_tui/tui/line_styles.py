"""How the kinds of text look. The app has their styles, once for all widgets that draw lines.

Textual matches each component class of each widget with the whole style sheet, anew at each change:
with two dozen for each pane that took a third of the time until a page is first seen.
"""

from __future__ import annotations

from rich.style import Style
from textual.dom import DOMNode

from .lines import KINDS

LINE_CLASSES = frozenset(f"line--{name}" for name in (*KINDS, "chosen", "heading", "title"))
"""Component classes of the app; ``styles/base.tcss`` says how each looks."""


def line_style(app: DOMNode, name: str) -> Style:
    """What a kind changes of a text's style; also of ``chosen``, ``heading`` and ``title``."""
    return app.get_component_styles(f"line--{name}").partial_rich_style
