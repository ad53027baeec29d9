"""Only actions write; whoever writes says on whose behalf, and leaves a line in the log."""

import ast
import re

from tests.architecture.calls import RECORD, actions, entries, known_as, mentioned, reached, writes
from tests.architecture.sources import is_action, modules, named, report, tree
from tests.architecture.writing import writes_in

OUTSIDE_ACTIONS: dict[str, str] = {  # what else may write, and why
}
FOR_NOBODY = {  # entries that take no `by`, and why
    "talkoo.access.actions.authorise": "asks, and writes nothing: `by` comes first so that it reads as a sentence",
    "talkoo.people.actions.invitations.accept_invitation": "whoever holds the token holds the mailbox; there is no person yet",
    "talkoo.people.actions.invitations.join_organisation": "whoever holds the token holds the mailbox, signed in or not",
    "talkoo.people.actions.invitations.open_invitation": "reads what a token opens, before anybody is known",
    "talkoo.people.actions.setup.check_setup_code": "compares the one-time code of the first run, before anybody exists",
    "talkoo.people.actions.setup.make_first_administrator": "the first person is made by the operator's code",
}
WITHOUT_TRACE = {  # entries that write and record nothing, on purpose
    "talkoo.microtasks.actions.assignments.renew_lease": "a heartbeat every few minutes would be surveillance",
    "talkoo.microtasks.actions.assignments.save_draft": "what somebody types before sending is nobody's business",
}


def test_only_actions_write():
    elsewhere = [
        f"{named(path)}:{line}: {words}"
        for path in modules()
        if not is_action(path) and named(path) not in OUTSIDE_ACTIONS
        for line, words in writes_in(tree(path))
    ]
    assert not elsewhere, report(elsewhere)


def test_the_sweep_finds_writes_where_there_are_some():
    """A rule that finds nothing anywhere guards nothing: it must see what the actions do."""
    found = " ".join(words for path in modules() if is_action(path) for _line, words in writes_in(tree(path)))
    for kind in (".save()", "objects.create()", "bulk_create()", ".update()", ".delete()", "DELETE FROM", "UPDATE ", "COPY ", "microtasks_claim", "audience.set()"):
        assert kind in found, kind


def test_nobody_listens_to_signals():
    """What happens after a write stands in the action that writes."""
    found = [
        f"{named(path)}: {name}"
        for path in modules()
        for name in known_as(path).values()
        if re.search(r"^django\.dispatch|\.signals(\.|$)", name)
    ]
    assert not found, report(found)


def test_the_log_is_written_through_its_one_door():
    found = []
    for path in modules():
        if named(path).startswith("src/talkoo/audit/"):
            continue
        found += [f"{named(path)}: {name}" for name in known_as(path).values() if name.startswith("talkoo.audit.models")]
        found += [f"{named(path)}:{line}: {words}" for line, words in writes_in(tree(path)) if "audit_event" in words]
    assert not found, report(found)


def _jobs_only(users: set[str]) -> bool:
    return all(user.endswith((".jobs", ".cli")) or user.split(".")[2:3] == ["actions"] for user in users)


def test_every_action_is_asked_on_whose_behalf():
    """`by` first, every argument named. What only jobs and the operator's commands call acts for the system itself."""
    asking = [
        f"{actions()[name].where} (used by {', '.join(sorted(users))})"
        for name, users in sorted(entries().items())
        if name not in FOR_NOBODY and not name.startswith("talkoo.audit.") and not actions()[name].asks_who and not _jobs_only(users)
    ]
    assert not asking, report(asking)


def test_every_write_is_recorded():
    silent = [
        actions()[name].where
        for name in sorted(entries())
        if name not in WITHOUT_TRACE and writes(name) and RECORD not in reached(name) and not name.startswith("talkoo.audit.")
    ]
    assert not silent, report(silent)


def test_every_write_is_one_transaction():
    """Its rows and its line in the log stand or fall together."""
    torn = []
    for name in sorted(entries()):
        action = actions()[name]
        inside = {name, *(each for each in reached(name) if each in actions())}
        if writes(name) and not any("atomic" in ast.unparse(actions()[each].node) for each in inside):
            torn.append(action.where)
    assert not torn, report([each for each in torn if "src/talkoo/audit/" not in each])


def test_views_and_forms_do_not_speak_sql():
    """They ask queries; what they need to know stands there once."""
    found = []
    for path in modules():
        if re.search(r"/(views|forms)(/|\.py)", named(path)) and {"django.db.connection", "django.db.connections"} & set(known_as(path).values()):
            found.append(named(path))
    assert not found, report(found)


def test_exceptions_are_needed():
    """An exception that nothing needs any more is taken out of its list."""
    idle = [name for name in FOR_NOBODY if name not in entries() or actions()[name].asks_who]
    idle += [name for name in WITHOUT_TRACE if name not in entries() or RECORD in reached(name)]
    idle += [name for name in OUTSIDE_ACTIONS if not any(named(path) == name and list(writes_in(tree(path))) for path in modules())]
    assert not idle, report(idle)


def test_objects_are_not_fetched_past_the_door():
    """A row is reached through a query that knows who asks, never by its code alone."""
    found = [
        f"{named(path)}: {name.rsplit('.', 1)[1]}"
        for path in modules()
        if "/views" in named(path)
        for name in mentioned(tree(path), known_as(path))
        if name in {"django.shortcuts.get_object_or_404", "django.shortcuts.get_list_or_404"}
    ]
    assert not found, report(found)
