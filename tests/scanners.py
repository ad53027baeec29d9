"""A scanner that speaks clamd's protocol on a socket of its own, so that no signatures have to be fetched for the tests."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from talkoo.lib.scanning import eicar


@dataclass
class Scanner:
    """What it does: `says` takes the place of its verdict, `most` is its StreamMaxLength, on what holds `dies_of`
    it hangs up without a word; `seen` is all it was sent."""

    place: tuple[str, int]
    says: bytes | None = None
    most: int = 1_000_000
    dies_of: bytes = b""
    seen: list[bytes] = field(default_factory=list)


class _Asked(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        scanner: Scanner = self.server.scanner  # type: ignore[attr-defined]
        command = self._until_zero()
        if command == b"zVERSION":
            self.wfile.write(b"ClamAV 1.4.6/27500\0")
        elif command == b"zINSTREAM":
            self.wfile.write(self._verdict(scanner))

    def _until_zero(self) -> bytes:
        said = b""
        while (letter := self.rfile.read(1)) not in {b"", b"\0"}:
            said += letter
        return said

    def _verdict(self, scanner: Scanner) -> bytes:
        content = b""
        while length := int.from_bytes(self.rfile.read(4)):
            if len(content) + length > scanner.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
            content += self.rfile.read(length)
        scanner.seen.append(content)
        if scanner.dies_of and scanner.dies_of in content:
            return b""
        if scanner.says is not None:
            return scanner.says
        return b"stream: Eicar-Test-Signature FOUND\0" if eicar() in content else b"stream: OK\0"


@contextlib.contextmanager
def scanning() -> Iterator[Scanner]:
    """A scanner on this machine, as long as the block lasts."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Asked) as server:
        server.daemon_threads = True
        server.scanner = Scanner(server.server_address)  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server.scanner  # type: ignore[attr-defined]
        server.shutdown()
