"""Asking a clamd whether a file is harmful, by its own protocol (clamd(8), INSTREAM): the bytes go over a socket, so that
the scanner needs no folder of ours and may stand on another machine.

Whatever is not plainly “OK” is no permission: a reply that nobody knows, half a reply, a scanner that is away.
"""

import select
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

Place = tuple[str, int] | str  # host and port, or the path of a socket
CHUNK = 65_536
CONNECTING = 3.0  # seconds
REPLY_LIMIT = 4096  # bytes; replies are a line
NAME_LIMIT = 120  # characters of a finding's name that are passed on
END = b"\0\0\0\0"


class Unanswered(Exception):
    """The scanner gave no verdict: it is away, too slow, or says something else. Asking again later may help."""


class Away(Unanswered):
    """It cannot be reached at all, whatever the file."""


class TooLarge(Exception):
    """The scanner takes no file of this size (its StreamMaxLength): asking again does not help."""


def finding(chunks: Iterable[bytes], place: Place, patience: float) -> str:
    """The name of what the scanner found in these bytes, empty where it found nothing.

    `patience` are the seconds it may take altogether. Raises Unanswered or TooLarge where there is no verdict.
    """
    with _asked(place, time.monotonic() + patience) as line:
        try:
            line.send(b"zINSTREAM\0")
            for piece in _pieces(chunks):
                if line.speaks():  # it says why it listens no longer; sending on would lose those words
                    break
                line.send(len(piece).to_bytes(4) + piece)
            else:
                line.send(END)
        except ConnectionError:
            pass  # it hung up; what it said before tells why
        return _found(line.reply())


def version(place: Place, patience: float = CONNECTING) -> str:
    """What the scanner says of itself: its version, and number and day of its signatures. Raises Unanswered."""
    with _asked(place, time.monotonic() + patience) as line:
        line.send(b"zVERSION\0")
        return line.reply()


def eicar() -> bytes:
    """The harmless bytes that every scanner finds (EICAR, 2003). Put together here: as they stand they would have this
    very file taken away by the scanner of whoever installs it."""
    halves = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}", "EICAR-STANDARD", "-ANTIVIRUS-", "TEST-FILE!", "H+H*")
    return "$".join((halves[0], "".join(halves[1:4]), halves[4])).encode()


def words_of(place: Place) -> str:
    """The place as people write it."""
    return place if isinstance(place, str) else f"{place[0]}:{place[1]}"


def _found(reply: str) -> str:
    words = reply.removeprefix("stream: ")
    if words == "OK":
        return ""
    if words.endswith(" FOUND"):
        name = words.removesuffix(" FOUND")[:NAME_LIMIT]
        return "".join(letter for letter in name if letter.isprintable()).strip() or "?"
    if "size limit exceeded" in reply:
        raise TooLarge(reply)
    raise Unanswered(f"it said {reply[:NAME_LIMIT]!r}")


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for at in range(0, len(chunk), CHUNK):
            yield chunk[at : at + CHUNK]


class _Line:
    """A connection that is given up at a certain moment."""

    def __init__(self, to: socket.socket, until: float) -> None:
        self.to, self.until = to, until

    def _hurry(self) -> None:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        self.to.settimeout(left)

    def send(self, words: bytes) -> None:
        self._hurry()
        self.to.sendall(words)

    def speaks(self) -> bool:
        return bool(select.select([self.to], [], [], 0)[0])

    def reply(self) -> str:
        """The one line it answers with, to its end."""
        said = b""
        while not said.endswith(b"\0"):
            self._hurry()
            more = self.to.recv(REPLY_LIMIT)
            said += more
            if not more or len(said) > REPLY_LIMIT:
                raise Unanswered("it hung up in the middle of its answer")
        return said.rstrip(b"\0\n").decode("utf-8", "replace")


@contextmanager
def _asked(place: Place, until: float) -> Iterator[_Line]:
    try:
        to = _connected(place, min(CONNECTING, max(0.1, until - time.monotonic())))
    except OSError as error:  # refused, no such socket
        raise Away(str(error) or type(error).__name__) from error
    try:
        with to:
            yield _Line(to, until)
    except OSError as error:  # reset, timed out
        raise Unanswered(str(error) or type(error).__name__) from error


def _connected(place: Place, patience: float) -> socket.socket:
    if not isinstance(place, str):
        return socket.create_connection(place, timeout=patience)
    to = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        to.settimeout(patience)
        to.connect(place)
    except OSError:
        to.close()
        raise
    return to
