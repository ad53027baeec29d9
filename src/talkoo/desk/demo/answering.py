"""Partly answered batches: people come over the days, answer, disagree, report problems; some tasks reach a reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from talkoo.access.subject import Subject
from talkoo.desk.demo import rewording
from talkoo.desk.demo.answers import Voice, answer_of
from talkoo.desk.demo.batches import owner_of
from talkoo.desk.demo.calendar import Calendar, at
from talkoo.desk.demo.content import rows_of
from talkoo.microtasks.actions import recorded
from talkoo.microtasks.actions.assignments import report_problem, save_draft
from talkoo.microtasks.actions.questions import ask_question, reply_to_questions
from talkoo.microtasks.actions.results import reply_to_problem, review_task, send_to_review
from talkoo.microtasks.models import Assignment, Batch, Task, TaskState
from talkoo.microtasks.task_types import task_type
from talkoo.people.models import Person
from talkoo.people.queries import subject_of

WINDOW = 14  # tasks at which people are at the same time
SURE = 93  # of 100 results right: from here on two answers alike are not enough
WAITING = 4  # tasks that still wait for a reviewer
Raw = Mapping[str, Any]


@dataclass
class Play:
    """One batch being answered. `waiting` holds tasks with how many answers they may get (0: until settled)."""

    batch: Batch
    raw: Raw
    plan: Raw
    people: Mapping[str, Raw]
    rng: Random
    subjects: dict[str, Subject]
    rows: dict[str, dict[str, str]]
    tasks: dict[str, int]
    waiting: list[str] = field(default_factory=list)
    few: set[str] = field(default_factory=set)
    gave: dict[str, list[str]] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)
    record: list[recorded.Recorded] = field(default_factory=list)
    must: dict[str, list[str]] = field(default_factory=dict)
    cannot: dict[str, list[Raw]] = field(default_factory=dict)


def play(batch: Batch, raw: Raw, answering: Raw) -> None:
    """Answer the batch as the plan says, decide what the reviewer decided, refit, and put everything on its day."""
    plan = answering["batches"][raw["code"]]
    rng = Random(f"{answering['seed']} {raw['code']}")
    rows = {row[raw["columns"]["name"]]: row for row in rows_of(raw["file"])}
    tasks = dict(Task.objects.filter(batch=batch).values_list("name", "pk"))
    subjects = {person.email: subject_of(person) for person in Person.objects.filter(email__in=plan["people"])}
    game = Play(batch, raw, plan, answering["people"], rng, subjects, rows, tasks)
    _cast(game)
    days = answering["spread"]["working_days"][raw["code"]]
    _answer(game, Calendar(answering["spread"], days, timezone.localdate()))
    rewording.reword(batch, raw)
    given = rewording.under_their_words(game.record, raw)
    recorded.take_in_answers(by=owner_of(raw), code=batch.code, given=given)
    _report(game)
    _ask(game)
    _review(game)
    _place(game)
    _draft(game)
    rewording.tell(batch, raw)


def _cast(game: Play) -> None:
    """Which tasks are answered, which only begun, and who must be among those at a task."""
    plan, rng, total = game.plan, game.rng, len(game.tasks)
    for entry in [*plan["notes"], *plan["problems"]]:
        people = game.must.setdefault(entry["item"], [])
        if entry["by"] not in people:
            people.append(entry["by"])
    for entry in plan["cannot"]:
        for item in entry.get("items") or rng.sample(sorted(game.tasks), entry["count"]):
            game.cannot.setdefault(item, []).append(entry)
    named = list(dict.fromkeys([*game.must, *game.cannot]))
    others = [name for name in game.tasks if name not in named and name not in plan["keep_open"]]
    rng.shuffle(others)
    answered = [*named, *others][: round(plan["share_answered"] * total)]
    begun = [name for name in others if name not in answered][: round(plan["share_started"] * total)]
    game.few = set(begun)
    game.waiting = [*answered, *begun]
    rng.shuffle(game.waiting)


def _answer(game: Play, calendar: Calendar) -> None:
    total, left = len(game.waiting), list(game.waiting)
    while left:
        name = game.rng.choice(left[:WINDOW])
        moment = calendar.moment((total - len(left) + game.rng.random() / 2) / total)
        if not _one(game, name, moment) or name in game.few or _enough(game, name):
            left.remove(name)


def _one(game: Play, name: str, moment: datetime) -> bool:
    """One person answers one task; False where nobody is left to ask."""
    email = _who(game, name)
    if email is None:
        return False
    game.gave.setdefault(name, []).append(email)
    words = _said(game, name, email)
    game.said.setdefault(name, []).append(repr(words.get("value")))
    by, spent = game.subjects[email], timedelta(seconds=game.people[email]["seconds"] * game.rng.uniform(0.6, 1.6))
    key = UUID(int=game.rng.getrandbits(128), version=4)
    game.record.append(
        recorded.Recorded(game.tasks[name], by.person_id, by.organisation_id, moment - spent, moment, key, **words)
    )
    return True


def _enough(game: Play, name: str) -> bool:
    """When people stopped being asked: two or three more for one answer than for any other, or the most were asked."""
    said, batch = [value for value in game.said[name] if value != "None"], game.batch
    musts = set(game.must.get(name, [])) - set(game.gave[name])
    counts = sorted((said.count(value) for value in set(said)), reverse=True)
    lead = counts[0] - (counts[1] if len(counts) > 1 else 0) if counts else 0
    wanted = 3 if batch.sure >= SURE else 2
    return len(game.gave[name]) >= batch.most or (not musts and len(said) >= batch.least and lead >= wanted)


def _who(game: Play, name: str) -> str | None:
    done = game.gave.get(name, [])
    musts = [email for email in game.must.get(name, []) if email not in done]
    if musts:
        return musts[0]
    free = [email for email in game.plan["people"] if email not in done and email in game.subjects]
    return game.rng.choices(free, [game.people[email]["pace"] for email in free])[0] if free else None


def _said(game: Play, name: str, email: str) -> dict[str, Any]:
    rng, noted = game.rng, [note["text"] for note in game.plan["notes"] if (note["item"], note["by"]) == (name, email)]
    note = noted[0] if noted else ""
    refusals = game.cannot.get(name, [])
    if refusals and not note and email not in game.must.get(name, []):
        refusal = refusals.pop()
        return {"cannot": refusal["reason"], "note": refusal.get("note", "")}
    voice = Voice(email, game.people[email]["accuracy"])
    value = answer_of(game.raw["task_type"])(rng, game.raw, game.plan, game.rows[name], voice)
    sure = None
    if game.raw["ask_how_sure"]:
        hard = game.rows[name].get("difficulty") == "hard"
        sure = rng.choices((1, 2, 3), (3, 5, 2) if hard else (1, 4, 6))[0]
    return {"value": value, "sure": sure, "note": note}


def _report(game: Play) -> None:
    """Problems, told by those who had the task in hand; some were answered by the owner already."""
    owner = owner_of(game.raw)
    for entry in game.plan["problems"]:
        by = game.subjects[entry["by"]]
        held = Assignment.objects.filter(person_id=by.person_id, task_id=game.tasks[entry["item"]]).first()
        if held is None:
            continue
        problem = report_problem(by=by, code=str(held.code), text=entry["text"])
        if entry.get("reply"):
            reply_to_problem(by=owner, batch=game.batch, problem=problem.pk, reply=entry["reply"])


def _ask(game: Play) -> None:
    """Questions about items: one reply for all of those that ask the same, and what waits for one."""
    for entry in game.plan.get("questions", []):
        asked = [_question(game, each["item"], each["by"], each["text"]) for each in entry["asked"]]
        if entry.get("reply"):
            reply_to_questions(
                by=owner_of(game.raw), batch=game.batch, question=asked[0], also=asked[1:], text=entry["reply"],
                shown=entry["shown"], everywhere=entry["everywhere"],
            )  # fmt: skip


def _question(game: Play, item: str, email: str, text: str) -> int:
    by = game.subjects[email]
    held = Assignment.objects.get(person_id=by.person_id, task_id=game.tasks[item])
    return ask_question(by=by, code=str(held.code), text=text).pk


def _review(game: Play) -> None:
    """What the reviewer decided already: the truth, with a word why."""
    if not game.plan["reviewed"]:
        return
    by = subject_of(Person.objects.get(email=game.plan["reviewed"]["by"]))
    _send(game, game.plan["reviewed"]["count"] + WAITING)
    waiting = Task.objects.filter(batch=game.batch, state=TaskState.REVIEW).exclude(assignments__person=by.person_id)
    notes = game.plan["reviewed"]["notes"]
    for number, task in enumerate(list(waiting.order_by("number")[: min(game.plan["reviewed"]["count"], len(notes))])):
        review_task(by=by, batch=game.batch, number=task.number, value=_truth(game, task.name), note=notes[number])


def _send(game: Play, wanted: int) -> None:
    """Beside what people could not settle, the owner sends those to a reviewer on which they differed most."""
    tasks = Task.objects.filter(batch=game.batch, done__gte=3)
    doubtful = tasks.filter(differ=True).exclude(state=TaskState.REVIEW).order_by("probability", "number")
    for task in doubtful[: max(0, wanted - tasks.filter(state=TaskState.REVIEW).count())]:
        send_to_review(by=owner_of(game.raw), batch=game.batch, number=task.number)


def _truth(game: Play, name: str) -> Any:
    truth = game.rows[name]["truth"]
    if game.raw["task_type"] == "choice_multi":
        return [option for option in game.raw["options"] if option in truth.split("|")]
    return int(truth) if game.raw["task_type"] == "scale" else truth


def _place(game: Play) -> None:
    opened = at(timezone.localdate() - timedelta(days=game.raw["opened_days_ago"]), 8)
    recorded.place_in_time(
        by=owner_of(game.raw), code=game.batch.code, opened=min([opened, *(one.taken for one in game.record)])
    )


def _draft(game: Play) -> None:
    """What somebody has half finished: in hand, chosen, not sent."""
    for entry in game.plan["drafts"]:
        by = game.subjects[entry["by"]]
        held = recorded.take_named_task(by=by, batch=game.batch, task=game.tasks[entry["item"]])
        labels = task_type(game.batch.task_type).choices(game.batch.config)
        chosen = [value for value, label in labels if label in entry["answer"]]
        save_draft(
            by=by, code=str(held.code), draft={"choice": chosen, "sure": str(entry["sure"]), "cannot": "", "note": ""}
        )
