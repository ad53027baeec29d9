"""Only actions write; whoever writes says on whose behalf, and leaves a line in the log."""

import ast
import re

from tests.architecture.calls import RECORD, actions, entries, known_as, mentioned, reached, writes
from tests.architecture.sources import is_action, modules, named, report, tree
from tests.architecture.writing import writes_in

OUTSIDE_ACTIONS = {  # what else may write, and why
    "src/talkoo/lib/walls.py": "the key of the second wall, written by the owner at `talkoo migrate`: no data of anybody",
    "src/talkoo/desk/replay/stage.py": "signs recorded people in and out: rows of Django's session store, as the sign-in page makes them",
}
FOR_NOBODY = {  # entries that write without a `by`, and why
    "talkoo.access.actions.identities.person_recognised": "the provider says who it is; there is no session yet",
    "talkoo.people.actions.invitations.accept_invitation": "whoever holds the token holds the mailbox; there is no person yet",
    "talkoo.people.actions.invitations.join_organisation": "whoever holds the token holds the mailbox, signed in or not",
    "talkoo.notify.actions.calendars.read_feed": "whoever holds the token was given it by the person",
    "talkoo.notify.actions.choosing.stop_mail": "whoever holds the link of a mail holds the mailbox",
    "talkoo.people.actions.setup.make_first_administrator": "the first person is made by the operator's code",
}
OF_THE_SYSTEM = (
    ".jobs",
    ".cli",
    "talkoo.config.",
    "talkoo.desk.demo.",
    "talkoo.desk.replay.",
)  # jobs, and commands of the operator
OF_ONESELF = {  # what people change of themselves alone: the row is found by their own id
    "talkoo.access.actions.identities.person_recognised",  # and by what the provider vouches for
    "talkoo.access.actions.devices.use_token",  # nothing of a person at all: two hashes and a time
    "talkoo.access.actions.keeping.forget_form",
    "talkoo.access.actions.keeping.keep_form",
    "talkoo.access.actions.sessions.end_other_sessions",
    "talkoo.access.actions.sessions.note_use",
    "talkoo.access.actions.tokens.make_personal_token",
    "talkoo.microtasks.actions.guest_links.ask_for_link",  # writes no more than that somebody asked; the mail goes to the guest
    "talkoo.people.actions.arrangements.propose_arrangement",
    "talkoo.people.actions.homes.declare_home",
    "talkoo.people.actions.homes.remove_home",
    "talkoo.people.actions.looking.allow_looking",
    "talkoo.people.actions.looking.stop_looking",  # what they allowed, or began as a helper
    "talkoo.people.actions.persons.choose_language",
    "talkoo.microtasks.actions.instructions.put_change_aside",
    "talkoo.people.actions.persons.edit_profile",
    "talkoo.people.actions.persons.end_my_sessions",
    "talkoo.people.actions.persons.switch_keys",
    "talkoo.notify.actions.calendars.renew_feed",
    "talkoo.notify.actions.calendars.revoke_feed",
    "talkoo.notify.actions.choosing.choose",
    "talkoo.notify.actions.reading.mark_all_read",
    "talkoo.people.actions.skills.state_skill",
    "talkoo.people.actions.skills.state_skills",
}
JOINS = (  # doors that join the transaction of an action that was asked, has authorised and records
    "talkoo.access.actions.sessions.drop_sessions",
    "talkoo.audit.",
    "talkoo.microtasks.actions.guests.empty_absent_guests",  # and the next but one: of the job that forgets guests
    "talkoo.microtasks.actions.guests.empty_guests",
    "talkoo.people.actions.erasing.empty_past_guest",
    "talkoo.people.actions.guests.guest_person",
    "talkoo.notify.actions.announcing.",
    "talkoo.notify.actions.telling.",
)
WITHOUT_TRACE = {  # entries that write and record nothing, on purpose
    "talkoo.access.actions.devices.use_token": "that a token was used is kept for five minutes, of nobody in particular",
    "talkoo.access.actions.devices.forget_tokens": "tokens whose five minutes are over",
    "talkoo.access.actions.keeping.forget_form": "what somebody types before sending is nobody's business",
    "talkoo.access.actions.keeping.forget_forms": "forms whose quarter of an hour is over",
    "talkoo.access.actions.keeping.keep_form": "what somebody types before sending is nobody's business",
    "talkoo.access.actions.sessions.note_use": "when somebody works is nobody's business; one minute is kept, written over",
    "talkoo.notify.actions.calendars.read_feed": "when a calendar program looks is nobody's business",
    "talkoo.notify.actions.reading.mark_all_read": "when somebody looks at their list is nobody's business",
    "talkoo.notify.actions.reading.mark_read": "when somebody looks at their list is nobody's business",
    "talkoo.access.actions.counting.keep_counts": "sums of what was asked, of nobody; each of them is a line of its own elsewhere",
    "talkoo.access.actions.calls.count_call": "counters of the minute; what the call does is recorded there",
    "talkoo.access.actions.calls.keep_response": "the answer to what was recorded already",
    "talkoo.access.actions.calls.forget_responses": "answers whose day is over",
    "talkoo.microtasks.actions.assignments.renew_lease": "a heartbeat every few minutes would be surveillance",
    "talkoo.microtasks.actions.instructions.put_change_aside": "when somebody read a change is nobody's business",
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
    for kind in (
        ".save()",
        "objects.create()",
        "bulk_create()",
        ".update()",
        ".delete()",
        "DELETE FROM",
        "UPDATE ",
        "COPY ",
        "microtasks_claim",
        "audience.set()",
    ):
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
        found += [
            f"{named(path)}: {name}" for name in known_as(path).values() if name.startswith("talkoo.audit.models")
        ]
        found += [f"{named(path)}:{line}: {words}" for line, words in writes_in(tree(path)) if "audit_event" in words]
    assert not found, report(found)


def _of_the_system(users: set[str]) -> bool:
    return all(user.endswith(OF_THE_SYSTEM[:2]) or user.startswith(OF_THE_SYSTEM[2:]) for user in users)


def test_every_action_that_writes_is_asked_on_whose_behalf():
    """`by` first, every argument named. What only jobs and the operator's commands call acts for the system itself."""
    asking = [
        f"{actions()[name].where} (used by {', '.join(sorted(users))})"
        for name, users in sorted(entries().items())
        if writes(name) and name not in FOR_NOBODY and not name.startswith(JOINS) and not actions()[name].asks_who
        if not _of_the_system(users)
    ]
    assert not asking, report(asking)


def test_every_action_authorises_before_it_writes():
    """Denial first: through `authorise` or through a query that hands out only what the person may have."""
    asks = re.compile(r"authorise|stopped_by|\.access_|open_invitation|open_link|check_setup_code|\bown_batch|\.let_in")
    open_doors = [
        actions()[name].where
        for name, users in sorted(entries().items())
        if writes(name) and not _of_the_system(users) and not name.startswith(JOINS) and name not in OF_ONESELF
        if not any(asks.search(each) for each in reached(name))
    ]
    assert not open_doors, report(open_doors)


def test_every_write_is_recorded():
    silent = [
        actions()[name].where
        for name in sorted(entries())
        if name not in WITHOUT_TRACE and writes(name) and RECORD not in reached(name) and not name.startswith(JOINS)
    ]
    assert not silent, report(silent)


def test_every_write_is_one_transaction():
    """Its rows and its line in the log stand or fall together."""
    torn = []
    for name in sorted(entries()):
        action = actions()[name]
        inside = {name, *(each for each in reached(name) if each in actions())}
        atomic = any("atomic" in ast.unparse(actions()[each].node) for each in inside)
        if writes(name) and not atomic and not name.startswith(JOINS):
            torn.append(action.where)
    assert not torn, report(torn)


def test_views_and_forms_do_not_speak_sql():
    """They ask queries; what they need to know stands there once."""
    raw = {"django.db.connection", "django.db.connections"}
    web = [path for path in modules() if re.search(r"/(views|forms)(/|\.py)", named(path))]
    found = [named(path) for path in web if raw & set(known_as(path).values())]
    assert not found, report(found)


def test_exceptions_are_needed():
    """An exception that nothing needs any more is taken out of its list."""
    idle = [name for name in FOR_NOBODY if name not in entries() or actions()[name].asks_who]
    idle += [name for name in OF_ONESELF if name not in entries()]
    idle += [name for name in WITHOUT_TRACE if name not in entries() or RECORD in reached(name)]
    idle += [
        name
        for name in OUTSIDE_ACTIONS
        if not any(named(path) == name and list(writes_in(tree(path))) for path in modules())
    ]
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
