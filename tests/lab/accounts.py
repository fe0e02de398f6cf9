"""Prosody's accounts as its internal storage keeps them, written without Prosody."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re

from .inroot import InRoot

_ITERATIONS = 10000


def write_account(tree: InRoot, host: str, user: str, password: str, *, hashed: bool) -> None:
    """Make an account: SCRAM-SHA-1 keys (RFC 5802) for ``internal_hashed``, else the password."""
    folder = f"/var/lib/prosody/{encode(host)}"
    tree.folder(folder, mode=0o750, owner="prosody")
    tree.folder(f"{folder}/accounts", mode=0o750, owner="prosody")
    fields: dict[str, str | int] = {"password": password}
    if hashed:
        salt = base64.b64encode(os.urandom(18)).decode()
        salted = hashlib.pbkdf2_hmac("sha1", password.encode(), salt.encode(), _ITERATIONS)
        client = hmac.digest(salted, b"Client Key", "sha1")
        fields = {
            "salt": salt,
            "iteration_count": _ITERATIONS,
            "stored_key": hashlib.sha1(client).hexdigest(),
            "server_key": hmac.digest(salted, b"Server Key", "sha1").hex(),
        }
    body = "".join(f'\t["{name}"] = {_lua(value)};\n' for name, value in fields.items())
    path = f"{folder}/accounts/{encode(user)}.dat"
    tree.write(path, f"return {{\n{body}}};\n", mode=0o640, owner="prosody")


def encode(name: str) -> str:
    """A name as Prosody's storage spells it: other bytes than letters and digits as ``%xx``."""
    return re.sub(rb"[^A-Za-z0-9]", lambda m: b"%%%02x" % m[0][0], name.encode()).decode()


def _lua(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
