"""Log lines that admins meet again and again: what they mean, and what to do about them.

``facts.pl`` counts them in the last ten minutes of each log, from when its service started.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .model import Severity


@dataclass(frozen=True)
class KnownLine:
    """One kind of line."""

    id: str
    sources: tuple[str, ...]
    """The logs it stands in: ``prosody``, ``jicofo``, ``jvb``, ``nginx``, ``apache2``."""

    texts: tuple[str, ...]
    """What a line holds; one of these, letter for letter."""

    severity: Severity
    says: str
    """What happens, in an admin's words."""

    why: str
    todo: str
    least: int = 1
    """So many in ten minutes, and it is told; single ones mean little for some."""

    needs: tuple[str, ...] = ()
    """Services whose absence explains the line: while one is down, that is what is told."""

    ends: tuple[str, ...] = ()
    """What a later line holds when it is over: what was before does not count any more."""


_SEE = "jitsi-tui logs DEST"

KNOWN_LINES: tuple[KnownLine, ...] = (
    KnownLine(
        "token-loop",
        ("prosody",),
        ("Failed to verify access token",),
        "warning",
        "Browsers try to log in with a token, again and again, instead of asking for a password",
        "With OAUTHBEARER on offer, Jitsi's client never asks visitors for a password.",
        'disable_sasl_mechanisms = { "DIGEST-MD5", "OAUTHBEARER" } in the main host (jitsi-tui'
        " secure DEST does it)",
        least=5,
    ),
    KnownLine(
        "no-mechanism",
        ("prosody",),
        ("No available SASL mechanisms", "All SASL mechanisms provided by"),
        "warning",
        "Prosody has no way to log in left for those who come",
        "They can't log in: its authentication module is missing, or wants encryption.",
        "consider_bosh_secure = true, c2s_require_encryption = false on the host; does the module"
        " that authentication names exist?",
    ),
    KnownLine(
        "module-failed",
        ("prosody",),
        ("Error initializing module", "Unable to load module"),
        "warning",
        "Prosody could not load one of its modules",
        "What that module does is missing: logins, lobby, moderation, whatever it is.",
        "is the module there (plugin_paths), and the package that brings it up to date?",
    ),
    KnownLine(
        "module-trips",
        ("prosody",),
        ("Traceback[",),
        "warning",
        "A part of Prosody fails while it answers",
        "Whoever it was about to answer gets none.",
        "the record names the module: is it one of yours, or of an older version?",
    ),
    KnownLine(
        "port-taken",
        ("prosody", "jicofo", "jvb"),
        ("Failed to open server port", "Address already in use"),
        "warning",
        "A port is taken by another program",
        "What should answer there does not.",
        "ss -ltnup shows which program has it",
    ),
    KnownLine(
        "component-missing",
        ("prosody",),
        ("Component not connected, bouncing error",),
        "warning",
        "Requests go to a component that is not connected",
        "For focus it means that nobody can open a meeting.",
        f"is jicofo running, and its component_secret the right one? {_SEE} jicofo",
        least=3,
        needs=("jicofo",),
    ),
    KnownLine(
        "component-secret",
        ("prosody",),
        ("Component authentication failed",),
        "warning",
        "A component comes with a wrong secret",
        "Jicofo (or another part) can't take its place.",
        "make component_secret in Prosody's file and the secret in the component's own file equal",
    ),
    KnownLine(
        "component-twice",
        ("prosody",),
        ("Second component attempted to connect",),
        "warning",
        "A component is there twice",
        "Two Jicofos, or one that did not end, fight for one place.",
        "end the one too many",
    ),
    KnownLine(
        "certificate-unreadable",
        ("prosody",),
        ("SSL/TLS: Failed to load",),
        "info",
        "Prosody can't load a certificate or its key",
        "Jicofo and the videobridge may then refuse to connect; browsers don't notice.",
        "the key's file must be readable for user prosody",
    ),
    KnownLine(
        "token-refused",
        ("prosody",),
        ("Error verifying token err",),
        "info",
        "People come with tokens that Prosody refuses",
        "They don't get in; the record says why: expired, another issuer, another room.",
        "compare app_id, app_secret and the token's claims (aud, iss, sub, room, exp)",
        least=3,
    ),
    KnownLine(
        "files-refused",
        ("prosody",),
        ("There was an error parsing the configuration file", "Couldn't read the config file"),
        "warning",
        "Prosody was told to read its files again, and could not",
        "It goes on with the old settings until it is restarted, and then it is down.",
        "mend the line that it names",
    ),
    KnownLine(
        "no-bridge",
        ("jicofo",),
        (
            "no bridge available",
            "There are no operational bridges",
            "No operational bridges available",
        ),
        "warning",
        "Jicofo has no videobridge for a meeting",
        "People see each other's names, and hear and see nobody.",
        f"is the videobridge running, and logged in at Prosody? {_SEE} jvb",
        needs=("jitsi-videobridge2",),
    ),
    KnownLine(
        "bridge-ill",
        ("jicofo",),
        ("Health check failed for", "health-check timed out", "Health check timed out"),
        "warning",
        "A videobridge does not pass Jicofo's health check",
        "Jicofo takes it out of use; without another one meetings have no sound.",
        f"{_SEE} jvb says what it lacks, often an address or memory",
        needs=("jitsi-videobridge2",),
    ),
    KnownLine(
        "service-password",
        ("jicofo", "jvb"),
        ("SASLError using", "SASL authentication failed"),
        "warning",
        "Prosody refuses the password of one of Jitsi's own parts",
        "Without Jicofo no meeting begins, without the videobridge there is no sound.",
        "give focus and jvb on auth.DOMAIN the passwords that Jicofo's and the bridge's files hold",
    ),
    KnownLine(
        "service-login",
        ("jicofo", "jvb"),
        ("Failed to connect/login", "Can't login"),
        "warning",
        "One of Jitsi's own parts does not get into Prosody",
        "Without Jicofo no meeting begins, without the videobridge there is no sound.",
        "not-authorized: its password is another one than Prosody has (prosodyctl passwd"
        " focus@auth.DOMAIN, for the bridge jvb@auth.DOMAIN); else: is Prosody up on port 5222, and"
        " does it serve auth.DOMAIN?",
        least=3,
        needs=("prosody",),
        ends=(": Registered", "Joined MUC: "),
    ),
    KnownLine(
        "not-owner",
        ("jicofo",),
        ("Focus must be an owner", "Failed to grant owner"),
        "warning",
        "Jicofo does not own the rooms it is in",
        "Nobody becomes a moderator.",
        "on Prosody 13: component_admins_as_room_owners = true; else focus@auth.DOMAIN among the"
        " admins of the rooms' component",
    ),
    KnownLine(
        "jicofo-config",
        ("jicofo",),
        ("com.typesafe.config.ConfigException", "ConfigurationValueParsingException"),
        "warning",
        "Jicofo finds a fault in jicofo.conf",
        "It does not start, or goes on without the setting.",
        "mend the line or the value that it names",
    ),
    KnownLine(
        "java-memory",
        ("jicofo", "jvb"),
        ("java.lang.OutOfMemoryError",),
        "warning",
        "A part of Jitsi runs out of memory",
        "It drops calls, and may hang.",
        "give it more (JICOFO_MAX_MEMORY, VIDEOBRIDGE_MAX_MEMORY), or the machine",
    ),
    KnownLine(
        "bridge-address",
        ("jvb",),
        ("No valid IP addresses available for harvesting", "No single-port harvesters created"),
        "warning",
        "The videobridge finds no address to offer",
        "Nobody hears or sees anybody.",
        "behind NAT: name the public address in jvb.conf (ice4j.harvest.mapping)",
    ),
    KnownLine(
        "ice-failed",
        ("jvb",),
        # written once for each, when the bridge gives up the place
        ("because ICE failed", "neither failed nor connected"),
        "info",
        "The media of some people does not get through",
        "They are in the meeting, and hear and see nobody.",
        "UDP port 10000 must reach the videobridge; behind NAT it must know its public address",
        least=3,
    ),
    KnownLine(
        "web-upstream-down",
        ("nginx", "apache2"),
        (
            "Connection refused) while connecting to upstream",
            "host not found in upstream",
            "failed to make connection to backend",
        ),
        "warning",
        "The web server does not reach a part behind it",
        "For http-bind and xmpp-websocket that is Prosody: nobody can log in.",
        "does Prosody listen where proxy_pass points to (5280)?",
        least=3,
        needs=("prosody",),
    ),
    KnownLine(
        "web-upstream-slow",
        ("nginx",),
        ("upstream timed out",),
        "info",
        "A part behind the web server answers too late",
        "People are thrown out of meetings, or wait.",
        "is the machine busy? proxy_read_timeout should be 900s for http-bind",
        least=5,
    ),
    KnownLine(
        "web-file-missing",
        ("nginx",),
        ('config.js" failed', 'interface_config.js" failed'),
        "warning",
        "The web server can't read config.js",
        "Everybody sees a grey page.",
        "does the file that alias names exist, and may the web server read it?",
    ),
    KnownLine(
        "web-connections",
        ("nginx",),
        ("worker_connections are not enough",),
        "warning",
        "The web server has more visitors than it may have",
        "New ones are turned away.",
        "raise worker_connections in nginx.conf",
    ),
    KnownLine(
        "too-many-files",
        ("prosody", "jicofo", "jvb", "nginx", "apache2"),
        ("too many open files", "Too many open files"),
        "warning",
        "A service has more open files than it may have",
        "New people can't connect to it.",
        "raise its limit: LimitNOFILE= in its unit, worker_rlimit_nofile in nginx.conf",
    ),
    KnownLine(
        "disk-is-full",
        ("prosody", "jicofo", "jvb", "nginx", "apache2"),
        ("No space left on device",),
        "warning",
        "A service could not write: the disk is full",
        "What it wanted to keep is lost.",
        "make room",
    ),
)

BY_ID = {line.id: line for line in KNOWN_LINES}


def for_server() -> bytes:
    """The table as ``facts.pl`` reads it: ``SOURCE ID TEXT``, one a line; ``!ID`` for its end."""
    rows = [
        f"{source} {identifier} {text}\n"
        for line in KNOWN_LINES
        for source in line.sources
        for identifier, texts in ((line.id, line.texts), (f"!{line.id}", line.ends))
        for text in texts
    ]
    return "".join(rows).encode()
