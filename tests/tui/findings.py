"""Fifteen findings at once, in the words of the rules themselves."""

from __future__ import annotations

from jitsi_tui.instance.findings import RULES
from jitsi_tui.instance.model import Finding

from .samples import DOMAIN, JICOFO_PATH, MEET_PATH, PROSODY_PATH

_WHY = {rule.id: (rule.severity, rule.why) for rule in RULES}


def finding(identifier: str, message: str, evidence: str, fix: str | None) -> Finding:
    """One, with the severity and the reason of its rule."""
    severity, why = _WHY[identifier]
    return Finding(identifier, severity, message, evidence, fix, why)


FIFTEEN = (
    finding(
        "jicofo-asks-nobody",
        "Jicofo asks nobody for an account, so guests open rooms",
        f"{JICOFO_PATH} turns no authentication on",
        "jitsi-tui secure DEST",
    ),
    finding(
        "guest-host-missing",
        f"config.js sends guests to guests.{DOMAIN}, Prosody's guest host is guest.{DOMAIN}",
        f"{MEET_PATH}:4 names guests.{DOMAIN}",
        "jitsi-tui secure DEST",
    ),
    finding(
        "not-restarted",
        "Prosody still lets strangers in, its files say otherwise: it was not restarted",
        f"{PROSODY_PATH} was changed 2026-11-24 13:58:11 UTC;"
        " prosody runs since 2026-11-21 14:02:01 UTC",
        "jitsi-tui services DEST restart prosody",
    ),
    finding(
        "service-down",
        "jitsi-videobridge2 does not run: there is no sound and no picture",
        "its unit says: exit-code",
        "jitsi-tui services DEST restart jitsi-videobridge2",
    ),
    finding(
        "open-registration",
        "Anyone can make himself an account, and is a moderator then",
        "/etc/prosody/prosody.cfg.lua:41: allow_registration = true",
        "set allow_registration = false and restart prosody",
    ),
    finding(
        "log-token-loop",
        "Browsers try to log in with a token, again and again, instead of asking for a password"
        " (230 times in the last 10 minutes)",
        "/var/log/prosody/prosody.log: Nov 24 14:01:58 meet.example.org:tokenauth\twarn\t"
        "Failed to verify access token: (nil)",
        'disable_sasl_mechanisms = { "DIGEST-MD5", "OAUTHBEARER" } in the main host',
    ),
    finding(
        "jicofo-port-exposed",
        "Jicofo's port 8888 is open to the world, unless a firewall stands before it",
        "it listens on 0.0.0.0",
        'set jicofo.rest.host: "127.0.0.1" and restart jicofo',
    ),
    finding(
        "accounts-on-auth",
        f"Accounts were made on auth.{DOMAIN}, where nobody logs in",
        f"auth.{DOMAIN} has joki; {DOMAIN} has none",
        "jitsi-tui moderators DEST add joki",
    ),
    finding(
        "no-moderator",
        "Nobody can open a meeting yet: there is no moderator",
        f"{DOMAIN} has no accounts",
        "jitsi-tui moderators DEST add NAME",
    ),
    finding(
        "readable-secrets",
        "Every user of this server can read its secrets",
        f"{JICOFO_PATH} (0644)",
        f"chmod o-r {JICOFO_PATH}",
    ),
    finding(
        "certificate",
        "The certificate ends on 2026-12-02, in 8 days",
        f"/etc/letsencrypt/live/{DOMAIN}/fullchain.pem",
        "renew it (certbot renew, or the way it was made)",
    ),
    finding(
        "disk-full", "The disk at /var/log is nearly full", "94% of it is used", "make room there"
    ),
    finding(
        "managed-files",
        "Ansible, Puppet or the like will overwrite changes made here",
        PROSODY_PATH,
        "make the same change there",
    ),
    finding(
        "edited-since",
        "Files were edited since our last change",
        f"{MEET_PATH} (2026-11-24 13:40:00 UTC)",
        None,
    ),
    finding("parts-elsewhere", "Not on this machine: a web server", "no unit, no process", None),
)
