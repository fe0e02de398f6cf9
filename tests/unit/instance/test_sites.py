"""What a web server shows for a domain, and where it hands logins on, read from its sites."""

from __future__ import annotations

import pytest

from jitsi_tui.instance.sites import bosh_backends, certificates_for, config_js_of, part_for

BLOG = """
server {
  server_name blog.example.org;
  location / { add_header X "frame-src https://meet.example.org"; }
  ssl_certificate /etc/blog.pem;  # for meet.example.org? no
}
"""
MEET = "server {\n listen 443;\n server_name www.x.org MEET.example.org;\n"
APACHE = """
<VirtualHost *:443>
  ServerName blog.example.org
  SSLCertificateFile /etc/blog.pem
</VirtualHost>
<VirtualHost *:443>
  ServerName meet.example.org
  SSLCertificateFile "/etc/meet.pem"
</VirtualHost>
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (BLOG, ()),
        (BLOG + MEET + " ssl_certificate /etc/meet.pem;\n}\n", ("/etc/meet.pem",)),
        ("ssl_certificate /etc/all.pem;\n" + BLOG + MEET + "}\n", ("/etc/all.pem",)),
        ("server {\n server_name *.example.org;\n ssl_certificate /a;\n}", ("/a",)),
        ("server {\n server_name .example.org;\n ssl_certificate /a;\n}", ("/a",)),
        ("server {\n server_name _;\n ssl_certificate /a;\n}" + BLOG, ("/a",)),
        ("server {\n ssl_certificate /a;\n", ("/a",)),
        ("# server {\n#  server_name meet.example.org;\n# ssl_certificate /a;\n#}\n", ()),
        (APACHE, ("/etc/meet.pem",)),
        ("server { server_name meet.example.org; ssl_certificate /a; }", ("/a",)),
        ("http { server { server_name a.org; }server { ssl_certificate /a; } }", ("/a",)),
        (
            APACHE.replace("Name meet", "Name https://meet").replace(
                'org\n  SSLCertificateFile "', 'org:443\n  SSLCertificateFile "'
            ),
            ("/etc/meet.pem",),
        ),
        ("}}}{{{ server {", ()),
    ],
)
def test_the_certificate_is_that_of_the_server_with_the_name(
    text: str, wanted: tuple[str, ...]
) -> None:
    assert certificates_for(text, "meet.example.org") == wanted


UPSTREAM = "upstream prosody {\n  zone u 64K;\n  server 127.0.0.1:5280;\n}\n"
BEHIND_A_MAP = """
map $arg_vnode $prosody_node {
  default prosody;
  v1 v1;
}
location = /http-bind {
  if ($a) { set $b c; }
  proxy_pass http://$prosody_node/http-bind?x=$y;
}
location ~ ^/([^/]+)/http-bind {
  rewrite ^/(.*)$ /http-bind;
}
"""


@pytest.mark.parametrize(
    ("text", "backends"),
    [
        (UPSTREAM + BEHIND_A_MAP, ("127.0.0.1:5280",)),
        (BEHIND_A_MAP, ("prosody",)),
        (BEHIND_A_MAP.replace("default", "other"), ("$prosody_node",)),
        ("location /http-bind {\n  proxy_pass http://localhost:5280/;\n}", ("localhost:5280",)),
        ("# location /http-bind {\n#  proxy_pass http://localhost:1/;\n# }\n", ()),
        ("location /http-bind {\n}\nlocation /x {\n  proxy_pass http://a:1/;\n}\n", ()),
        ("location /http-bind { proxy_pass http://localhost:5280/; }", ("localhost:5280",)),
        ("location = /http-bind\n{\n  proxy_pass http://[::1]:5280;\n}", ("[::1]:5280",)),
        ('location /http-bind { gzip off; proxy_pass "http://a:1/"; }', ("a:1",)),
        ("set $p http://a:1;\nlocation /http-bind { proxy_pass $p/http-bind; }", ("a:1",)),
        ("location /http-bind { proxy_pass $elsewhere; }", ("$elsewhere",)),
        ("location / { proxy_pass http://10.0.0.2:80; }", ("10.0.0.2:80",)),
        ("location / { return 301 https://$host$request_uri; }", ()),
        ('ProxyPass "/http-bind" "http://localhost:5280/http-bind"\n', ("localhost:5280",)),
        ("ProxyPassMatch ^/http-bind http://a:1/http-bind\nProxyPass / http://b:2/\n", ("a:1",)),
        ("ProxyPass / http://b:2/\n", ("b:2",)),
        ("<Location /http-bind>\n  ProxyPass http://a:1/http-bind\n</Location>\n", ("a:1",)),
        ("RewriteRule ^/http-bind$ http://a:1/http-bind [P,L]\n", ("a:1",)),
        ("ProxyPass /xmpp-websocket ws://a:1/xmpp-websocket\n", ()),
    ],
)
def test_where_http_bind_goes_to(text: str, backends: tuple[str, ...]) -> None:
    assert bosh_backends(text) == backends


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (MEET + "}\n" + BLOG, True),
        (BLOG, False),
        ("server {\n}\n", True),
        ("location = /config.js {\n}\n", True),
        (APACHE, True),
        (APACHE.replace("meet.example", "talk.example"), False),
        ("# server { server_name meet.example.org; }\n" + BLOG, False),
    ],
)
def test_what_of_a_site_is_about_the_domain(text: str, wanted: bool) -> None:
    part = part_for(text, "meet.example.org")
    assert bool(part.strip()) is wanted and "blog" not in part


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("location = /config.js { alias /a/x-config.js; }", ("/a/x-config.js",)),
        ("location = /config.js\n{\n  alias  '/a';\n}", ()),
        (
            "set $config_js_location /a/x-config.js;\nalias $config_js_location;",
            ("/a/x-config.js",),
        ),
        ('Alias "/config.js" "/a/x-config.js"\n', ("/a/x-config.js",)),
        ("AliasMatch ^/config\\.js$ /a/config.js\n", ("/a/config.js",)),
        ("# Alias /config.js /a/x-config.js\n", ()),
        ("Alias /external_api.js /a/external_api.min.js\n", ()),
    ],
)
def test_which_config_js_a_site_shows(text: str, wanted: tuple[str, ...]) -> None:
    assert config_js_of(text) == wanted
