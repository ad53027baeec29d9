"""A house that was kept by an earlier release is brought to this one, and nothing of it is lost.

The databases lie in tests/releases; make.py there says how they were made.
"""

import contextlib
import lzma
import re
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from talkoo.config.backup.script import run_script
from talkoo.desk.replay.clients import Client, Place
from tests import servers
from tests.releases.make import KEY

RELEASES = sorted(Path("tests/releases").glob("*.sql.xz"))
PASSING = {"procrastinate_jobs", "procrastinate_events", "procrastinate_workers"}  # the upgrade may work them off
PERSONAS = {
    "Amina Mohamud": ["/", "/tasks/", "/me/"],
    "Jonas Lindqvist": ["/", "/batches/"],
    "Carla Nunes": ["/", "/reviews/"],
    "Samuel Okoro": ["/", "/people/"],
    "Yusuf Demir": ["/", "/organisations/", "/people/"],
}
MOVED = {
    ("microtasks_assignment", "draft"): sql.SQL(
        "(SELECT d.typed FROM microtasks_draft d WHERE d.assignment_id = microtasks_assignment.id)"
    ),
    ("microtasks_upload", "sample"): sql.SQL(
        "(SELECT f.rows FROM microtasks_firstrows f WHERE f.upload_id = microtasks_upload.id)"
    ),
}


def columns(connection):
    """Table → its columns, as they are now."""
    found = connection.execute(
        "SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' GROUP BY 1 ORDER BY 1"
    )
    return {table: names for table, names in found if table not in PASSING}


def rows(connection, shape, moved=()):
    """How often each row (as a hash of its text) is in each table; `moved` says where a column of before is by now."""
    where = dict(moved)
    return {
        table: Counter(
            row
            for (row,) in connection.execute(
                sql.SQL("SELECT md5(ROW({})::text) FROM {}").format(
                    sql.SQL(", ").join(where.get((table, name), sql.Identifier(name)) for name in names),
                    sql.Identifier(table),
                )
            )
        )
        for table, names in shape.items()
    }


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_every_row_of_an_earlier_release_is_there_after_the_upgrade_and_its_people_can_go_on(
    release, bare_database, tmp_path
):
    env = servers.environment(tmp_path, bare_database, TALKOO_DEMO="1", TALKOO_SECRET_KEY=KEY)
    with psycopg.connect(env["TALKOO_OWNER_DATABASE_URL"]) as connection, lzma.open(release) as script:
        run_script(connection.cursor(), script)
        shape = columns(connection)
        before = rows(connection, shape)
    assert sum(before["microtasks_answer"].values()) > 1000
    assert sum(bool(found) for found in before.values()) >= 28

    upgraded = servers.talkoo("migrate", "--quiet", env=env)

    assert upgraded.returncode == 0, upgraded.stderr
    with psycopg.connect(env["TALKOO_OWNER_DATABASE_URL"]) as connection:
        after = rows(connection, shape, MOVED)
    assert {table: before[table] - after[table] for table in before if before[table] - after[table]} == {}
    with servers.serving(env, "--no-worker") as address:
        for name, pages in PERSONAS.items():
            with signed_in(address, name) as visitor:
                assert {page: visitor.ask("GET", page).status for page in pages} == dict.fromkeys(pages, 200)
        with signed_in(address, "Amina Mohamud") as visitor:
            answer_one_more(visitor, env)


@contextlib.contextmanager
def signed_in(address, name):
    """Sign in as a persona, as the button of the sign-in page does."""
    visitor = Client(Place(address, "", "talkoo_session", "talkoo_csrf"), "")
    with contextlib.closing(visitor.connection):
        visitor.ask("GET", "/accounts/login/")
        page = visitor.text.decode()
        button = next(part for part in page.split("<button")[1:] if f"<strong>{name}</strong>" in part)
        assert visitor.move(re.search(r'formaction="([^"]+)"', button).group(1), {}) == "/"
        yield visitor


def answer_one_more(visitor, env):
    """The draft or the next task, answered: the claim, the form, the combining and the log of this version at work."""
    with psycopg.connect(env["TALKOO_OWNER_DATABASE_URL"]) as connection:
        codes = connection.execute("SELECT code FROM microtasks_batch WHERE state = 'open' ORDER BY id").fetchall()
        count = connection.execute("SELECT count(*) FROM microtasks_answer").fetchone()[0]
        for (code,) in codes:
            if visitor.ask("GET", f"/work/{code}/").status == 200:
                place = visitor.move(f"/work/{code}/", {})
                visitor.ask("GET", place)
                key = re.search(r'name="key" value="([^"]+)"', visitor.text.decode()).group(1)
                visitor.move(place, {"key": key, "cannot": "other", "sure": 2, "stop": 1})
                break
        connection.rollback()
        assert connection.execute("SELECT count(*) FROM microtasks_answer").fetchone()[0] == count + 1
