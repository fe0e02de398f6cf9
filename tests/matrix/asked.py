"""What the running server answers, asked from outside of everything that is tested here."""

from __future__ import annotations

import json
import re
import time

from jitsi_tui.instance.model import Outcome, Plan, Verdict
from jitsi_tui.ssh.command import Command, Root
from jitsi_tui.ssh.host import ForwardError, Host

_BODY = (
    "<body rid='{rid}' xmlns='http://jabber.org/protocol/httpbind' to='{to}' wait='5' hold='1'"
    " ver='1.6' xmpp:version='1.0' xmlns:xmpp='urn:xmpp:xbosh'/>"
)


def _http(host: Host, port: int, request: str) -> str:
    tcp = host.connect_tcp("127.0.0.1", port)
    try:
        tcp.settimeout(60)
        tcp.sendall(request.encode())
        answer = b""
        while data := tcp.recv(65536):
            answer += data
    finally:
        tcp.close()
    return answer.decode("utf-8", "replace")


def mechanisms(host: Host, domain: str, vhost: str) -> frozenset[str]:
    """SASL mechanisms that a host of Prosody's offers over BOSH; none where there is none."""
    body = _BODY.format(rid=int(time.time() * 1000), to=vhost)
    head = (
        f"POST /http-bind HTTP/1.1\r\nHost: {domain}\r\nConnection: close\r\n"
        f"Content-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return frozenset(re.findall(r"<mechanism>([^<]+)<", _http(host, 5280, head + body)))


def authority(host: Host) -> str:
    """Jicofo's running setting: a class name, or ``null``."""
    answer = _http(
        host, 8888, "GET /debug HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    found = re.search(r"\{.*\}", answer, re.DOTALL)
    if found is None:
        return _logged_authority(host)
    said = json.loads(found[0])
    return str(said.get("conference_iq_handler", {}).get("auth_authority"))


def _logged_authority(host: Host) -> str:
    """What Jicofo wrote at its last start, where it answers no /debug."""
    words = ("grep", "-E", "[Aa]uthentication service", "/var/log/jitsi/jicofo.log")
    lines = host.run(Command(words, root=Root.YES)).stdout.decode().splitlines()
    if not lines:
        return "unknown"
    return "null" if "disabled" in lines[-1] else lines[-1].partition("type=")[2]


def posture(host: Host, domain: str) -> str:
    """``open``, ``secure``, or what is neither."""
    main = mechanisms(host, domain, domain)
    guest = mechanisms(host, domain, f"guest.{domain}")
    jicofo = authority(host)
    if main == {"ANONYMOUS"} and not guest and jicofo == "null":
        return "open"
    if main and "ANONYMOUS" not in main and guest == {"ANONYMOUS"} and "XMPP" in jicofo:
        return "secure"
    return f"main {sorted(main)}, guest {sorted(guest)}, Jicofo {jicofo}"


def prove(host: Host, plan: Plan) -> tuple[Outcome, Verdict | None, tuple[str, ...]]:
    """Whether the server is as planned, as ``apply`` wants to hear it."""
    try:
        now = posture(host, plan.domain)
    except (ForwardError, OSError) as error:
        return Outcome.UNPROVABLE, None, (str(error) or repr(error),)
    wanted = "open" if plan.expectation.strangers_log_in else "secure"
    return (Outcome.PROVED, None, ()) if now == wanted else (Outcome.WRONG, None, (now,))
