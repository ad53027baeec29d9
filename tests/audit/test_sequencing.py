"""What is written gets a number: dense, once, in one tree, whoever writes and whoever numbers at the same time."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event as Flag

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from talkoo.audit import actions as audit
from talkoo.audit.actions import sequencing
from talkoo.audit.actions.erasing import erase_person_payloads
from talkoo.audit.actions.sequencing import sequence, sequence_all
from talkoo.audit.models import Event, Inbox, Leaf
from talkoo.audit.queries import tree
from talkoo.engines.ledger import canonical, commitment, consistency_path, includes, is_consistent, leaf_hash, root_of
from talkoo.lib import postgres
from tests import databases
from tests.people import erased_person

pytestmark = pytest.mark.django_db


def write(number, **facts):
    for at in range(number):
        audit.record(by=None, action="test.done", on=("thing", str(at)), **facts)


def leaves():
    return [bytes(value) for value in Leaf.objects.order_by("position").values_list("hash", flat=True)]


def owner(database=None):
    name = database or connection.settings_dict["NAME"]
    return psycopg.connect(**databases.place().dsn(postgres.OWNER, name), autocommit=True)


def test_an_event_binds_to_its_facts_by_a_salted_hash_and_waits_for_its_number():
    write(1, before="open", after="closed")
    event = Event.objects.get()
    assert event.facts == {"before": "open", "after": "closed"}
    assert event.entry()["payload"] == commitment(bytes(event.salt), event.payload)
    assert len(event.salt) == 16
    assert "open" not in canonical(event.entry()).decode()
    assert Inbox.objects.get().event_id == event.pk


def test_equal_facts_have_unequal_commitments():
    write(2, answer="yes")
    assert Event.objects.values("commitment").distinct().count() == 2


def test_events_are_numbered_in_portions_without_gap_and_the_tree_is_theirs():
    write(7)
    assert [sequence(at_most=3) for _ in range(4)] == [3, 3, 1, 0]
    events = Event.objects.order_by("pk")
    assert list(Leaf.objects.order_by("position").values_list("position", "event_id")) == list(
        enumerate(events.values_list("pk", flat=True))
    )
    assert leaves() == [leaf_hash(canonical(event.entry())) for event in events]
    assert (tree.size(), tree.root_at(7), Inbox.objects.count()) == (7, root_of(leaves()), 0)


def test_proofs_come_from_the_hashes_that_are_kept(django_assert_num_queries):
    write(600)
    sequence_all()
    assert Leaf.objects.count() == 600
    with django_assert_num_queries(3):
        proof, root, before = tree.inclusion_proof(500, 600), tree.root_at(600), tree.root_at(300)
    assert includes(leaves()[500], 500, 600, proof, root)
    assert is_consistent(300, 600, before, root, tree.consistency_proof(300, 600))
    assert len(consistency_path(300, 600)) > 3


def test_what_was_rolled_back_leaves_no_gap():
    write(1)
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)
    write(1)
    assert sequence() == 2
    assert list(Leaf.objects.order_by("position").values_list("position", flat=True)) == [0, 1]


@pytest.mark.django_db(transaction=True)
def test_eight_writers_and_two_sequencers_at_once_leave_neither_gap_nor_double():
    writing = Flag()

    def writer(number):
        for at in range(25):
            with transaction.atomic():
                audit.record(by=None, action="test.done", on=("writer", str(number)), turn=at)
                if at % 5 == 4:
                    transaction.set_rollback(True)
        connection.close()

    def sequencer():
        while not writing.is_set():
            sequence(at_most=7)
        connection.close()

    with ThreadPoolExecutor(10) as pool:
        numbering = [pool.submit(sequencer) for _ in range(2)]
        for job in [pool.submit(writer, number) for number in range(8)]:
            job.result()
        writing.set()
        for job in numbering:
            job.result()
    sequence_all()
    found = Leaf.objects.order_by("position").select_related("event")
    assert [leaf.position for leaf in found] == list(range(160))
    assert len({leaf.event_id for leaf in found}) == Event.objects.count() == 160
    assert tree.root_at(160) == root_of([leaf_hash(canonical(leaf.event.entry())) for leaf in found])


@pytest.mark.django_db(transaction=True)
def test_who_commits_late_is_numbered_late_and_holds_nobody_up():
    with owner() as slow, slow.transaction():
        insert = "INSERT INTO audit_event (at, action, kind, code, facts) VALUES (now(), 'test.slow', 'x', 'y', '{}')"
        slow.execute(insert)
        write(3)
        assert sequence() == 3
    assert sequence() == 1
    assert Leaf.objects.get(position=3).event.action == "test.slow"


@pytest.mark.parametrize("table", ["audit_event", "audit_leaf", "audit_tile", "audit_checkpoint"])
def test_not_even_the_owner_of_the_tables_changes_or_deletes_what_is_written(table, own_database):
    with owner(own_database) as server:
        server.execute("INSERT INTO audit_event (at, action, kind, code) VALUES (now(), 'a', 'b', 'c')")
        server.execute("INSERT INTO audit_leaf VALUES (0, 1, 'x')")
        server.execute("INSERT INTO audit_tile VALUES (8, 0, 'x')")
        server.execute("INSERT INTO audit_checkpoint (at, origin, size, note) VALUES (now(), 'o', 1, 'n')")
        column = {"audit_event": "facts = 'other'", "audit_checkpoint": "note = 'other'"}.get(table, "hash = 'other'")
        for statement in (f"UPDATE {table} SET {column}", f"DELETE FROM {table}"):
            with pytest.raises(psycopg.errors.RaiseException, match="written once"):
                server.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_inbox",
        "INSERT INTO audit_inbox VALUES (1)",
        "UPDATE audit_event SET facts = NULL, salt = NULL",
        "UPDATE audit_leaf SET hash = 'x'",
        "DELETE FROM audit_tile",
        "UPDATE audit_checkpoint SET size = 0",
    ],
)
def test_the_role_of_the_web_takes_nothing_out_of_the_log_and_skips_no_event(statement):
    write(1)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)


def test_an_erased_payload_is_gone_and_the_tree_is_whole():
    write(2)
    audit.record(by=None, action="people.membership.granted", on=("person", "katta234"), role="auditor")
    sequence_all()
    before = leaves()
    erased_person()
    erased = erase_person_payloads(by=None, code="katta234")
    sequence_all()
    event = Event.objects.get(action="people.membership.granted")
    assert (erased, event.facts, event.salt) == ([2], {}, None)
    assert leaves()[:3] == before == [leaf_hash(canonical(each.entry())) for each in Event.objects.order_by("pk")[:3]]
    told = Event.objects.get(action="audit.payload.erased")
    assert told.facts == {"entries": [2], "reason": "GDPR Art. 17"}
    assert told.leaf.position == 4


def test_erasing_takes_what_is_on_them_what_names_them_and_what_they_did_for_themselves():
    lotta = erased_person()
    hers, others = Somebody(lotta.pk), Somebody(lotta.pk + 1)
    number, person = str(lotta.pk), ("person", "katta234")
    goes = [
        (others, "people.membership.granted", person, {"role": "auditor"}),
        (hers, "notify.choices.stopped", ("person", number), {"kind": "all"}),
        (others, "microtasks.batch.owner-added", ("batch", "b"), {"person": "katta234"}),
        (others, "people.file.used", ("people file", "f"), {"people": ["ada", "katta234"]}),
        (hers, "access.session.begun", ("session", "s"), {"methods": ["password"]}),
        (hers, "access.token.made", ("token", "t"), {"service": False}),
        (hers, "microtasks.task.taken", ("assignment", "a"), {"batch": "b", "task": 1}),
        (hers, "microtasks.practice.tried", ("batch", "b"), {"task": 1}),
        (hers, "access.refused", ("path", "/log/"), {"permission": "audit:event:see"}),
    ]
    stays = [
        (hers, "people.rules.proposed", ("organisation", "o"), {"before": {}, "after": {"key": 2}}),
        (hers, "access.token.made", ("token", "t"), {"service": True}),
        (others, "access.session.begun", ("session", "s"), {"methods": ["totp"]}),
        (others, "people.membership.granted", ("person", "ada"), {"role": "auditor"}),
        (others, "people.rules.proposed", ("organisation", "o"), {"katta2345": "no name of hers"}),
    ]
    for by, action, on, facts in [*goes, *stays]:
        audit.record(by=by, action=action, on=on, **facts)
    gone = erase_person_payloads(by=others, code="katta234")
    found = {n: event.payload for n, event in enumerate(Event.objects.order_by("pk")[1 : 1 + len(goes + stays)])}
    assert [n for n, payload in found.items() if payload is None] == list(range(len(goes)))
    assert gone == list(range(1, 1 + len(goes)))


class Somebody:
    token, organisation_id = "", None

    def __init__(self, number):
        self.author_id = number


def test_erasing_again_changes_nothing_and_who_erased_is_read_from_the_log():
    audit.record(by=None, action="people.membership.granted", on=("person", "katta234"), role="auditor")
    erased_person()
    audit.record(by=Somebody(7), action="people.person.erased", on=("person", "katta234"))
    once = erase_person_payloads(by=Somebody(8), code="katta234")
    assert (once, erase_person_payloads(by=Somebody(8), code="katta234")) == ([0], [])
    assert Event.objects.get(action="audit.payload.erased").actor_id == 7


def test_what_has_no_number_yet_is_erased_too_however_much_waits(monkeypatch):
    erased_person()
    audit.record(by=None, action="people.membership.granted", on=("person", "katta234"), role="auditor")
    monkeypatch.setattr(sequencing, "PORTION", 1)
    monkeypatch.setattr(sequencing, "sequence", partial(sequence, at_most=1))
    assert sequence_all(portions=1) == 1
    assert Inbox.objects.count() == 1
    assert erase_person_payloads(by=None, code="katta234") == [1]


def test_the_owner_erases_nothing_without_a_reason_and_nothing_that_has_no_number(own_database):
    with owner(own_database) as server:
        server.execute("INSERT INTO audit_event (at, action, kind, code) VALUES (now(), 'a', 'b', 'c')")
        for why, words in ((" ", "wants a reason"), ("a court", "wait for their number")):
            with pytest.raises(psycopg.errors.RaiseException, match=words):
                server.execute("SELECT audit_erase('{1}', NULL, %s)", [why])


def test_the_role_of_the_web_chooses_neither_what_is_erased_nor_by_whom(own_database):
    """Asked of the database itself, without the application."""
    with psycopg.connect(databases.address(own_database), autocommit=True) as web:
        web.execute("INSERT INTO audit_event (at, action, kind, code) VALUES (now(), 'a', 'person', 'ada')")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("SELECT audit_erase('{1}', 1, 'because I can')")
        for code in ("ada", "nobody", None):
            with pytest.raises(psycopg.errors.RaiseException, match="nobody of this code was erased"):
                web.execute("SELECT audit_erase_person(%s)", [code])
        assert web.execute("SELECT facts FROM audit_event").fetchone() == ("{}",)


@pytest.mark.parametrize("code", ["%", "_ssword", "password"])
def test_the_role_of_the_web_empties_no_details_of_others_by_a_code_that_matches_them(code):
    """It may write the row of a person and the entry that they were erased: so a forged code must match nothing."""
    audit.record(by=None, action="access.session.begun", on=("session", "s"), methods=["password"])
    erased_person(code)
    with pytest.raises(DatabaseError, match="nobody of this code was erased"), transaction.atomic():
        erase_person_payloads(by=None, code=code)
    assert Event.objects.get(action="access.session.begun").facts == {"methods": ["password"]}


def test_a_backlog_of_old_details_goes_in_one_call_and_says_so_by_the_thousand():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (at, action, kind, code, facts) SELECT now() - interval '731 days',"
            " 'access.session.begun', 'session', n, '{\"methods\": []}' FROM generate_series(1, 1001) n"
        )
        sequence_all()
        cursor.execute("SELECT audit_erase_old(now()), audit_erase_old(now())")
        assert cursor.fetchone() == (1001, 0)
    told = Event.objects.filter(action="audit.payload.erased").order_by("pk")
    assert [len(event.facts["entries"]) for event in told] == [1000, 1]


def test_what_the_role_of_the_web_may_call_as_somebody_else_is_named():
    """Functions that run with the rights of their owner; those of triggers cannot be called."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
            " AND prorettype <> 'trigger'::regtype AND has_function_privilege(oid, 'EXECUTE') ORDER BY 1"
        )
        assert [name for (name,) in cursor.fetchall()] == [
            "audit_erase_old",
            "audit_erase_person",
            "microtasks_erase",
            "wall_scope",
        ]
