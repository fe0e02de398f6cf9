"""TLS inside of a TCP connection that starts on the server: what its own web server shows."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from jitsi_tui.ssh.host import Host, Tcp

_PIECE = 65536


@dataclass(frozen=True)
class TlsDialer:
    """Opens connections as ``Host.connect_tcp`` does, with TLS to ``name`` in them.

    The certificate is not checked: it is the server's own loopback that is asked, for what is
    public. Findings look after certificates.
    """

    host: Host
    name: str
    address: str = ""
    """Dialled instead of the loopback that is asked for."""

    def connect_tcp(self, address: str, port: int, *, timeout: float = 5.0) -> Tcp:
        """Raises what ``Host.connect_tcp`` raises, and ``OSError`` where TLS fails."""
        tcp = self.host.connect_tcp(self.address or address, port, timeout=timeout)
        try:
            tcp.settimeout(timeout)
            return TlsTcp(tcp, self.name)
        except BaseException:
            tcp.close()
            raise


class TlsTcp:
    """A ``Tcp`` that speaks TLS. Raises ``OSError`` (``ssl.SSLError``) where that fails."""

    def __init__(self, tcp: Tcp, name: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._tcp = tcp
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=name)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
        self._flush()

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        self._tls.write(data)
        self._flush()

    def recv(self, size: int) -> bytes:
        """At least one byte, or ``b""`` at the end."""
        while True:
            try:
                return self._tls.read(size)
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    def settimeout(self, seconds: float | None) -> None:
        """For each wait."""
        self._tcp.settimeout(seconds)

    def close(self) -> None:
        """Close the connection without ceremony."""
        self._tcp.close()

    def _flush(self) -> None:
        if self._out.pending:
            self._tcp.sendall(self._out.read())

    def _fill(self) -> None:
        piece = self._tcp.recv(_PIECE)
        if piece:
            self._in.write(piece)
        else:
            self._in.write_eof()
