"""What leaves the database each minute, and that no second past is ever signed."""

import shlex
import shutil
import stat
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import pytest
from django.core import mail
from django.db import connection

from talkoo.audit import actions as audit
from talkoo.audit import cli, jobs, outside
from talkoo.audit.actions.sequencing import sequence_all
from talkoo.audit.actions.signing import begin_key, sign, tell_witnesses
from talkoo.audit.faults import LogFault
from talkoo.audit.keys import known_keys, signer
from talkoo.audit.models import Event, SignedCheckpoint
from talkoo.config import condition
from talkoo.engines.ledger import Checkpoint, opened, root_of, signed
from talkoo.lib import postgres
from tests import databases

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.fixture
def key(house):
    return begin_key(name="talkoo.test/audit", renew=False)


def write(number=1):
    for _ in range(number):
        audit.record(by=None, action="test.done", on=("thing", "x"))
    sequence_all()


def files(house):
    return sorted(
        str(place.relative_to(house / "outside")) for place in (house / "outside").rglob("*") if place.is_file()
    )


def test_only_the_account_that_runs_talkoo_may_read_the_key(key, house):
    assert stat.S_IMODE((house / "key").stat().st_mode) == 0o600
    assert signer() == key
    assert known_keys() == [key.key]
    assert Event.objects.get(action="audit.key.made").facts == {"key": str(key.key), "renewed": False}


def test_a_key_that_others_may_read_signs_nothing(key, house):
    (house / "key").chmod(0o644)
    with pytest.raises(LogFault, match="Others than its owner"):
        sign(now=NOW)


def test_a_key_is_not_replaced_by_accident_and_one_that_is_broken_is_named(key, house):
    with pytest.raises(LogFault, match="There is a key"):
        begin_key(name="talkoo.test/audit", renew=False)
    (house / "key").write_text("PRIVATE+KEY+broken")
    with pytest.raises(LogFault, match="There is no key in") as found:
        signer()
    assert "broken" not in found.value.message
    with pytest.raises(LogFault, match="neither spaces nor plus"):
        begin_key(name="two words", renew=True)


def test_without_a_key_nothing_is_signed_and_events_go_on(house):
    write(3)
    assert sign(now=NOW) is None
    assert not (house / "outside").exists()


def test_a_checkpoint_lies_outside_under_its_day_and_its_length(key, house):
    write(2)
    made = sign(now=NOW)
    assert files(house) == ["2026-11-28/000000000003", "checkpoint", "keys.pub"]
    note = (house / "outside/2026-11-28/000000000003").read_text()
    assert note == (house / "outside/checkpoint").read_text() == SignedCheckpoint.objects.get().note
    assert opened(note, [key.key]) == made.text()
    assert note.splitlines()[3] == "at 2026-11-28T09:00:00Z"


def test_nothing_new_is_not_signed_again(key, house):
    write()
    assert (sign(now=NOW).size, sign(now=NOW + timedelta(minutes=1))) == (2, None)
    write()
    assert sign(now=NOW + timedelta(minutes=2)).size == 3


def test_a_log_whose_past_was_changed_is_not_signed(key, house):
    """The owner of the tables drops the triggers and rewrites a leaf: the checkpoint outside tells."""
    write(3)
    sign(now=NOW)
    outside.put(outside.newest()[0], other_root(key), NOW.date())
    write()
    with pytest.raises(LogFault, match="The first 4 entries are not those that were signed"):
        sign(now=NOW)
    assert any("not those that were signed" in found for found in condition.log_findings())
    assert SignedCheckpoint.objects.count() == 1


def other_root(key):
    return signed(Checkpoint("talkoo.test/audit", 4, root_of([b"x" * 32]), "2026-11-28T09:00:00Z").text(), key)


def test_a_database_that_was_set_back_is_not_signed_until_a_log_of_another_name_begins(key, house):
    ahead = Checkpoint("talkoo.test/audit", 40, bytes(32), "2026-11-28T09:00:00Z")
    outside.put(ahead, signed(ahead.text(), key), NOW.date())
    write()
    with pytest.raises(LogFault, match="38 entries are missing: 40 were signed"):
        sign(now=NOW)
    begin_key(name="talkoo.test/audit-2", renew=True)
    sequence_all()
    assert sign(now=NOW).origin == "talkoo.test/audit-2"


def test_a_newest_checkpoint_that_is_not_ours_stops_signing(key, house):
    write()
    sign(now=NOW)
    (house / "outside/checkpoint").write_text("anything")
    write()
    with pytest.raises(LogFault, match="is no checkpoint of this log"):
        sign(now=NOW)


def test_an_emptied_folder_of_checkpoints_is_an_alarm_and_no_fresh_start(key, house):
    write()
    sign(now=NOW)
    older = (house / "outside/checkpoint").read_text()
    write()
    sign(now=NOW)
    write()
    for harm, words in (
        (shutil.rmtree, "3 entries were signed, none is there"),
        (partial(set_back, older), "the newest there covers 2"),
    ):
        harm(house / "outside")
        with pytest.raises(LogFault, match=words):
            sign(now=NOW)
        assert any(words in found for found in condition.log_findings())
    assert SignedCheckpoint.objects.count() == 2
    begin_key(name="talkoo.test/audit-2", renew=True)
    sequence_all()
    assert sign(now=NOW).size == 5


def set_back(note, folder):
    folder.mkdir(exist_ok=True)
    (folder / "checkpoint").write_text(note)


def test_the_command_gets_each_new_checkpoint_and_again_where_it_failed(key, house, settings):
    carried, flag = house / "carried", house / "fails"
    script = f"import sys, pathlib; sys.exit('disk away') if pathlib.Path({str(flag)!r}).exists() else open({str(carried)!r}, 'a').write(sys.argv[1][-12:])"
    settings.AUDIT_CHECKPOINT_COMMAND = shlex.split(f"{sys.executable} -c {shlex.quote(script)}")
    write()
    sign(now=NOW)
    flag.touch()
    with pytest.raises(LogFault, match="disk away"):
        outside.hand_over()
    flag.unlink()
    for _ in range(2):
        outside.hand_over()
    assert carried.read_text() == "000000000002"


def test_a_command_that_is_not_there_is_a_fault_in_words(key, house, settings):
    settings.AUDIT_CHECKPOINT_COMMAND = ["/nowhere/carry"]
    write()
    sign(now=NOW)
    with pytest.raises(LogFault, match="was not carried away"):
        outside.hand_over()


def test_witnesses_get_the_newest_checkpoint_by_mail_and_do_not_see_each_other(key, house):
    write()
    sign(now=NOW)
    assert tell_witnesses(addresses=["a@court.example", "b@archive.example"], now=NOW)
    (letter,) = mail.outbox
    assert (letter.to, letter.bcc) == (["a@court.example"], ["b@archive.example"])
    assert outside.newest()[1] in letter.body
    assert str(key.key) in letter.body
    assert letter.attachments[0].content == outside.newest()[1]
    assert not tell_witnesses(addresses=[], now=NOW)


def test_the_job_of_each_minute_numbers_and_signs_and_a_fault_stops_no_numbers(key, house, caplog):
    audit.record(by=None, action="test.done", on=("thing", "x"))
    jobs.keep.func(0)
    assert outside.newest()[0].size == 2
    (house / "key").chmod(0o640)
    audit.record(by=None, action="test.done", on=("thing", "x"))
    jobs.keep.func(0)
    assert Event.objects.filter(waiting__isnull=False).count() == 0
    assert "Others than its owner" in caplog.text


def test_check_is_silent_where_all_is_well_and_names_what_is_behind(key, house):
    write()
    sign(now=NOW)
    assert list(condition.log_findings()) == []
    with connection.cursor() as cursor:
        for _ in range(2):
            cursor.execute(
                "INSERT INTO audit_event (at, action, kind, code) VALUES (now() - interval '1 hour', 'a', 'b', 'c')"
            )
    assert "2 events of the log wait for their number since 60 minutes" in next(iter(condition.log_findings()))
    sequence_all()
    assert "wait for a signed checkpoint since 60 minutes" in next(iter(condition.log_findings()))


def test_check_asks_for_a_key(house):
    assert list(condition.log_findings()) == [
        "No key signs the log, so nobody outside can verify it. Run: talkoo audit key"
    ]


class Words:
    """What the command line was given."""

    checkpoint: list[str] = []
    renew = every_checkpoint = False
    name = None

    def __init__(self, **words):
        self.__dict__ |= words


def test_the_command_makes_a_key_signs_exports_and_verifies(house, capsys):
    steps = [{"what": "key"}, {"what": "checkpoint"}, {"what": "export", "folder": house / "log"}, {"what": "verify"}]
    assert [cli.run(Words(**step)) for step in steps] == [0, 0, 0, 0]
    said = capsys.readouterr().out
    assert "localhost/audit+" in said
    assert "1 entries and 1 checkpoints are in" in said
    assert "Nothing was found: the log is as it was signed." in said
    assert Event.objects.filter(action="audit.log.exported").exists()
    with pytest.raises(LogFault, match="is not empty"):
        cli.run(Words(what="export", folder=house / "log"))


@pytest.mark.django_db(transaction=True)
def test_verify_finds_what_the_owner_of_the_database_rewrote_with_the_triggers_away(house, capsys):
    begin_key(name="talkoo.test/audit", renew=False)
    write(3)
    sign(now=NOW)
    with psycopg.connect(**databases.place().dsn(postgres.OWNER, connection.settings_dict["NAME"])) as server:
        server.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_erasure_only")
        server.execute("UPDATE audit_event SET action = 'test.other' WHERE action = 'test.done'")
        server.execute("ALTER TABLE audit_event ENABLE TRIGGER audit_erasure_only")
    assert cli.run(Words(what="verify")) == 1
    assert "was changed, removed, added or moved since" in capsys.readouterr().out
