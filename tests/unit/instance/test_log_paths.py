"""Where logs lie, by what the files of Prosody and nginx say."""

from __future__ import annotations

import pytest

from jitsi_tui.instance.facts.logs import prosody_logs
from jitsi_tui.instance.sites import logs_for

LOG, ERR = "/var/log/prosody/prosody.log", "/var/log/prosody/prosody.err"


@pytest.mark.parametrize(
    ("log", "found"),
    [
        # As Debian has it.
        (
            {"info": LOG, "error": ERR, "1": {"levels": ["error"], "to": "syslog"}},
            {"prosody": LOG, "prosody.err": ERR},
        ),
        (None, {"prosody": ""}),
        ("/srv/p.log", {"prosody": "/srv/p.log"}),
        ("p.log", {"prosody": "/var/lib/prosody/p.log"}),
        ("*syslog", {"prosody": ""}),
        (["*console"], {"prosody": ""}),
        ({"info": "*syslog", "error": ERR}, {"prosody": "", "prosody.err": ERR}),
        ({"warn": "/srv/w.log"}, {"prosody": "/srv/w.log"}),
        (
            {"debug": "/srv/d.log", "info": LOG, "warn": ERR},
            {"prosody": "/srv/d.log", "prosody.err": ERR},
        ),
        (
            [
                {"to": "console"},
                {"to": "file", "filename": "/srv/e.log", "levels": {"min": "error"}},
                {"to": "file", "filename": "/srv/i.log", "levels": {"min": "info"}},
            ],
            {"prosody": "/srv/i.log", "prosody.err": "/srv/e.log"},
        ),
        ([{"to": "file", "filename": "/srv/w.log", "levels": "warn"}], {"prosody": "/srv/w.log"}),
        ({"1": {"to": "nowhere"}, "x": 7}, {}),
        (7, {}),
    ],
)
def test_prosodys_log_lies_where_its_option_says(log: object, found: dict[str, str]) -> None:
    assert prosody_logs(log) == found


MAIN = """
error_log /var/log/nginx/error.log;
http {
    # access_log /srv/no.log;
    access_log /var/log/nginx/access.log;
    include /etc/nginx/sites-enabled/*;
}
"""
HTTP = "server { listen 80; server_name meet.example.org; access_log /srv/plain.log; }\n"
HTTPS = "server {\n listen 443 ssl; server_name meet.example.org;\n %s\n}\n"
OTHER = "server { server_name other.example.org; access_log /srv/other.log; }\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (MAIN, {"nginx": "/var/log/nginx/error.log", "nginx.access": "/var/log/nginx/access.log"}),
        (
            HTTPS % 'access_log "/srv/two words.log" json;' + HTTP,
            {"nginx.access": "/srv/two words.log"},
        ),
        (
            HTTP + HTTPS % "location / { access_log /srv/ws.log; }",
            {"nginx.access": "/srv/plain.log"},
        ),
        (OTHER + HTTPS % "error_log /srv/e.log warn; ", {"nginx": "/srv/e.log"}),
        (HTTPS % "location / { root /x; } error_log /srv/e.log;" + OTHER, {"nginx": "/srv/e.log"}),
        (HTTPS % "access_log off;", {}),
        (HTTPS % "access_log /srv/${host}.log;", {"nginx.access": "/srv/meet.example.org.log"}),
        (
            HTTPS % "access_log /srv/$server_name.log a;",
            {"nginx.access": "/srv/meet.example.org.log"},
        ),
        (HTTPS % "error_log syslog:server=unix:/dev/log;", {"nginx": ""}),
        (
            HTTPS % "error_log stderr; error_log logs/e.log;",
            {"nginx": "/usr/share/nginx/logs/e.log"},
        ),
        (
            HTTPS % "access_log /srv/a.log; access_log syslog:server=::1;",
            {"nginx.access": "/srv/a.log"},
        ),
    ],
)
def test_nginx_logs_lie_where_the_domains_own_server_says(text: str, found: dict[str, str]) -> None:
    assert logs_for(text, "meet.example.org") == found
