"""The first program of the guide, taken out of it and run as printed, against a real server."""

import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from talkoo.access.permissions import Role
from tests import databases, people, servers
from tests.callers import token_of
from tests.microtasks.made import open_batch, send, take

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "integrator.md"
PROGRAM = re.search(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)[1]


def test_the_first_program_has_ten_lines():
    assert len([line for line in PROGRAM.splitlines() if line.strip()]) <= 10


def _work_to_show() -> str:
    """A batch with one settled task; the token of its owner."""
    town = people.organisation("Northtown")
    olga, carl = people.subject("Olga", town, Role.TASK_OWNER), people.subject("Carl", town)
    batch = open_batch(olga, town, tasks=2, adaptive=False, least=1, most=1)
    send(carl, take(carl, batch), "b")
    return token_of(olga, "batches:read", "results:read")


def test_the_first_program_of_the_guide_works_as_printed(own_database, django_db_blocker, tmp_path):
    held = dict(databases.connection.settings_dict)
    with django_db_blocker.unblock():
        databases.connect_to(own_database, held["USER"])
        secret = _work_to_show()
        databases.connect_to(held["NAME"], held["USER"])
    env = servers.environment(tmp_path, own_database, TALKOO_SECRET_KEY=settings.SECRET_KEY)
    with servers.serving(env, "--no-worker") as address:
        mine = {**os.environ, "TALKOO": address, "TOKEN": secret}
        command = [sys.executable, "-c", PROGRAM]
        ran = subprocess.run(command, env=mine, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stderr == ""
    assert "Sort the letters" in ran.stdout
    assert re.search(r"1 Letter 1 b 0\.\d+", ran.stdout), ran.stdout
