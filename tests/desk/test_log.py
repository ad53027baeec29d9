"""The log as auditors see it: their organisations' entries in words, narrowed, with proof to take along."""

import ast
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.audit import actions as audit
from talkoo.audit import outside, verify
from talkoo.audit.actions.erasing import erase_person_payloads
from talkoo.audit.actions.sequencing import sequence_all
from talkoo.audit.actions.signing import begin_key, sign
from talkoo.audit.models import Event
from talkoo.audit.queries import state
from talkoo.audit.queries.events import PER_PAGE
from talkoo.desk.log_words import ACTIONS, AREAS
from talkoo.engines.ledger import Checkpoint, signed
from talkoo.microtasks.models import Batch
from talkoo.people.models import Person
from tests.microtasks.made import open_batch
from tests.people import erased_person, organisation, person, subject

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def house(settings, tmp_path):
    settings.AUDIT_KEY, settings.AUDIT_CHECKPOINTS = tmp_path / "key", tmp_path / "outside"


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def norrby(region):
    return organisation("Norrby", region)


@pytest.fixture
def amina(norrby):
    return subject("Amina", norrby)


@pytest.fixture
def jonas(norrby):
    return subject("Jonas", norrby, Role.TASK_OWNER)


def client_of(home, *roles, name="Ingrid"):
    client = Client()
    client.force_login(person(name, home, *roles))
    return client


@pytest.fixture
def auditor(norrby):
    return client_of(norrby, Role.AUDITOR)


def done(by, action="microtasks.task.taken", on=("thing", "abc"), **facts):
    audit.record(by=by, action=action, on=on, organisation_id=by.organisation_id if by else None, **facts)


def look(client, **asked):
    answer = client.get(reverse("log"), asked)
    assert answer.status_code == 200
    return answer.text


def rows(page):
    return re.findall(r"<tr role=\"row\">\s*<td.*?</tr>", page, re.DOTALL)


def test_only_auditors_and_security_officers_look_into_the_log(norrby):
    for roles in ((), (Role.COORDINATOR,), (Role.ADMINISTRATOR,), (Role.TASK_OWNER,)):
        answer = client_of(norrby, *roles).get(reverse("log"))
        assert answer.status_code == 403
    assert client_of(norrby, Role.SECURITY_OFFICER).get(reverse("log")).status_code == 200


def test_an_entry_says_in_words_what_happened_by_whom_and_on_what(auditor, amina, norrby):
    target = Person.objects.get(pk=amina.person_id)
    done(amina, "people.skill.stated", ("person", target.code))
    (row,) = rows(look(auditor))
    assert all(words in row for words in ("Amina", "Stated a skill", "Norrby", "Person"))
    assert "people.skill.stated" not in row


def test_an_act_without_words_is_shown_by_its_name(auditor, amina):
    done(amina, "future.thing.happened")
    assert "future.thing.happened" in rows(look(auditor))[0]


def test_nothing_of_other_organisations_is_seen_by_page_by_number_or_by_proof(auditor, region):
    other = subject("Rashid", organisation("Söderby", region))
    begin_key(name="talkoo.test/audit", renew=False)
    done(other)
    sequence_all()
    sign(now=NOW)
    assert rows(look(auditor)) == []
    for number in (0, 1, 2, 10**17):
        assert auditor.get(reverse("log_entry", args=[number])).status_code == 404
        assert auditor.post(reverse("log_proof", args=[number])).status_code == 404


def test_what_belongs_to_no_organisation_is_for_those_who_look_after_the_whole_tree(auditor, region):
    done(None, "notify.mail.posted", ("mail", "all"))
    assert rows(look(auditor)) == []
    assert "Mails went out" in rows(look(client_of(region, Role.AUDITOR, name="Petra")))[0]


def test_refusals_belong_to_the_organisation_of_who_was_refused(auditor, norrby):
    client_of(norrby, name="Curious").get(reverse("log"))
    (row,) = rows(look(auditor, area="access.refused"))
    assert "Curious" in row
    assert "/log/" in row


def test_the_log_tells_no_title_of_work_that_is_not_for_whoever_reads_it(auditor, jonas, norrby):
    batch = open_batch(jonas, norrby, title="Raid on the harbour", sensitivity=3)
    done(jonas, "microtasks.batch.opened", ("batch", batch.code))
    (row,) = rows(look(auditor))
    assert (batch.code in row, "Raid" in row) == (True, False)
    assert [len(rows(look(auditor, thing=words))) for words in ("raid", batch.code)] == [0, 1]
    Batch.objects.update(sensitivity=0)
    (row,) = rows(look(auditor, thing="raid"))
    assert "Raid on the harbour" in row


def test_entries_are_narrowed_by_who_what_and_day(auditor, amina, jonas, norrby):
    done(amina)
    done(jonas, "microtasks.batch.opened", ("batch", "b1"))
    done(jonas, "people.membership.granted", ("person", Person.objects.get(pk=amina.person_id).code))
    event = Event.objects.earliest("pk")
    asked = [
        ({"who": "amina"}, 1), ({"who": "nobody"}, 0), ({"thing": "b1"}, 1), ({"thing": "Amina"}, 1), ({"kind": "batch"}, 1),
        ({"area": "people."}, 1), ({"system": "1"}, 0), ({"since": event.at.date().isoformat()}, 3), ({"since": "2999-01-01"}, 0),
        ({"until": "2000-01-01"}, 0), ({"until": event.at.date().isoformat()}, 3), ({"organisation": str(norrby.pk)}, 3),
        ({"since": "yesterday", "before": "x", "kind": "nothing", "area": "'", "organisation": "99"}, 3),
    ]  # fmt: skip
    for narrowing, number in asked:
        assert len(rows(look(auditor, **narrowing))) == number, narrowing


def test_a_foreign_organisation_in_the_address_opens_nothing(auditor, region):
    foreign = organisation("Söderby", region)
    done(subject("Rashid", foreign))
    assert rows(look(auditor, organisation=str(foreign.pk))) == []


def test_pages_follow_each_other_without_a_gap_and_keep_what_was_asked(auditor, amina):
    for number in range(PER_PAGE + 3):
        done(amina, on=("thing", f"t{number:02}"))
    first = look(auditor, who="Amina")
    older = re.search(r'rel="next" href="([^"]+)"', first)[1].replace("&amp;", "&")
    second = auditor.get(reverse("log") + older).text
    seen = re.findall(r">t(\d\d)</code>", first + second)
    assert seen == [f"{number:02}" for number in reversed(range(PER_PAGE + 3))]
    assert "who=Amina" in older
    assert 'rel="next"' not in second


def test_a_page_of_many_takes_as_few_queries_as_one_of_few(auditor, amina, jonas, django_assert_max_num_queries):
    for number in range(PER_PAGE + 1):
        done((amina, jonas)[number % 2], on=(("batch", "person", "organisation")[number % 3], f"c{number}"))
    sequence_all()
    with django_assert_max_num_queries(12):
        look(auditor)
    before = Event.objects.latest("pk").pk
    with django_assert_max_num_queries(14):
        look(auditor, who="a", thing="c", before=before)


def test_the_state_of_the_log_is_said_before_and_after_the_first_signature(auditor, amina):
    done(amina)
    page = look(auditor)
    assert "1 waits for one" in page
    assert "Nothing was signed yet" in page
    begin_key(name="talkoo.test/audit", renew=False)
    sequence_all()
    sign(now=NOW)
    done(amina)
    sequence_all()
    assert "The last checkpoint covers 2 entries" in look(auditor)
    assert "1 newer entry is not covered yet" in look(auditor)


def test_a_long_inbox_is_not_counted_to_its_end(auditor, amina, monkeypatch):
    monkeypatch.setattr(state, "COUNTED", 2)
    for _ in range(3):
        done(amina)
    page = look(auditor)
    assert "More than 2 wait for one" in page
    assert "3 wait" not in page


def test_who_looks_for_something_that_is_not_there_is_told_so(auditor):
    assert "Nothing has happened yet" in look(auditor)
    assert "Nothing is found" in look(auditor, who="nobody")


def test_the_details_of_an_entry_are_shown_until_they_are_erased(auditor, amina):
    done(
        amina,
        "people.membership.granted",
        ("person", "katta234"),
        role="auditor",
        days=[1, 2],
        more={"a": True},
        none=None,
    )
    sequence_all()
    page = auditor.get(reverse("log_entry", args=[0])).text
    assert all(words in page for words in ("Gave a role", "auditor", "1, 2", "a: yes", "people.membership.granted"))
    erased_person()
    erase_person_payloads(by=amina, code="katta234")
    page = auditor.get(reverse("log_entry", args=[0])).text
    assert "were erased" in page
    assert "1, 2" not in page


def test_the_proof_of_an_entry_is_verified_elsewhere_and_taking_it_is_logged(auditor, amina, tmp_path):
    key = begin_key(name="talkoo.test/audit", renew=False)
    done(amina, "microtasks.answer.sent", answer="yes")
    sequence_all()
    assert auditor.post(reverse("log_proof", args=[1])).status_code == 409
    sign(now=NOW)
    answer = auditor.post(reverse("log_proof", args=[1]))
    assert 'filename="entry-1.json"' in answer["Content-Disposition"]
    good = run(tmp_path, answer.text, str(key.key))
    assert (good.returncode, "entry 1 of 2 signed at 2026-11-28T09:00:00Z" in good.stdout) == (0, True), good.stdout
    assert run(tmp_path, answer.text.replace("answer.sent", "answer.lost"), str(key.key)).returncode == 1
    assert run(tmp_path, answer.text.replace("yes", "no"), str(key.key)).returncode == 1
    assert Event.objects.get(action="audit.proof.taken").code == "1"


def run(folder, text, key):
    (folder / "proof.json").write_text(text)
    words = [sys.executable, "-I", str(Path(verify.__file__)), str(folder / "proof.json"), "--key", key]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_a_checkpoint_that_was_kept_is_held_against_the_log_with_a_proof(auditor, amina, tmp_path):
    key = begin_key(name="talkoo.test/audit", renew=False)
    sequence_all()
    sign(now=NOW)
    kept = outside.newest()[1]
    for _ in range(4):
        done(amina)
    sequence_all()
    sign(now=NOW)
    answer = auditor.post(reverse("log_check"), {"note": kept.replace("\n", "\r\n")})
    assert "Nothing was removed, changed or moved." in answer.text
    proof = auditor.post(reverse("log_check"), {"note": kept, "take": "1"})
    good = run(tmp_path, proof.text, str(key.key))
    assert (good.returncode, "the 1 entries signed" in good.stdout) == (0, True), good.stdout
    body = json.loads(proof.text)
    body["proof"][0] = "00" * 32
    assert run(tmp_path, json.dumps(body), str(key.key)).returncode == 1


def test_a_checkpoint_that_does_not_fit_is_an_alarm_and_one_of_others_is_refused(auditor, amina):
    key = begin_key(name="talkoo.test/audit", renew=False)
    done(amina)
    sequence_all()
    for size, words in ((9, "7 entries that were signed are not there"), (2, "were removed, changed or moved after")):
        note = signed(Checkpoint("talkoo.test/audit", size, bytes(32), "2026-11-28T09:00:00Z").text(), key)
        answer = auditor.post(reverse("log_check"), {"note": note})
        assert "The log does not begin with this checkpoint." in answer.text
        assert words in answer.text
    refused = auditor.post(reverse("log_check"), {"note": "anything"})
    assert refused.status_code == 422
    assert "no checkpoint that this log has signed" in refused.text


def words_in(node):
    """The words that a value written in the source can be."""
    if isinstance(node, ast.IfExp):
        return words_in(node.body) | words_in(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) else set()


def put_together(function):
    """`action=f"area.thing.{word}"` in a function: what stands before the word, and the word."""
    given = [each.value for each in ast.walk(function) if isinstance(each, ast.keyword) and each.arg == "action"]
    return [(each.values[0].value, each.values[1].value) for each in given if isinstance(each, ast.JoinedStr)]


def recorded(path, helpers):
    """The acts that the calls of a module record by way of `helpers`: by function, what stands before and which argument."""
    tree = ast.parse(path.read_text())
    own = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
    brought = [each for each in ast.walk(tree) if isinstance(each, ast.ImportFrom) and each.module]
    homes = {name.name: each.module.removeprefix("talkoo.") for each in brought for name in each.names}
    here = ".".join(path.relative_to("src/talkoo").with_suffix("").parts)
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name):
            name = call.func.id
            before, at = helpers.get((here if name in own else homes.get(name), name), ("", len(call.args)))
            yield from (before + word for word in (words_in(call.args[at]) if at < len(call.args) else ()))


def test_every_act_that_the_product_records_has_its_words():
    """Where the name is written out in the source, and where a helper puts it together of a word it is given."""
    paths, helpers, written = list(Path("src/talkoo").rglob("*.py")), {}, set()
    for path in paths:
        written |= set(re.findall(r'action="([a-z_]+\.[a-z_.-]+)"', path.read_text()))
        here = ".".join(path.relative_to("src/talkoo").with_suffix("").parts)
        functions = [each for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.FunctionDef)]
        for function, (before, word) in ((each, found) for each in functions for found in put_together(each)):
            written |= {before + each for each in words_in(word)}
            if isinstance(word, ast.Name):
                helpers[here, function.name] = before, [each.arg for each in function.args.args].index(word.id)
    written |= {act for path in paths for act in recorded(path, helpers)}
    assert {"people.measures.agreed", "people.clearance.given", "people.membership.granted"} <= written
    assert sorted(written - set(ACTIONS)) == []
    assert {area for area in AREAS if not area.endswith(".")} == {"access.refused"}
