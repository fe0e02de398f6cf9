"""One service: what it does, and a restart that is checked."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from jitsi_tui import text
from jitsi_tui.instance.calls import hits
from jitsi_tui.instance.model import Service, ServiceName
from jitsi_tui.text import visible
from jitsi_tui.tui.actions import Action, bindings
from jitsi_tui.tui.lines import Line, line, marked, pairs, wrap
from jitsi_tui.tui.state import State
from jitsi_tui.tui.widgets.block import Block

from .base import Sheet
from .confirm import ConfirmSheet

_COST: dict[ServiceName, str] = {
    "prosody": "Everybody in a call is thrown out for a moment and comes back.",
    "jicofo": "Everybody in a call rejoins; logins that Jicofo remembers are forgotten.",
    "jitsi-videobridge2": "Sound and picture of every running call stop until people rejoin.",
    "nginx": "Pages that are loading right now may fail once.",
    "apache2": "Pages that are loading right now may fail once.",
}
_MANAGED = {
    "unit": "systemd, by its own unit",
    "generated": "systemd, by an old init script: its “active” proves nothing",
    "init": "an init script",
    "none": "not known",
}


def _cannot_restart(sheet: ServiceSheet) -> str | None:
    service = sheet.service
    if service is None or service.state == "absent":
        return "It is not on this machine."
    if sheet.state.applying:
        return "A change is under way; wait for its end."
    return None if sheet.state.up else "The connection does not stand."


class ServiceSheet(Sheet[None]):
    """Judged by its process, never by what its unit claims."""

    ACTIONS: ClassVar[tuple[Action, ...]] = (
        Action(
            "service.restart",
            ("x",),
            "restart …",
            "Ask once more, then restart the service and see that it came back.",
            mutates=True,
            rank=1,
            why_not=_cannot_restart,
        ),
        Action("service.close", ("escape", "enter"), "close", "Back to the page.", rank=2),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTIONS)

    def __init__(self, name: ServiceName) -> None:
        super().__init__()
        self._name: ServiceName = name

    @property
    def service(self) -> Service | None:
        """As it is now."""
        status = self.state.status
        return status.instance.service(self._name) if status else None

    def body(self) -> ComposeResult:
        yield Block(id="service-text")

    def title_lines(self, cells: int) -> list[Line]:  # noqa: ARG002
        service = self.service
        if service is None:
            return [line((text.SERVICE_NAMES[self._name], "strong"))]
        tone = text.service_tone(service)
        words = (
            "is running"
            if service.state == "running"
            else text.service_state(service, self.jitsi.now())
        )
        return [line(marked(tone), (f" {text.SERVICE_NAMES[self._name]} {words}", "strong"))]

    def show(self, state: State) -> None:
        super().show(state)
        self.query_one("#service-text", Block).put(self._text)

    def _text(self, cells: int) -> list[Line]:
        service = self.service
        if service is None:
            return []
        now = self.jitsi.now()
        since = (
            f"{text.exact(service.since)}, {text.ago(service.since, now)}"
            if service.since
            else "not known"
        )
        rows = [
            ("since", since),
            ("process", str(service.pid) if service.pid else "none"),
            ("started by", _MANAGED[service.manager]),
            (
                "at boot",
                {True: "starts by itself", False: "does not start", None: "not known"}[
                    service.enabled
                ],
            ),
        ]
        lines = pairs(rows)
        if service.masked:
            lines.append(line(marked("attention"), " It is masked: systemd will not start it."))
        if service.detail:
            lines += [(), *wrap(visible(service.detail), cells, "dim")]
        return lines

    def do_restart(self) -> None:
        """Ask, then restart."""
        if hits((self._name,)):
            self.jitsi.want_calls()
        sheet = ConfirmSheet(
            f"restart {text.SERVICE_NAMES[self._name]}",
            self.state.domain,
            self._cost,
            "Restart",
        )
        self.app.push_screen(sheet, self._sure)

    def _cost(self, cells: int) -> list[Line]:
        """Whom it hits now, and how."""
        lines: list[Line] = []
        if hits((self._name,)):
            counted = self.state.calls
            tone, whom = text.whom_it_hits((self._name,), counted.calls if counted else None)
            words = whom[:1].upper() + whom[1:]
            if counted is None:
                tone, words = "off", "counting who is in a meeting …"
            head, *rest = wrap(visible(words), cells - 2)
            lines = [line(marked(tone), " ", *head), *(line("  ", *row) for row in rest)]
        return [*lines, *wrap(_COST[self._name], cells, "dim")]

    def _sure(self, sure: bool | None) -> None:
        if sure and self.session is not None:
            self.jitsi.begin_job(f"Restarting {text.SERVICE_NAMES[self._name]}")
            self.session.restart_service(self._name)

    def do_close(self) -> None:
        """Back to the page."""
        self.dismiss()
