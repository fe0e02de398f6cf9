"""The style sheet of the app, read once: Textual reads it anew for each page it first shows."""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class SteadyStylesheet(Stylesheet):
    """Reads a source again only where a variable has changed, as with another theme."""

    def __init__(self, *, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self._known = dict(variables)

    def set_variables(self, variables: dict[str, str]) -> None:
        """See ``Stylesheet``; what was read stays where they are the same."""
        if variables != self._known:
            self._known = dict(variables)
            super().set_variables(variables)

    def reparse(self) -> None:
        """See ``Stylesheet``; sources that were read stay read."""
        self.parse()
