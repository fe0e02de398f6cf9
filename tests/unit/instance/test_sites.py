"""Which certificate a web server shows for a domain, read from its sites."""

from __future__ import annotations

import pytest

from jitsi_tui.instance.sites import bosh_backends, certificates_for

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
        ('ProxyPass "/http-bind" "http://localhost:5280/http-bind"\n', ("localhost:5280",)),
    ],
)
def test_where_http_bind_goes_to(text: str, backends: tuple[str, ...]) -> None:
    assert bosh_backends(text) == backends
