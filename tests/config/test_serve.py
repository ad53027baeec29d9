"""One command starts everything, one signal stops it, and nothing is left running."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from talkoo.config.serve import free_port, web_command
from talkoo.lib import postgres
from tests import servers


def get(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def children(process):
    """Ids of the processes a process has started, and of theirs."""
    below = []
    for path in Path(f"/proc/{process}/task/{process}").glob("children"):
        for child in path.read_text().split():
            below += [int(child), *children(int(child))]
    return below


def alive(processes):
    return [each for each in processes if Path(f"/proc/{each}").exists()]


def eventually(condition):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def serves(address):
    try:
        return get(f"{address}/healthz")[0] == 200
    except urllib.error.URLError:
        return False


@pytest.fixture
def served(own_database, tmp_path):
    """A supervisor with web server and worker on a test database, and the address it told."""
    env = servers.environment(tmp_path, own_database)
    with subprocess.Popen(
        [*servers.TALKOO, "serve", "--port", "0"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        assert servers.READY.search(line), line or process.stderr.read()
        try:
            yield process, servers.READY.search(line).group(1)
        finally:
            process.terminate()


def test_health_is_told_and_static_files_are_served_with_the_policy(served):
    _process, address = served
    assert get(f"{address}/healthz") == (200, b"ok")
    with urllib.request.urlopen(f"{address}/static/vendor/ds/ds.css", timeout=10) as answer:
        assert answer.status == 200
    status, page = get(f"{address}/there-is-no-such-page")
    assert status == 404
    assert b"<h1" in page


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_stops_everything(served, number):
    process, _address = served
    started = children(process.pid)
    assert len(started) >= 3
    process.send_signal(number)
    assert process.wait(servers.STOPPED) == 0
    assert eventually(lambda: alive(started) == [])


def test_a_web_process_that_is_told_to_stop_while_it_starts_stops(tmp_path):
    with subprocess.Popen(
        web_command("127.0.0.1", free_port("127.0.0.1", 0), 2),
        env=servers.environment(tmp_path), stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert eventually(lambda: len(children(process.pid)) == 2)
        process.terminate()
        assert "refused to gracefully stop" not in process.stderr.read()
    assert process.returncode == 0


def test_a_killed_supervisor_leaves_no_child_behind(served):
    process, _address = served
    started = children(process.pid)
    process.kill()
    process.wait()
    assert eventually(lambda: alive(started) == [])


def test_a_worker_that_dies_is_started_again(served):
    process, address = served
    worker = next(
        each for each in children(process.pid) if b"worker" in Path(f"/proc/{each}/cmdline").read_bytes().split(b"\0")
    )
    os.kill(worker, signal.SIGKILL)

    def another():
        commands = [Path(f"/proc/{each}/cmdline").read_bytes().split(b"\0") for each in alive(children(process.pid))]
        return any(b"worker" in words for words in commands) and worker not in children(process.pid)

    assert eventually(another)
    assert get(f"{address}/healthz")[0] == 200


def test_a_killed_web_server_leaves_no_process_of_its_own_on_the_port(served):
    process, address = served
    web = next(
        each for each in children(process.pid) if b"talkoo.config.web" in Path(f"/proc/{each}/cmdline").read_bytes()
    )
    below = children(web)
    assert below
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: not alive([web, *below]))
    assert eventually(lambda: serves(address))


def test_a_port_that_is_taken_is_named_with_the_remedy(own_database, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        found = servers.talkoo("serve", "--port", port, env=servers.environment(tmp_path, own_database))
    assert found.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in found.stderr
    assert "--port 0" in found.stderr


@pytest.mark.parametrize("port", ["abc", "70000", "-1"])
def test_what_is_no_port_is_refused(tmp_path, port):
    found = servers.talkoo("serve", f"--port={port}", env=servers.environment(tmp_path))
    assert found.returncode == 2
    assert "is not a port" in found.stderr


def test_with_the_embedded_server_it_needs_nothing_and_takes_it_along(tmp_path):
    place = postgres.cluster(tmp_path / "postgres")
    try:
        with servers.serving(servers.environment(tmp_path), "--migrate") as address:
            assert get(f"{address}/healthz") == (200, b"ok")
            assert postgres.listens(place)
        assert eventually(lambda: not postgres.listens(place))
    finally:
        assert eventually(lambda: not (place.data / "postmaster.pid").exists())
        postgres.remove(place)
