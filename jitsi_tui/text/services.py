"""Services: their names, and how they are."""

from __future__ import annotations

from datetime import datetime

from jitsi_tui.instance.model import Service, ServiceState
from jitsi_tui.words import span

from .tones import Tone

SERVICE_NAMES: dict[str, str] = {
    "prosody": "prosody",
    "jicofo": "jicofo",
    "jitsi-videobridge2": "videobridge",
    "nginx": "nginx",
    "apache2": "apache",
}
_SERVICE_TONES: dict[ServiceState, Tone] = {
    "running": "good",
    "stopped": "bad",
    "failed": "bad",
    "absent": "off",
    "unknown": "attention",
}


def service_tone(service: Service) -> Tone:
    """How a service is doing."""
    return _SERVICE_TONES[service.state]


def service_state(service: Service, now: datetime) -> str:
    """``3 d`` since when it runs, or what else it does."""
    if service.state == "running":
        return span((now - service.since).total_seconds()) if service.since else "running"
    return {
        "stopped": "not running",
        "failed": "failed",
        "absent": "not on this machine",
        "unknown": "not known",
    }[service.state]
