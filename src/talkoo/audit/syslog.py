"""Events as lines of JSON for a receiver that watches many systems: syslog messages (RFC 5424), or lines of a file.

Over TCP messages are framed by their length (RFC 6587), over TLS likewise (RFC 5425). Neither has an acknowledgement, nor
has UDP; the numbers of entries are dense, so a receiver sees what it missed.
"""

import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import SplitResult, unquote

from talkoo.audit.models import Leaf

AUDIT, NOTICE, WARNING = 13, 5, 4  # facility and severities of RFC 5424, table 1 and 2
PATIENCE = 10  # seconds
PORTS = {"syslog+udp": 514, "syslog+tcp": 601, "syslog+tls": 6514}
Send = Callable[[list[str]], None]


def line_of(leaf: Leaf, *, facts: bool) -> str:
    """An entry in ASCII JSON: its number, what stands in the tree, and its facts where they may leave."""
    event = leaf.event
    said = {"n": leaf.position, **event.entry(), **({"facts": event.facts} if facts else {})}
    return json.dumps(said, separators=(",", ":"))


def message(leaf: Leaf, host: str, *, facts: bool) -> str:
    """One RFC 5424 message; refusals are warnings, everything else is notice."""
    entry = leaf.event.entry()
    priority = AUDIT * 8 + (WARNING if entry["action"] == "access.refused" else NOTICE)
    name = re.sub(r"[^!-~]", "?", leaf.event.action)[:32]
    return f"<{priority}>1 {entry['at']} {host} talkoo - {name} - {line_of(leaf, facts=facts)}"


@contextmanager
def receiver(target: SplitResult) -> Iterator[Send]:
    """Whoever is to get the messages; what is yielded sends some. Raises OSError where they cannot be sent."""
    with ExitStack() as held:
        if target.scheme == "file":
            file = held.enter_context(open(unquote(target.path), "ab"))
            yield lambda messages: _append(file.write, file.flush, messages)
        elif target.scheme in {"syslog+udp", "syslog+unix"}:
            yield _datagrams(held.enter_context(_datagram_socket(target)))
        else:
            stream = held.enter_context(_stream_socket(target))
            yield lambda messages: stream.sendall(b"".join(_framed(each) for each in messages))


def _append(write: Callable[[bytes], object], flush: Callable[[], object], messages: list[str]) -> None:
    write("".join(f"{each}\n" for each in messages).encode())
    flush()


def _datagram_socket(target: SplitResult) -> socket.socket:
    if target.scheme == "syslog+unix":
        return _connected(socket.AF_UNIX, unquote(target.path))
    port = target.port or PORTS[target.scheme]
    family, _kind, _protocol, _name, address = socket.getaddrinfo(target.hostname, port, type=socket.SOCK_DGRAM)[0]
    return _connected(family, address)


def _connected(family: int, address: Any) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.settimeout(PATIENCE)
        made.connect(address)
    except OSError:
        made.close()
        raise
    return made


def _datagrams(made: socket.socket) -> Send:
    def send(messages: list[str]) -> None:
        for each in messages:
            made.send(each.encode())

    return send


def _stream_socket(target: SplitResult) -> socket.socket:
    address = (target.hostname or "localhost", target.port or PORTS[target.scheme])
    made = socket.create_connection(address, PATIENCE)
    if target.scheme == "syslog+tls":
        try:
            return ssl.create_default_context().wrap_socket(made, server_hostname=target.hostname)
        except OSError:
            made.close()
            raise
    return made


def _framed(text: str) -> bytes:
    data = text.encode()
    return b"%d %s" % (len(data), data)
