"""A backup brings everything back on another machine, says when it cannot, and never harms what is there."""

import json
import resource
import shutil
import subprocess
import threading
import zipfile
from pathlib import Path

import psycopg
import pytest

from talkoo.lib import postgres
from tests import databases, servers

EVENTS = (
    "INSERT INTO audit_event (at, action, kind, code, facts) SELECT now(), 'test.done', 'thing', n, '{\"n\": 1}' FROM"
    " generate_series(1, 300) n"
)


def ask(env, statement):
    with psycopg.connect(env["TALKOO_OWNER_DATABASE_URL"]) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def skills(env):
    return ask(env, "SELECT name FROM people_skill ORDER BY 1")


def make_skill(env, name):
    with psycopg.connect(env["TALKOO_OWNER_DATABASE_URL"]) as connection:
        make(connection, name)


def make(connection, name):
    connection.execute(
        "INSERT INTO people_skill (code, name, category, description) VALUES (%s, %s, '', %s)", [name, name, "Å\t✓\n\\"]
    )


def run(env, *words):
    done = servers.talkoo(*words, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def refused(env, *words):
    done = servers.talkoo(*words, env=env)
    assert done.returncode == 1, done.stdout
    return done.stderr


@pytest.fixture(scope="module")
def kept(postgres_server, django_db_blocker, tmp_path_factory):
    """A Talkoo with a skill of its own, an uploaded file and a signed log, its backup, and its database to copy from: made
    once."""
    folder = tmp_path_factory.mktemp("kept")
    with django_db_blocker.unblock():
        held = dict(databases.connection.settings_dict)
        with databases.database() as name:
            databases.connect_to(held["NAME"], held["USER"])
            env = servers.environment(folder / "var", name, TALKOO_DEMO="1")
            (folder / "var/uploads/deep").mkdir(parents=True)
            (folder / "var/uploads/deep/letters.csv").write_bytes(b"name\n" * 100_000)
            make_skill(env, "Beekeeping")
            ask(env, EVENTS)
            run(env, "audit", "key")
            (folder / "checkpoint").write_text(run(env, "audit", "checkpoint"))
            run(env, "backup", "--with-secrets", str(folder / "a.talkoo"))
            yield folder, name


@pytest.fixture
def house(kept, tmp_path):
    """A copy of it for whoever changes it."""
    folder, source = kept
    shutil.copytree(folder / "var", tmp_path / "var")
    with databases.database(source) as name:
        yield servers.environment(tmp_path / "var", name, TALKOO_DEMO="1")


@pytest.fixture
def archive(kept, tmp_path):
    return Path(shutil.copy(kept[0] / "a.talkoo", tmp_path))


def test_a_backup_comes_back_on_another_machine_row_by_row_with_files_key_rights_and_a_log_that_holds(
    house, kept, archive, bare_database, tmp_path
):
    elsewhere = servers.environment(tmp_path / "elsewhere", bare_database, TALKOO_DEMO="1")

    said = run(elsewhere, "restore", "--with-secrets", str(archive))

    assert "Restored and compared" in said
    assert "talkoo migrate" in said
    assert skills(elsewhere) == skills(house) == [("Beekeeping",)]
    for file in ("uploads/deep/letters.csv", "secret-key"):
        assert (tmp_path / "elsewhere" / file).read_bytes() == (tmp_path / "var" / file).read_bytes()
    assert (tmp_path / "elsewhere/secret-key").stat().st_mode & 0o077 == 0
    assert "as in this backup" in run(elsewhere, "verify", "--database", str(archive))
    run(elsewhere, "migrate", "--quiet")
    assert "as in this backup" not in servers.talkoo("check", env=elsewhere).stdout
    assert "fault  database" not in servers.talkoo("check", env=elsewhere).stdout
    _the_log_goes_on(elsewhere, kept[0], tmp_path / "elsewhere")


def _the_log_goes_on(elsewhere, before, var):
    """Key and checkpoints are brought along, as the guide says; what was signed before holds of what was restored."""
    for name in ("audit-key", "audit-key.pub"):
        shutil.copy(before / "var" / name, var / name)
    shutil.copytree(before / "var/checkpoints", var / "checkpoints")
    ask(elsewhere, EVENTS)
    assert int(run(elsewhere, "audit", "checkpoint").splitlines()[1]) >= 601, "migrating wrote an entry too"
    said = run(elsewhere, "audit", "verify", "--checkpoint", str(before / "checkpoint"))
    assert "Nothing was found: the log is as it was signed." in said
    assert (before / "checkpoint").read_text().splitlines()[1] == "301"


def test_the_secret_key_is_not_in_a_backup_unless_asked_for_and_both_is_said(house, tmp_path):
    said = run(house, "backup", str(tmp_path / "b.talkoo"))
    assert "secret key: not in this file" in said
    with zipfile.ZipFile(tmp_path / "b.talkoo") as file:
        assert sorted(file.namelist()) == ["database.dump", "manifest.json", "uploads/deep/letters.csv"]
        assert "not in this file" in json.loads(file.read("manifest.json"))["secrets"]["secret key"]
    assert (tmp_path / "b.talkoo").stat().st_mode & 0o077 == 0


def test_what_is_written_meanwhile_is_in_the_backup_wholly_or_not_at_all(house, tmp_path):
    stop = threading.Event()

    def work():
        with psycopg.connect(house["TALKOO_OWNER_DATABASE_URL"], autocommit=True) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                with connection.transaction():
                    for half in "ab":
                        make(connection, f"{half}{number}")

    thread = threading.Thread(target=work)
    thread.start()
    try:
        run(house, "backup", str(tmp_path / "c.talkoo"))
    finally:
        stop.set()
        thread.join()
    run(house, "restore", "--replace", str(tmp_path / "c.talkoo"))
    found = {name for (name,) in skills(house)} - {"Beekeeping"}
    assert found
    assert {name[1:] for name in found if name[0] == "a"} == {name[1:] for name in found if name[0] == "b"}


def test_a_database_in_use_is_replaced_only_when_told_and_a_changed_row_is_found(house, archive):
    make_skill(house, "Ropes")
    ask(
        house,
        "INSERT INTO people_person (code, email, name, password, title, is_active, joined, keys_off, sessions_ended,"
        " persona_part, persona_words) VALUES ('ada', 'ada@a.example', 'Ada', '', '', true, now(), false, 0, '', '')",
    )
    assert "people_skill: 1 rows then, 2 here" in refused(house, "verify", "--database", str(archive))
    assert "--replace" in refused(house, "restore", str(archive))
    assert len(skills(house)) == 2
    run(house, "restore", "--replace", str(archive))
    assert skills(house) == [("Beekeeping",)]
    ask(house, "UPDATE people_skill SET description = 'other'")
    assert "people_skill: as many rows (1), but not the same" in refused(house, "verify", "--database", str(archive))


def test_a_backup_never_overwrites_an_older_one(house, archive):
    before = archive.read_bytes()
    assert "is there already" in refused(house, "backup", str(archive))
    assert archive.read_bytes() == before


def test_a_disk_that_fills_is_told_and_leaves_neither_a_part_nor_harm_to_earlier_backups(house, archive, tmp_path):
    before = archive.read_bytes()

    def small_disk():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    done = subprocess.run(
        [*servers.TALKOO, "backup", str(tmp_path / "d.talkoo")], env=house, preexec_fn=small_disk,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "could not be written" in done.stderr
    assert "Make room" in done.stderr
    assert sorted(path.name for path in tmp_path.glob("*.talkoo*")) == [archive.name]
    assert archive.read_bytes() == before


def rewritten(archive, target, change):
    """A copy of an archive with another manifest."""
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                said = json.loads(data)
                change(said)
                data = json.dumps(said).encode()
            new.writestr(name, data)
    return target


def test_a_backup_of_a_newer_version_is_refused_with_the_remedy(house, archive, tmp_path):
    newer = rewritten(archive, tmp_path / "newer.talkoo", lambda said: said.update(
        version="9.1.0", migrations=[*said["migrations"], ["microtasks", "9001_later"]]
    ))  # fmt: skip
    told = refused(house, "restore", "--replace", str(newer))
    assert "newer than what is installed here (microtasks 9001_later)" in told
    assert "Install Talkoo 9.1.0 or newer" in told
    other = rewritten(archive, tmp_path / "other.talkoo", lambda said: said.update(version="9.1.0", format=2))
    assert "Install Talkoo 9.1.0" in refused(house, "verify", str(other))
    assert skills(house) == [("Beekeeping",)]


def test_a_restore_that_does_not_come_out_as_counted_is_taken_back_wholly(house, archive, tmp_path):
    wrong = rewritten(archive, tmp_path / "wrong.talkoo", lambda said: said["tables"]["people_skill"].update(rows=3))
    make_skill(house, "Ropes")
    (tmp_path / "var/uploads/new.csv").write_text("new")
    assert "people_skill: 3 rows then, 1 here" in refused(house, "restore", "--replace", str(wrong))
    assert len(skills(house)) == 2
    assert (tmp_path / "var/uploads/new.csv").exists()
    assert not (tmp_path / "var/uploads.restored").exists()


@pytest.mark.parametrize("harm", ["cut", "bent", "foreign", "missing"])
def test_a_damaged_file_is_named_and_changes_nothing(house, archive, tmp_path, harm):
    file, data = tmp_path / "harmed.talkoo", bytearray(archive.read_bytes())
    if harm == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif harm == "bent":
        data[len(data) // 3] ^= 0xFF
        file.write_bytes(data)
    elif harm == "foreign":
        file.write_text("not a backup")
    for command in (["verify"], ["restore", "--replace"]):
        told = refused(house, *command, str(file))
        assert {"cut": "cut off", "bent": "damaged", "foreign": "no backup", "missing": "no file"}[harm] in told
    assert skills(house) == [("Beekeeping",)]


def test_the_embedded_server_takes_a_backup_of_another_and_gives_the_same_back(house, archive, tmp_path):
    env = servers.environment(tmp_path / "small", TALKOO_DEMO="1")
    try:
        run(env, "restore", str(archive))
        run(env, "backup", str(tmp_path / "again.talkoo"))
        with zipfile.ZipFile(archive) as one, zipfile.ZipFile(tmp_path / "again.talkoo") as two:
            first, second = (json.loads(file.read("manifest.json"))["tables"] for file in (one, two))
        assert first == second
        assert "as in this backup" in run(house, "verify", "--database", str(tmp_path / "again.talkoo"))
    finally:
        postgres.remove(postgres.cluster(tmp_path / "small/postgres"))
