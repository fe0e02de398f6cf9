"""Servers that are odd and fine: what people have beside a secured Jitsi, and nothing wrong."""

from __future__ import annotations

import re
from collections.abc import Callable

from .accounts import write_account
from .admin import add_moderator, paths, secure_files
from .certificates import Authority
from .inroot import InRoot

DOMAIN = "meet.example.org"
PROSODY, MEET, CONF, _ = paths(DOMAIN)
MAIN = "/etc/prosody/prosody.cfg.lua"
SITE = f"/etc/nginx/sites-available/{DOMAIN}.conf"
PLUGINS = "/usr/share/jitsi-meet/prosody-plugins"
_ASKS = """
local new_sasl = require "util.sasl".new;
local provider = {};
function provider.test_password() return nil, "wrong"; end
function provider.user_exists() return true; end
function provider.get_sasl_handler()
\treturn new_sasl(module.host, { plain_test = function () return false, true; end });
end
module:provides("auth", provider);
"""
Touch = Callable[[InRoot], None]


def change(tree: InRoot, path: str, pattern: str, new: str) -> None:
    """Replace what a pattern finds, which must be there."""
    text, count = re.subn(pattern, lambda _: new, tree.read(path), flags=re.S)
    assert count, (path, pattern)
    tree.edit(path, text)


def add(tree: InRoot, path: str, new: str) -> None:
    """Add to the end of a file."""
    tree.edit(path, tree.read(path) + new)


def lets_encrypt(tree: InRoot) -> None:
    """certbot's files: links into archive, the whole chain in one, the key for root alone."""
    made = Authority("R11").issue(DOMAIN)
    archive, live = (f"/etc/letsencrypt/{name}/{DOMAIN}" for name in ("archive", "live"))
    tree.folder("/etc/letsencrypt/archive", mode=0o700)
    tree.folder("/etc/letsencrypt/live", mode=0o700)
    files = {"cert": made.leaf, "chain": made.chain, "fullchain": made.leaf + made.chain}
    for name, data in {**files, "privkey": made.key}.items():
        tree.write(f"{archive}/{name}1.pem", data, mode=0o600 if name == "privkey" else 0o644)
        tree.link(f"{live}/{name}.pem", f"../../archive/{DOMAIN}/{name}1.pem")
    change(tree, SITE, rf"/etc/jitsi/meet/{DOMAIN}\.crt", f"{live}/fullchain.pem")
    change(tree, SITE, rf"/etc/jitsi/meet/{DOMAIN}\.key", f"{live}/privkey.pem")


def a_blog_beside_it(tree: InRoot) -> None:
    """Another site, with a certificate of its own, that embeds the meetings."""
    made = Authority("R11").issue("blog.example.org")
    tree.write("/etc/blog/chain.pem", made.leaf + made.chain)
    tree.write("/etc/blog/key.pem", made.key, mode=0o600)
    tree.write(
        "/etc/nginx/sites-enabled/blog.conf",
        "server {\n  listen 443 ssl;\n  server_name blog.example.org;\n"
        "  ssl_certificate /etc/blog/chain.pem;\n  ssl_certificate_key /etc/blog/key.pem;\n"
        f'  add_header Content-Security-Policy "frame-src https://{DOMAIN}";\n'
        "  root /var/www/html;\n}\n",
    )


def a_chat_beside_it(tree: InRoot) -> None:
    """Prosody serves people's chat on another domain too, with registration by invitation."""
    tree.write(
        "/etc/prosody/conf.d/chat.example.org.cfg.lua",
        'VirtualHost "chat.example.org"\n    authentication = "internal_plain"\n'
        "    allow_registration = true\n"
        'Component "rooms.chat.example.org" "muc"\n',
    )
    write_account(tree, "chat.example.org", "grace", "another-password", hashed=False)


def jigasi_and_jibri(tree: InRoot) -> None:
    """Telephone and recording, each with its account; the recorder on its own hidden domain."""
    write_account(tree, f"auth.{DOMAIN}", "jibri", "jibri-password", hashed=True)
    write_account(tree, f"recorder.{DOMAIN}", "recorder", "recorder-password", hashed=True)
    write_account(tree, DOMAIN, "jigasi", "jigasi-password", hashed=True)
    acc = "org.jitsi.jigasi.xmpp.acc"
    tree.write(
        "/etc/jitsi/jigasi/sip-communicator.properties",
        f"{acc}.USER_ID=jigasi@{DOMAIN}\n{acc}.PASS=jigasi-password\n{acc}.ANONYMOUS_AUTH=false\n",
        mode=0o640,
    )
    tree.write("/etc/jitsi/jibri/jibri.conf", "jibri { }\n", mode=0o640)
    for name in ("jigasi", "jibri"):
        tree.write(f"/etc/init.d/{name}", "#!/bin/sh\n", mode=0o755)
    line = f"domain: '{DOMAIN}',"
    change(tree, MEET, re.escape(line), f"{line}\n        hiddenDomain: 'recorder.{DOMAIN}',")
    add(tree, MEET, f"\nconfig.hiddenDomain = 'recorder.{DOMAIN}';\n")


def more_modules(tree: InRoot) -> None:
    """Reservations, waiting for the host, a whitelist for the lobby, token_verification unused."""
    for name in ("reservations", "muc_wait_for_host", "muc_census", "jibri_session"):
        tree.write(f"{PLUGINS}/mod_{name}.lua", "-- Stands in for Jitsi's module; does nothing.\n")
    change(
        tree,
        PROSODY,
        '"muc_hide_all";\n        "muc_meeting_id";',
        '"muc_hide_all";\n        "reservations";\n        "muc_wait_for_host";\n'
        '        "muc_census";\n        "muc_meeting_id";',
    )
    add(tree, PROSODY, f'    muc_lobby_whitelist = {{ "recorder.{DOMAIN}" }}\n')


def docker_like_guest_host(tree: InRoot) -> None:
    """The guest host as Docker's template has it."""
    add(
        tree,
        PROSODY,
        '    modules_enabled = { "smacks"; "ping"; }\n'
        f'    main_muc = "conference.{DOMAIN}"\n    lobby_muc = "lobby.{DOMAIN}"\n'
        f'    breakout_rooms_muc = "breakout.{DOMAIN}"\n',
    )


def only_in_comments(tree: InRoot) -> None:
    """What would be wrong stands in comments, as templates have it."""
    add(
        tree,
        MEET,
        f"\n// config.conferenceRequestUrl = 'https://{DOMAIN}/conference-request/v1';\n"
        "// config.hosts.anonymousdomain = 'other.example.org';\n"
        "/* config.hosts.authdomain = 'x.example.org'; */\n",
    )
    add(tree, PROSODY, '-- allow_registration = true\n-- VirtualHost "guest.example.net"\n')
    add(tree, CONF, "\n# jicofo.authentication.type = JWT\n")


def kept_copies(tree: InRoot) -> None:
    """etckeeper, editors' backups and dpkg's leftovers beside the files."""
    tree.folder("/etc/.git", mode=0o700)
    tree.write("/etc/.etckeeper", "maybe chmod 0755 '.'\n")
    for path in (PROSODY, MEET, CONF, SITE):
        for suffix in ("~", ".bak", ".dpkg-old", ".2024-01-01"):
            tree.write(path + suffix, tree.read(path), mode=0o600)


def ldap(tree: InRoot) -> None:
    """Accounts in LDAP: a module of people's own that asks for a password."""
    _accounts_elsewhere(tree, "ldap2")


def cyrus(tree: InRoot) -> None:
    """Accounts of saslauthd."""
    _accounts_elsewhere(tree, "cyrus")


def _accounts_elsewhere(tree: InRoot, method: str) -> None:
    """The module asks for a password and knows no account; no file of Prosody's has any."""
    tree.write(f"{PLUGINS}/mod_auth_{method}.lua", _ASKS)
    change(
        tree,
        PROSODY,
        r'    authentication = "internal_hashed"\n    disable_sasl',
        f'    authentication = "{method}"\n    disable_sasl',
    )
    folder = tree.path("/var/lib/prosody/meet%2eexample%2eorg")
    (folder / "accounts").rename(folder / "gone")


def plain_passwords(tree: InRoot) -> None:
    """internal_plain, as servers of 2018 have it."""
    change(
        tree,
        PROSODY,
        r'    authentication = "internal_hashed"\n    disable_sasl',
        '    authentication = "internal_plain"\n    disable_sasl',
    )
    write_account(tree, DOMAIN, "joki", "a-plain-password", hashed=False)


def far_away(tree: InRoot) -> None:
    """A server in Auckland: its logs are a day ahead of ours."""
    tree.link("/etc/localtime", "/usr/share/zoneinfo/Pacific/Auckland")
    tree.write("/etc/timezone", "Pacific/Auckland\n")


def only_ipv6(tree: InRoot) -> None:
    """The web on IPv6 alone, and Prosody's HTTP on the loopback of both."""
    change(tree, SITE, r"\n    listen 443 ssl http2;", "")
    change(tree, SITE, r"\n    listen 80;", "")
    tree.edit(MAIN, 'http_interfaces = { "::1" }\n' + tree.read(MAIN))
    change(tree, SITE, r"server 127\.0\.0\.1:5280;", "server [::1]:5280;")


def another_web_server(tree: InRoot) -> None:
    """Something else has ports 80 and 443: Caddy, HAProxy, Traefik."""
    for pattern in ("/lib/systemd/system/nginx.service", "/etc/init.d/nginx", "/usr/sbin/nginx"):
        tree.path(pattern).unlink(missing_ok=True)
    tree.path("/etc/systemd/system/multi-user.target.wants/nginx.service", follow=False).unlink(
        missing_ok=True
    )
    script = (
        "import http.server, ssl, threading\n"
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        f"context.load_cert_chain('/etc/jitsi/meet/{DOMAIN}.crt', '/etc/jitsi/meet/{DOMAIN}.key')\n"
        "handler = http.server.SimpleHTTPRequestHandler\n"
        "plain, server = (http.server.ThreadingHTTPServer(('', p), handler) for p in (80, 443))\n"
        "server.socket = context.wrap_socket(server.socket, server_side=True)\n"
        "threading.Thread(target=plain.serve_forever).start()\n"
        "server.serve_forever()\n"
    )
    tree.write("/usr/local/lib/caddy.py", script)
    tree.write(
        "/etc/systemd/system/caddy.service",
        "[Service]\nExecStart=/usr/bin/python3 /usr/local/lib/caddy.py\n"
        "[Install]\nWantedBy=multi-user.target\n",
    )
    wants = "/etc/systemd/system/multi-user.target.wants"
    tree.link(f"{wants}/caddy.service", "/etc/systemd/system/caddy.service")


def accounts_in_a_store_of_ones_own(tree: InRoot) -> None:
    """Accounts in another storage than files, as with SQL: files say nothing of them."""
    change(
        tree,
        PROSODY,
        r'    authentication = "internal_hashed"\n    disable_sasl',
        '    authentication = "internal_hashed"\n    storage = { accounts = "memory" }\n'
        "    disable_sasl",
    )


def logs_of_ones_own(tree: InRoot) -> None:
    """Prosody's log in another file and at debug, nginx' own for this site."""
    change(tree, MAIN, r"\nlog = \{.*?\n\}", '\nlog = { debug = "/var/log/prosody/all.log" }')
    own = "\n    error_log /var/log/nginx/meet.error.log;\n    root /usr/share/jitsi-meet;"
    change(tree, SITE, r"\n    root /usr/share/jitsi-meet;", own)


ODD: dict[str, Touch] = {
    "a certificate of Let's Encrypt": lets_encrypt,
    "another site on the same web server": a_blog_beside_it,
    "another domain on the same Prosody": a_chat_beside_it,
    "Jigasi and Jibri with their accounts": jigasi_and_jibri,
    "more of Jitsi's modules": more_modules,
    "a guest host as Docker's": docker_like_guest_host,
    "faults in comments": only_in_comments,
    "etckeeper and old copies": kept_copies,
    "accounts in LDAP": ldap,
    "accounts of Cyrus": cyrus,
    "plain passwords": plain_passwords,
    "accounts in another store": accounts_in_a_store_of_ones_own,
    "a time zone far away": far_away,
    "IPv6 alone": only_ipv6,
    "another web server": another_web_server,
    "logs of one's own": logs_of_ones_own,
}


class Odd:
    """For ``Spec.prepare``: a secured server with one of these oddities."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"odd({self._name!r})"

    def __call__(self, tree: InRoot) -> None:
        secure_files(tree, DOMAIN, oauthbearer_off=True)
        add_moderator(tree, DOMAIN)
        ODD[self._name](tree)
