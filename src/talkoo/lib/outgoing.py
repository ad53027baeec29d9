"""Sending to an address that somebody else chose: never into this machine or its neighbourhood, never for long.

Names are resolved once and the connection goes to the very address that was looked at, so that a name which changes its
mind between the two (DNS rebinding) gains nothing. Redirects are answers, not ways. Certificates are verified by name.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

PATIENCE = 10  # seconds for connecting, and between two signs of life
WHOLE = 20  # seconds for all of it: a server that drips is cut off
EXCERPT = 400  # characters kept of an answer
METADATA = {ip_address("169.254.169.254"), ip_address("fd00:ec2::254"), ip_address("100.100.100.200")}
NOWHERE = IPv4Network("0.0.0.0/8")
TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the clothes of an IPv6 one


class Refused(Exception):
    """Nothing may be sent there; the text says why, for people who run things."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where sending may go besides the public internet."""

    private: bool = False
    loopback: bool = False
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status and the beginning of the body, or no status and what went wrong."""

    status: int | None
    milliseconds: int
    excerpt: str


def check_target(url: str, reach: Reach) -> tuple[SplitResult, str]:
    """The parts of an address and the IP address to go to. Raises Refused."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused("The address cannot be read.") from None
    if parts.scheme not in ({"https", "http"} if reach.plain else {"https"}):
        raise Refused("The address must begin with https://.")
    if not host or parts.username is not None or not url.isascii() or any(letter <= " " for letter in url):
        raise Refused("The address must name a host, and nothing that would have to be kept secret.")
    try:
        found = [ip_address(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError, ValueError):
        raise Refused(f"The host {host} is not known.") from None
    if not found or not all(_is_open(each, reach) for each in found):
        raise Refused(f"The host {host} is not on a network that may be sent to.")
    return parts, str(found[0])


def _is_open(address: IPv4Address | IPv6Address, reach: Reach) -> bool:
    address = _unwrapped(address)
    if address in METADATA or address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    if address.is_loopback:
        return reach.loopback
    if address in NOWHERE:
        return False
    return address.is_global or (reach.private and not address.is_reserved)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv4Address):
        return address
    if address in TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def post(url: str, body: bytes, headers: Mapping[str, str], reach: Reach) -> Answer:
    """Send once, follow nothing, read little; always an answer, never an error."""
    begun = time.monotonic()
    try:
        parts, address = check_target(url, reach)
        status, words = _exchange(parts, address, body, headers)
    except (Refused, OSError, HTTPError, ValueError) as error:
        status, words = None, f"{type(error).__name__}: {error}" if not isinstance(error, Refused) else str(error)
    return Answer(status, round((time.monotonic() - begun) * 1000), words.replace("\0", "")[:EXCERPT])


def _exchange(parts: SplitResult, address: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, str]:
    connection = _connection(parts, address)
    try:
        connection.connect()
        with _cut_off(connection.sock):
            target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            host = parts.netloc.rpartition("@")[2]
            connection.request(
                "POST", target, body, {**headers, "Host": host}, preload_content=False, decode_content=False
            )
            response = connection.getresponse()
            words = response.read(EXCERPT * 4)
    finally:
        connection.close()
    return response.status, words.decode(errors="replace")


def _connection(parts: SplitResult, address: str) -> HTTPConnection:
    if parts.scheme == "http":
        return HTTPConnection(address, parts.port or 80, timeout=PATIENCE)
    return HTTPSConnection(
        address, parts.port or 443, timeout=PATIENCE, cert_reqs="CERT_REQUIRED",
        server_hostname=parts.hostname, assert_hostname=parts.hostname,
    )  # fmt: skip


@contextlib.contextmanager
def _cut_off(connected: socket.socket | None) -> Iterator[None]:
    """Close the socket under whoever waits on it when the whole time is over."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            if connected is not None:
                socket.socket.shutdown(connected, socket.SHUT_RDWR)

    watch = threading.Timer(WHOLE, cut)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
