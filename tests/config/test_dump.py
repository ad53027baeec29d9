"""A backup brings everything back, and never overwrites what is there."""

import psycopg

from tests import servers


def ask(env, statement):
    with psycopg.connect(env["TALKOO_DATABASE_URL"]) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def skills(env):
    return ask(env, "SELECT name FROM people_skill ORDER BY 1")


def make_skill(env, name):
    ask(env, f"INSERT INTO people_skill (code, name, category, description) VALUES ('{name}', '{name}', '', '')")


def test_a_restore_brings_back_what_the_backup_held_and_the_rights_of_the_application(own_database, tmp_path):
    env = servers.environment(tmp_path, own_database)
    make_skill(env, "Beekeeping")
    before = skills(env)
    assert servers.talkoo("manage", "backup", str(tmp_path / "a.dump"), env=env).returncode == 0
    make_skill(env, "Ropes")
    assert skills(env) != before
    restored = servers.talkoo("manage", "restore", "--yes", str(tmp_path / "a.dump"), env=env)
    assert restored.returncode == 0, restored.stderr
    assert skills(env) == before
    assert "fault  database" not in servers.talkoo("check", env=env).stdout


def test_a_backup_never_overwrites_an_older_one(own_database, tmp_path):
    env = servers.environment(tmp_path, own_database)
    (tmp_path / "a.dump").write_text("older")
    refused = servers.talkoo("manage", "backup", str(tmp_path / "a.dump"), env=env)
    assert "is there already" in refused.stderr
    assert (tmp_path / "a.dump").read_text() == "older"


def test_a_file_that_is_no_backup_changes_nothing(own_database, tmp_path):
    env = servers.environment(tmp_path, own_database)
    (tmp_path / "a.dump").write_text("not a dump")
    before = skills(env)
    refused = servers.talkoo("manage", "restore", "--yes", str(tmp_path / "a.dump"), env=env)
    assert refused.returncode != 0
    assert skills(env) == before
