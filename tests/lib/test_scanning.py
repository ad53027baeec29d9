"""What a scanner says is believed only where it plainly says that there is nothing."""

import socket
import socketserver
import threading

import pytest

from talkoo.lib import scanning
from tests.scanners import scanning as a_scanner


@pytest.fixture
def scanner():
    with a_scanner() as found:
        yield found


def find(scanner, *chunks):
    return scanning.finding(chunks, scanner.place, 5)


def test_every_byte_reaches_the_scanner_in_order_however_it_comes(scanner):
    pieces = [b"", b"a" * (scanning.CHUNK + 1), b"b", b"c" * (2 * scanning.CHUNK)]
    assert find(scanner, *pieces) == ""
    assert scanner.seen == [b"".join(pieces)]


def test_a_finding_has_the_name_the_scanner_gives_it(scanner):
    at = len(scanning.eicar()) // 2
    assert find(scanner, b"x" * 100, scanning.eicar()[:at], scanning.eicar()[at:]) == "Eicar-Test-Signature"
    scanner.says = b"stream: Evil\n\x07name FOUND\0"
    assert find(scanner, b"x") == "Evilname"


@pytest.mark.parametrize(
    "said",
    [
        b"stream: OK", b"", b"\0", b"stream: ok\0", b"OK OK\0", b"stream: OK FOUND? \0", b"stream: Scan failed ERROR\0",
        b"UNKNOWN COMMAND\0", b"x" * 9000 + b"\0",
    ],
)  # fmt: skip
def test_whatever_is_not_plainly_ok_is_no_verdict(scanner, said):
    scanner.says = said
    with pytest.raises(scanning.Unanswered):
        find(scanner, b"x")


def test_a_file_past_what_the_scanner_takes_is_told_from_a_scanner_that_is_away(scanner):
    scanner.most = scanning.CHUNK
    with pytest.raises(scanning.TooLarge):
        find(scanner, *[b"x" * scanning.CHUNK] * 40)


def test_a_scanner_that_is_away_or_keeps_silent_is_no_verdict():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(scanning.Unanswered):  # nobody listens
            scanning.finding([b"x"], silent.getsockname(), 1)
        silent.listen()
        with pytest.raises(scanning.Unanswered):  # somebody listens and never speaks
            scanning.finding([b"x"], silent.getsockname(), 0.2)
    with pytest.raises(scanning.Unanswered):
        scanning.version("/nowhere/clamd.ctl")


def test_it_is_asked_by_way_of_a_socket_in_the_file_system_too(tmp_path):
    class Clean(socketserver.StreamRequestHandler):
        def handle(self):
            self.rfile.read(len(b"zINSTREAM\0") + 4 + 1 + 4)
            self.wfile.write(b"stream: OK\0")

    with socketserver.ThreadingUnixStreamServer(str(tmp_path / "clamd.ctl"), Clean) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        assert scanning.finding([b"x"], str(tmp_path / "clamd.ctl"), 5) == ""
        server.shutdown()
