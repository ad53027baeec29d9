"""A page asks the database as often for many rows as for few, and never more than twelve times."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.audit import actions as audit
from talkoo.microtasks.actions.assignments import report_problem
from talkoo.microtasks.actions.instructions import edit_instructions
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.actions.questions import ask_question, reply_to_questions
from talkoo.microtasks.actions.results import send_to_review
from talkoo.microtasks.models import Assignment, Batch, Guest, Tally, Task
from talkoo.notify.actions.telling import tell
from talkoo.notify.models import Attempt, Delivery, Endpoint
from talkoo.people.actions.plans import add_step, begin_plan
from talkoo.people.models import Invitation, Membership, Organisation, Person, PersonSkill, Skill
from talkoo.people.queries import subject_of
from tests import people as cast
from tests.architecture.conftest import undone
from tests.architecture.sources import report
from tests.architecture.world import World, batch_of
from tests.microtasks.made import send, take

MOST = 12  # session, user and subject included
MANY = 12
Grow = Callable[[World, Organisation, int], None]


def more_batches(world: World, north: Organisation, n: int) -> None:
    """Open ones, each asking for a skill of its own, some answered by the contributor."""
    by = world.people["contributor"]
    for number in range(n):
        batch = batch_of(world, north, f"Batch {number}", tasks=3, adaptive=False, least=2, most=2, may_choose=True)
        send(by, take(by, batch, 1), batch.config["options"][0])
        skill = Skill.objects.create(code=f"skill-{number}", name=f"Skill {number}", category="Law")
        PersonSkill.objects.create(person_id=by.person_id, skill=skill, level=2, grow=bool(number % 2))
        batch.skills.add(skill)
        batch.audience.add(cast.organisation(f"Office {number}", north))


def more_answers(world: World, north: Organisation, n: int) -> None:
    """A batch on whose tasks people of several organisations differ, with notes and reports."""
    batch = batch_of(world, north, "Much answered", tasks=n, adaptive=False, least=2, most=2, may_choose=True)
    world.at["grown"] = {"code": batch.code}
    for number in range(1, n + 1):
        for who, choice in (("contributor", 0), ("second", number % 2)):
            by = world.people[who]
            held = take(by, batch, number)
            report_problem(by=by, code=str(held.code), text="Upside down")
            send(by, held, batch.config["options"][choice], note="See page two")


def more_words(world: World, north: Organisation, n: int) -> None:
    """A batch whose instructions changed time and again while the contributor answered."""
    batch = batch_of(world, north, "Often reworded", tasks=n, adaptive=False, least=2, most=2, may_choose=True)
    world.at["reworded"] = {"code": batch.code}
    by, owner = world.people["contributor"], world.people["owner"]
    for number in range(1, n + 1):
        send(by, take(by, batch, number), batch.config["options"][0])
        edit_instructions(by=owner, code=batch.code, question=f"Which, {number}?", help="One", version=number)


def more_questions(world: World, north: Organisation, n: int) -> None:
    """On the item in the contributor's hands and on others, with replies for one item and for everybody."""
    code, batch = str(world.at["assignment"]["code"]), Batch.objects.get(**world.at["batch"])
    for number in range(n):
        asked = ask_question(by=world.people["contributor"], code=code, text=f"Does lamp {number} count?")
        ask_question(by=world.people["contributor"], code=code, text=f"Or lamp {number}?")
        reply_to_questions(
            by=world.people["owner"], batch=batch, question=asked.pk, text="Yes", shown=asked.text,
            everywhere=bool(number % 2),
        )  # fmt: skip


def more_known(world: World, north: Organisation, n: int) -> None:
    """Items of the draft with a known answer."""
    batch = Batch.objects.get(**world.at["draft"])
    for number in range(10, 10 + n):
        task = Task.objects.create(batch=batch, number=number, pos=number, name=f"Letter {number}")
        Batch.objects.filter(pk=batch.pk).update(tasks_total=F("tasks_total") + 1)
        mark_known(by=world.people["owner"], code=batch.code, number=task.number, value=batch.config["options"][0])


def more_known_work(world: World, north: Organisation, n: int) -> None:
    """Items of the open batch for practice, one of them tried, and others to measure by."""
    batch = Batch.objects.get(**world.at["batch"])
    for number in range(100, 100 + n):
        task = Task.objects.create(batch=batch, number=number, pos=number, name=f"Letter {number}")
        Batch.objects.filter(pk=batch.pk).update(tasks_total=F("tasks_total") + 1)
        mark_known(
            by=world.people["owner"], code=batch.code, number=task.number, value=batch.config["options"][0],
            practice=bool(number % 2),
        )  # fmt: skip
    Batch.objects.filter(pk=batch.pk).update(control_every=3)


def more_reviews(world: World, north: Organisation, n: int) -> None:
    for number in range(n):
        batch = batch_of(world, north, f"Batch {number}", tasks=1, adaptive=False, least=2, most=2)
        send(world.people["second"], take(world.people["second"], batch), batch.config["options"][0])
        send_to_review(by=world.people["owner"], batch=batch, number=1)


def more_that_is_stuck(world: World, north: Organisation, n: int) -> None:
    more_reviews(world, north, n)
    Batch.objects.update(created=timezone.now() - timedelta(days=30), opened=timezone.now() - timedelta(days=30))
    Assignment.objects.update(answered=timezone.now() - timedelta(days=30))
    Tally.objects.update(moved=None)


def more_people(world: World, north: Organisation, n: int) -> None:
    office = cast.organisation("Office", north)
    for number in range(n):
        person = cast.person(f"Person {number}", north, Role.TASK_OWNER)
        Membership.objects.create(person=person, organisation=office, role=Role.COORDINATOR)
        Invitation.objects.create(
            token_hash=f"{number}", email=f"new{number}@test.example", organisation=office, invited_by=person,
            expires=timezone.now() + timedelta(days=3),
        )  # fmt: skip


def more_organisations(world: World, north: Organisation, n: int) -> None:
    for number in range(n):
        place = cast.organisation(f"Office {number}", north)
        cast.person(f"Clerk {number}", cast.organisation(f"Desk {number}", place))


def more_of_mine(world: World, north: Organisation, n: int) -> None:
    me = Person.objects.get(pk=world.people["contributor"].person_id)
    for number in range(n):
        skill = Skill.objects.create(code=f"mine-{number}", name=f"Skill {number}", category=f"Category {number}")
        PersonSkill.objects.create(person=me, skill=skill, level=2)
        Membership.objects.create(
            person=me, organisation=cast.organisation(f"Office {number}", north), role=Role.CONTRIBUTOR
        )


def more_notices(world: World, north: Organisation, n: int) -> None:
    """Of every kind in turn, each about a batch of its own."""
    me = world.people["contributor"].person_id
    for number in range(n):
        batch = batch_of(world, north, f"Batch {number}", tasks=1)
        for kind in ("batch.offered", "batch.closed", "problem.answered", "batch.settled"):
            tell(to=[me], kind=kind, about=("batch", batch.code), link="/", once=f"{kind}:{batch.code}")
        tell(
            to=[me],
            kind="role.granted",
            about=("organisation", north.code),
            link="/",
            once=f"r:{number}",
            role="auditor",
        )


def more_entries(world: World, north: Organisation, n: int) -> None:
    """By many, on things of each kind that has a name."""
    for number in range(n):
        by = subject_of(cast.person(f"Clerk {number}", north))
        person = Person.objects.get(pk=by.person_id)
        for kind, code in (("batch", world.at["batch"]["code"]), ("person", person.code), ("organisation", north.code)):
            audit.record(by=by, action="test.done", on=(kind, code), organisation_id=north.pk)


def more_webhooks(world: World, north: Organisation, n: int) -> None:
    """With messages in their logs, each tried twice."""
    for number in range(n):
        endpoint = Endpoint.objects.create(
            organisation_id=north.pk, url=f"https://h{number}.test.example/", events=[], secret=""
        )
        for each in (endpoint, Endpoint.objects.get(**world.at["webhook"])):
            delivery = Delivery.objects.create(endpoint=each, type="batch.opened", body="{}")
            Attempt.objects.bulk_create([Attempt(delivery=delivery, status=500), Attempt(delivery=delivery)])


def more_plans(world: World, north: Organisation, n: int) -> None:
    """Plans of few steps, and one of many, each about an office of its own with people, roles and offers."""
    by, day = world.people["administrator"], timezone.localdate() + timedelta(days=9)
    region = Organisation.objects.get(**world.at["organisation:region"])
    plan = begin_plan(by=by, name="Much changed", organisation=region, day=day)
    for number in range(n):
        begin_plan(by=by, name=f"Plan {number}", organisation=region, day=day)
        office = cast.organisation(f"Office {number}", north)
        cast.person(f"Clerk {number}", office, Role.COORDINATOR)
        Batch.objects.get(**world.at["batch"]).audience.add(office)
    by = subject_of(Person.objects.get(pk=by.person_id))
    for office in Organisation.objects.filter(name__startswith="Office"):
        add_step(by=by, plan=plan, kind="merge", organisation=office, target=north)
    world.at["many steps"] = {"code": plan.code}


def more_guests(world: World, north: Organisation, n: int) -> None:
    batch, until = Batch.objects.get(**world.at["visited"]), timezone.now() + timedelta(days=9)
    for number in range(n):
        Guest.objects.create(batch=batch, email=f"g{number}@outside.example", name=f"Guest {number}", until=until)


LISTS: dict[str, tuple[str, str, Grow]] = {  # the page, who opens it, and what there is more of
    "home of a contributor": ("home", "contributor", more_batches),
    "home of an owner": ("home", "owner", more_batches),
    "home of a reviewer": ("home", "reviewer", more_reviews),
    "board": ("board", "contributor", more_batches),
    "welcome": ("welcome", "contributor", more_batches),
    "my batches": ("batches", "owner", more_batches),
    "results of a batch": ("batch", "owner", more_answers),
    "known answers": ("batch_edit known", "owner", more_known),
    "a known answer": ("task_known", "owner", more_answers),
    "one task": ("task", "owner", more_answers),
    "reviews": ("reviews", "reviewer", more_reviews),
    "one review": ("review", "reviewer", more_answers),
    "stuck batches": ("stuck", "coordinator", more_that_is_stuck),
    "stuck invitations": ("stuck", "coordinator", more_people),
    "people": ("people", "coordinator", more_people),
    "one person": ("person", "coordinator", more_people),
    "leaving": ("person_close", "coordinator", more_batches),
    "skills of the house": ("skills_all", "administrator", more_of_mine),
    "moving": ("person_move", "coordinator", more_people),
    "invite": ("invite", "coordinator", more_organisations),
    "organisations": ("organisations", "administrator", more_organisations),
    "the tree on a day": ("organisations_on ?day=2030-01-01", "administrator", more_plans),
    "reorganisations": ("plans", "administrator", more_plans),
    "one reorganisation": ("plan", "administrator", more_plans),
    "a step of it": ("plan_step", "administrator", more_plans),
    "its decision": ("plan_decide", "administrator", more_plans),
    "my record": ("record", "contributor", more_of_mine),
    "skills": ("skills", "contributor", more_of_mine),
    "webhooks": ("webhooks", "owner", more_webhooks),
    "one webhook": ("webhook", "owner", more_webhooks),
    "notices": ("notices", "contributor", more_notices),
    "what one is told": ("notice_choices", "contributor", more_notices),
    "work": ("work", "contributor", more_answers),
    "nothing left": ("work ?none=1", "contributor", more_answers),
    "an assignment": ("assignment", "contributor", more_answers),
    "one's own answers": ("work_answers", "contributor", more_words),
    "questions of a batch": ("batch_questions", "owner", more_questions),
    "one question": ("batch_question", "reviewer", more_questions),
    "work with replies": ("work", "contributor", more_questions),
    "an item with replies": ("assignment", "contributor", more_questions),
    "instructions": ("batch_instructions", "owner", more_words),
    "who may take part": ("batch_edit", "owner", more_organisations),
    "columns of a file": ("batch_edit columns", "owner", more_batches),
    "data protection": ("batch_edit data", "owner", more_organisations),
    "register": ("register", "officer", more_batches),
    "log": ("log", "officer", more_entries),
    "guests of a batch": ("batch_guests", "owner", more_guests),
    "guests of an organisation": ("guests", "administrator", more_guests),
    "a guest's first page": ("guest_home", "guest", more_guests),
    "hold": ("batch_hold", "officer", more_batches),
    "before opening": ("batch_edit check", "owner", more_people),
    "before opening, with known answers": ("batch_edit check", "owner", more_known),
    "work with known answers": ("work", "contributor", more_known_work),
}
WHERE = {
    "webhook": "webhook",
    "person": "person:contributor",
    "person_close": "person:owner",
    "person_move": "person:contributor",
    "task": "task",
    "task_known": "task",
    "review": "review",
    "assignment": "assignment",
    "work": "batch",
    "work_answers": "batch",
    "batch_instructions": "batch",
    "batch_questions": "batch",
    "batch_question": "question",
    "batch_guests": "visited",
    "batch_hold": "held",
}


def _address(world: World, page: str) -> str:
    name, _space, step = page.partition(" ")
    if name == "batch":
        return reverse(name, kwargs=world.at.get("grown", world.at["batch"]))
    if name in {"plan", "plan_decide"}:
        return reverse(name, kwargs=world.at["many steps"])
    if name == "plan_step":
        return reverse(name, kwargs={**world.at["many steps"], "kind": "merge"})
    if "reworded" in world.at:
        return reverse(name, kwargs=world.at["reworded"])
    if name == "batch_edit":
        return reverse(name, kwargs={**world.at["draft"], "step": step or "audience"})
    return reverse(name, kwargs=world.at[WHERE[name]] if name in WHERE else {}) + step


def _asked(world: World, page: str, who: str) -> list[str]:
    """The statements that one visit of a page takes; a first visit warms what is kept between requests."""
    address = _address(world, page)
    assert world.client(who).get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as caught:
        world.client(who).get(address)
    return [" ".join(query["sql"].split())[:160] for query in caught.captured_queries]


@pytest.mark.parametrize("name", LISTS)
def test_more_rows_take_no_more_queries(world, name):
    page, who, grow = LISTS[name]
    north = Organisation.objects.get(**world.at["organisation:north"])
    counts = []
    for n in (2, MANY):
        with undone():
            grow(world, north, n)
            counts.append(_asked(world, page, who))
            world.at.pop("grown", None)
            world.at.pop("reworded", None)
    few, many = counts
    assert len(many) <= len(few), report([f"{len(few)} queries became {len(many)}", *many])
    assert len(many) <= MOST, report([f"{len(many)} queries", *many])


def test_every_list_page_is_counted():
    counted = {page.partition(" ")[0] for page, _who, _grow in LISTS.values()}
    assert {"home", "board", "batches", "batch", "reviews", "people", "organisations", "record"} <= counted
