"""One POST in bounded time, that reads little, follows no redirect and goes to no private address."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    Address = IPv4Address | IPv6Address

TIMEOUT = 15.0
"""Seconds that a post takes at most, once the host's name is resolved."""

READ = 2048
"""Bytes that are read of an answer's body: nobody needs them but a person who tries the webhook."""

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""Under which a network with NAT64 has all of IPv4, private addresses too (RFC 6052)."""

_TLS = ssl.create_default_context()


class NotPosted(Exception):
    """No answer came; the message says why, and holds nothing of the address."""


class PrivateAddress(NotPosted):
    """The host leads to none but addresses that are not public."""


@dataclass(frozen=True)
class Answer:
    """What a receiver answered."""

    status: int
    retry_after: str | None
    text: str
    """The first `READ` bytes of the body."""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has what was sent."""
        return 200 <= self.status < 300  # noqa: PLR2004

    @property
    def is_redirect(self) -> bool:
        """Whether it sends the sender elsewhere, where nothing goes: nobody has looked at that address."""
        return 300 <= self.status < 400  # noqa: PLR2004


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool, timeout: float = TIMEOUT
) -> Answer:
    """Post to http or https, and give the answer, whatever it is.

    The connection goes to the very address that was looked at: a name that is resolved anew could lead
    elsewhere (DNS rebinding). Raises NotPosted, PrivateAddress.
    """
    parts = urlsplit(url)
    is_secret = parts.scheme == "https"
    host = parts.hostname or ""
    addresses = _resolve(host, parts.port or (443 if is_secret else 80), allow_private=allow_private)
    deadline = _Deadline(timeout)
    try:
        connection = http.client.HTTPConnection(host)
        deadline.sock = _connect(addresses, deadline)
        if is_secret:
            deadline.sock = secured = _TLS.wrap_socket(
                deadline.sock, server_hostname=host, do_handshake_on_connect=False
            )
            secured.do_handshake()
        connection.sock = deadline.sock
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {**headers, "Host": parts.netloc, "Connection": "close"})
        with connection.getresponse() as answer:  # whose file would keep the socket open
            deadline.check()  # an answer that was cut off reads as one that has ended
            return Answer(answer.status, answer.getheader("Retry-After"), _text(answer))
    except ssl.SSLCertVerificationError as error:
        raise NotPosted(f"its certificate is not valid: {error.verify_message}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotPosted(deadline.told(error)) from error
    finally:
        deadline.over()


class _Deadline:
    """The end of a post: a socket's own timeout begins anew with each byte that comes."""

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._end = time.monotonic() + timeout
        self._timer = threading.Timer(timeout, self._shut)
        self._timer.daemon = True
        self._has_passed = False
        self.sock: socket.socket | None = None
        self._timer.start()

    @property
    def left(self) -> float:
        """Seconds that are left, at least a few: what takes longer is shut."""
        return max(0.01, self._end - time.monotonic())

    def check(self) -> None:
        """Raise TimeoutError where the time is over."""
        if self._has_passed:
            raise TimeoutError

    def told(self, error: Exception) -> str:
        """Say why there is no answer."""
        if self._has_passed or isinstance(error, TimeoutError):
            return f"no answer within {self._timeout:g} s"
        if isinstance(error, ssl.SSLError):
            return f"TLS fails: {error.reason or type(error).__name__}"
        if isinstance(error, ConnectionRefusedError):
            return "the connection is refused"
        if isinstance(error, OSError) and error.strerror:
            return f"the connection fails: {error.strerror}"
        return f"what answers there speaks no HTTP: {type(error).__name__}"

    def over(self) -> None:
        """Close what is open."""
        self._timer.cancel()
        if self.sock:
            self.sock.close()

    def _shut(self) -> None:
        self._has_passed = True
        if self.sock:
            try:
                # TLS's own shutdown would take the session from under the thread that reads.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            except OSError:
                return  # it is closed already


def _connect(addresses: list[tuple[Address, int]], deadline: _Deadline) -> socket.socket:
    error: OSError = OSError()
    for address, port in addresses:
        try:
            return socket.create_connection((str(address), port), deadline.left)
        except OSError as refused:  # a host may have addresses of a kind that this network has no way to
            error = refused
    raise error


def _resolve(host: str, port: int, *, allow_private: bool) -> list[tuple[Address, int]]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotPosted("the host's name leads to no address") from error
    addresses = [ip_address(str(each[4][0])) for each in found]
    allowed = [each for each in addresses if allow_private or is_public(each)]
    if not allowed:
        raise PrivateAddress("the host's address is private; WEBHOOK_ALLOW_PRIVATE=1 allows it")
    return [(each, port) for each in allowed]


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public network, itself and what it stands for."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _TRANSLATED:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner:
            return is_public(inner)
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _text(answer: http.client.HTTPResponse) -> str:
    try:
        return answer.read(READ).decode(errors="replace")
    except (OSError, http.client.HTTPException, ValueError):
        return ""  # what it answered is known: the rest is of no use but to people
