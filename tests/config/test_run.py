"""A fresh clone, an empty home, one command."""

import os
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest

from talkoo.lib import postgres
from tests import servers

pytestmark = pytest.mark.full
ROOT = Path(__file__).resolve().parents[2]


def clean(home):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TALKOO_", "DJANGO_", "VIRTUAL_", "PYTEST"))
    }
    return kept | {"HOME": str(home)}


@pytest.fixture
def clone(tmp_path):
    folder = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], check=True)
    yield folder
    postgres.remove(postgres.cluster(folder / "var/postgres"))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the history to clone")
def test_a_fresh_clone_runs_with_one_command_and_leaves_nothing_running(clone, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with subprocess.Popen(
        ["./run", "--port", "0"], cwd=clone, env=clean(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    ) as process:  # fmt: skip
        said = []
        for line in process.stdout:
            said.append(line)
            if found := servers.READY.search(line):
                break
        else:
            pytest.fail("".join(said))
        with urllib.request.urlopen(found.group(1), timeout=30) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert "You can be:" in "".join(said)

    assert not [each for each in Path("/proc").glob("[0-9]*") if str(clone) in _command(each)]


def _command(process):
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""


def test_what_it_does_not_know_is_refused_with_its_usage():
    found = subprocess.run([ROOT / "run", "--prot", "80"], capture_output=True, text=True, check=False)
    assert found.returncode == 2
    assert found.stderr.startswith("usage: ./run")
