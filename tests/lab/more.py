"""Apache in nginx' place, and accounts in LDAP: servers on ``rootfs.WITH_MORE``."""

from __future__ import annotations

from .admin import secure_files
from .inroot import InRoot
from .odd import DOMAIN, PROSODY, change, jigasi_and_jibri

SITE = f"/etc/apache2/sites-available/{DOMAIN}.conf"
_MODULES = ("ssl", "socache_shmcb", "proxy", "proxy_http", "proxy_wstunnel", "rewrite", "include")
_SITE = f"""<VirtualHost *:80>
  ServerName {DOMAIN}
  RewriteEngine On
  RewriteRule ^(.*)$ https://%{{HTTP_HOST}}$1 [R=301,L]
</VirtualHost>

<VirtualHost *:443>
  ServerName {DOMAIN}
  SSLEngine on
  SSLCertificateFile /etc/jitsi/meet/{DOMAIN}.crt
  SSLCertificateKeyFile /etc/jitsi/meet/{DOMAIN}.key
  DocumentRoot "/usr/share/jitsi-meet"
  <Directory "/usr/share/jitsi-meet">
    Options Indexes MultiViews Includes FollowSymLinks
    AddOutputFilter Includes html
    Require all granted
  </Directory>
  ErrorDocument 404 /static/404.html

  Alias "/config.js" "/etc/jitsi/meet/{DOMAIN}-config.js"
  <Location /config.js>
    Require all granted
  </Location>

  ProxyPreserveHost on
  ProxyPass /http-bind http://localhost:5280/http-bind
  ProxyPassReverse /http-bind http://localhost:5280/http-bind
  ProxyPass /xmpp-websocket ws://localhost:5280/xmpp-websocket
  RewriteEngine on
  RewriteRule ^/([a-zA-Z0-9]+)$ /index.html
</VirtualHost>
"""
_LDAP = """    authentication = "ldap2"
    ldap = { hostname = "127.0.0.1:3890", bind_dn = "cn=x", bind_password = "ldap5ecret",
        user = { basedn = "dc=x", filter = "", usernamefield = "uid", namefield = "cn" } }
    disable_sasl"""


def with_more(tree: InRoot) -> None:
    """For ``Spec.prepare``: a secured server with Apache, accounts in LDAP, Jigasi and Jibri."""
    secure_files(tree, DOMAIN, oauthbearer_off=True)
    jigasi_and_jibri(tree)
    _apache(tree)
    change(tree, PROSODY, r'    authentication = "internal_hashed"\n    disable_sasl', _LDAP)
    folder = tree.path(f"/var/lib/prosody/{DOMAIN.replace('.', '%2e')}")
    (folder / "accounts").rename(folder / "gone")


def _apache(tree: InRoot) -> None:
    for path in ("/lib/systemd/system/nginx.service", "/etc/init.d/nginx", "/usr/sbin/nginx"):
        tree.path(path).unlink(missing_ok=True)
    wants = "/etc/systemd/system/multi-user.target.wants/nginx.service"
    tree.path(wants, follow=False).unlink(missing_ok=True)
    for enabled in tree.path("/etc/nginx/sites-enabled").iterdir():
        enabled.unlink()
    tree.path("/etc/apache2/sites-enabled/000-default.conf", follow=False).unlink(missing_ok=True)
    tree.write(SITE, _SITE)
    tree.link(f"/etc/apache2/sites-enabled/{DOMAIN}.conf", f"../sites-available/{DOMAIN}.conf")
    for name in _MODULES:
        for suffix in ("load", "conf"):
            if tree.exists(f"/etc/apache2/mods-available/{name}.{suffix}"):
                link = f"/etc/apache2/mods-enabled/{name}.{suffix}"
                tree.link(link, f"../mods-available/{name}.{suffix}")
