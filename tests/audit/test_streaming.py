"""Events go on to a receiver in order and go on where they stopped."""

import json
import re
import socket
import threading
from urllib.parse import urlsplit

import pytest

from talkoo.audit import actions as audit
from talkoo.audit.actions import streaming
from talkoo.audit.actions.sequencing import sequence_all
from talkoo.audit.actions.streaming import stream
from talkoo.audit.faults import LogFault
from talkoo.audit.models import Event
from talkoo.audit.queries.state import unsent
from talkoo.lib.errors import Denied

pytestmark = pytest.mark.django_db
RFC_5424 = re.compile(
    r"<(\d+)>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\S+) talkoo - ([!-~]{1,32}) - (\{.*\})", re.DOTALL
)


def write(number):
    for at in range(number):
        audit.record(by=None, action="test.done", on=("thing", str(at)), secret=at)
    sequence_all()


def send(address, **more):
    return stream(target=urlsplit(address), facts=False, **more)


def test_lines_of_a_file_come_in_order_once_and_without_facts(tmp_path):
    target = f"file://{tmp_path}/events.log"
    write(3)
    assert (send(target), send(target)) == (3, 0)
    write(2)
    assert send(target) == 2
    lines = [json.loads(line) for line in (tmp_path / "events.log").read_text().splitlines()]
    assert [line["n"] for line in lines] == [0, 1, 2, 3, 4]
    assert lines[0] == {"n": 0, **Event.objects.earliest("pk").entry()}


def test_facts_go_along_where_they_are_asked_for(tmp_path):
    write(1)
    stream(target=urlsplit(f"file://{tmp_path}/events.log"), facts=True)
    assert json.loads((tmp_path / "events.log").read_text())["facts"] == {"secret": 0}


def test_nothing_is_sent_where_nobody_is_named():
    write(1)
    assert stream(target=None, facts=False) == 0


def test_portions_follow_each_other_until_all_is_sent(tmp_path, monkeypatch):
    monkeypatch.setattr(streaming, "PORTION", 2)
    target = f"file://{tmp_path}/events.log"
    write(5)
    assert send(target, portions=1) == 2
    assert unsent(target)[0] == 3
    assert send(target) == 3
    assert unsent(target) == (0, None)


def test_datagrams_are_messages_of_rfc_5424():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as siem:
        siem.bind(("127.0.0.1", 0))
        siem.settimeout(5)
        write(1)
        audit.record_denial(by=None, error=Denied("No.", "Ask.", permission="x:y:z"), path="/ä\n")
        sequence_all()
        assert send(f"syslog+udp://127.0.0.1:{siem.getsockname()[1]}") == 2
        done, refused = (RFC_5424.fullmatch(siem.recv(65536).decode()) for _ in range(2))
    assert (done[1], done[4], refused[1], refused[4]) == ("109", "test.done", "108", "access.refused")
    assert json.loads(refused[5])["code"] == "/ä\n"
    assert "\n" not in refused[0]


def test_streams_are_framed_by_length():
    received = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as siem:
        siem.settimeout(5)

        def listen():
            held, _from = siem.accept()
            with held:
                while part := held.recv(65536):
                    received.extend(part)

        ear = threading.Thread(target=listen)
        ear.start()
        write(3)
        assert send(f"syslog+tcp://127.0.0.1:{siem.getsockname()[1]}") == 3
        ear.join(5)
    found = []
    while received:
        length, _space, rest = bytes(received).partition(b" ")
        found.append(RFC_5424.fullmatch(rest[: int(length)].decode()))
        received = rest[int(length) :]
    assert [json.loads(each[5])["n"] for each in found] == [0, 1, 2]


def test_a_unix_socket_takes_them_too(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as siem:
        siem.bind(str(tmp_path / "log"))
        write(1)
        assert send(f"syslog+unix://{tmp_path}/log") == 1
        assert RFC_5424.fullmatch(siem.recv(65536).decode())


@pytest.mark.parametrize(
    "address",
    ["syslog+tcp://127.0.0.1:1", "syslog+tls://127.0.0.1:1", "syslog+unix:///nowhere/log", "file:///nowhere/log"],
)
def test_a_receiver_that_is_away_gets_them_when_it_is_back(address):
    write(2)
    with pytest.raises(LogFault, match="could not be sent"):
        send(address)
    assert unsent(address)[0] == 2
