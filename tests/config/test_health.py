"""What machines ask a running Talkoo, and how it lets go: measured on real processes."""

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from urllib.parse import urlsplit

import psycopg
import pytest

from tests import servers


def get(address, path, **headers):
    """Status, headers and body."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def eventually(condition):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def lines(tmp_path):
    return [json.loads(line) for line in (tmp_path / "serve.log").read_text().splitlines() if line.startswith("{")]


@pytest.fixture
def served(own_database, tmp_path):
    env = servers.environment(tmp_path, own_database, TALKOO_LOG_FORMAT="json", TALKOO_LOG_LEVEL="info")
    with servers.serving(env) as address:
        yield address


def test_health_readiness_metrics_and_log_lines_tell_what_is_and_name_nobody(served, own_database, tmp_path):
    assert get(served, "/livez")[::2] == (200, "ok")
    assert eventually(lambda: json.loads(get(served, "/readyz")[2])["workers"] == 1)
    status, headers, body = get(served, "/readyz")
    assert (status, "no-store" in headers["Cache-Control"]) == (200, True)
    assert json.loads(body) == {
        "ready": True,
        "stopping": False,
        "database": True,
        "missing_migrations": 0,
        "wall": True,
        "workers": 1,
    }

    for _ in range(8):  # of two web processes, both have answered some
        get(served, "/healthz")
        get(served, "/invitation/a-token-that-opens-a-door/?q=somebody", X_Request_ID="from-the-proxy-1")
    status, _headers, found = get(served, "/metrics")
    assert status == 200
    assert int(float(re.search(r'talkoo_requests_total\{route="healthz",status="2xx"\} (\S+)', found).group(1))) >= 8
    for name in ("talkoo_request_seconds_bucket", "talkoo_workers_alive 1.0", "talkoo_database_up 1.0",
                 "talkoo_mails_waiting 0.0", "talkoo_jobs_failed 0.0", "talkoo_database_connections{state="):  # fmt: skip
        assert name in found
    assert "opens-a-door" not in found

    assert get(served, "/healthz", X_Request_ID="from-the-proxy-1")[1]["X-Request-ID"] == "from-the-proxy-1"
    for odd in ("short", "with blank in it", "x" * 65):
        assert re.fullmatch("[0-9a-f]{32}", get(served, "/healthz", X_Request_ID=odd)[1]["X-Request-ID"])
    mine = [line for line in lines(tmp_path) if line.get("request") == "from-the-proxy-1"]
    assert {"route", "method", "status", "ms", "time", "level"} <= mine[0].keys()
    log = (tmp_path / "serve.log").read_text()
    assert "opens-a-door" not in log
    assert "somebody" not in log


def test_metrics_are_for_this_machine_or_for_who_has_the_token(served, own_database, tmp_path):
    assert get(served, "/metrics", X_Forwarded_For="192.0.2.7")[0] == 404
    (tmp_path / "token").write_text("measure-me\n")
    (tmp_path / "other").mkdir()
    env = servers.environment(tmp_path / "other", own_database, TALKOO_METRICS_TOKEN_FILE=str(tmp_path / "token"))
    with servers.serving(env, "--no-worker") as address:
        assert get(address, "/metrics")[0] == 404
        assert get(address, "/metrics", Authorization="Bearer other")[0] == 404
        assert get(address, "/metrics", Authorization="Bearer measure-me", X_Forwarded_For="192.0.2.7")[0] == 200


def test_readiness_says_no_while_a_migration_is_missing_and_the_process_still_lives(served, own_database, tmp_path):
    owner = servers.environment(tmp_path, own_database)["TALKOO_OWNER_DATABASE_URL"]
    with psycopg.connect(owner) as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'microtasks' AND name = '0002_claim'")
    status, _headers, body = get(served, "/readyz")
    assert (status, json.loads(body)["missing_migrations"]) == (503, 1)
    assert get(served, "/livez")[0] == 200


def test_told_to_stop_it_turns_away_new_requests_first_and_ends_what_is_in_hand(own_database, tmp_path):
    """Somebody's page waits on a lock while SIGTERM comes: it is answered, with nothing lost."""
    env = servers.environment(tmp_path, own_database, TALKOO_DRAIN_SECONDS="2", TALKOO_DEMO="1")
    owner, got = env["TALKOO_OWNER_DATABASE_URL"], []
    with subprocess.Popen(
        [*servers.TALKOO, "serve", "--port", "0", "--no-worker"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        address = servers.READY.search(process.stdout.readline()).group(1)
        with psycopg.connect(owner) as lock:
            lock.execute("LOCK TABLE people_person IN ACCESS EXCLUSIVE MODE")
            waiting = threading.Thread(target=lambda: got.append(get(address, "/accounts/login/")[0]))
            waiting.start()
            time.sleep(0.5)
            os.kill(process.pid, signal.SIGTERM)
            assert eventually(lambda: get(address, "/readyz")[0] == 503)
            assert json.loads(get(address, "/readyz")[2])["stopping"] is True
            time.sleep(2.5)  # it drains, then stops, and the request still waits
            lock.rollback()
        waiting.join(20)
        assert got == [302]  # to the page that makes the first administrator
        assert process.wait(20) == 0
