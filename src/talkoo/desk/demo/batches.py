"""A batch of the demonstration, from its file to the open state."""

import csv
import io
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from talkoo.access.permissions import Relation
from talkoo.access.subject import Subject
from talkoo.desk.demo.content import code_of, rows_of
from talkoo.desk.demo.stating import state
from talkoo.microtasks.actions import batch_people, batches
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.reading import read_upload
from talkoo.microtasks.actions.uploads import accept_upload, receive_upload, start_reading
from talkoo.microtasks.models import Batch
from talkoo.people.models import Organisation, Person, Skill
from talkoo.people.queries import subject_of

KINDS = {"choice_multi": "choice", "choice_single": "choice"}


def owner_of(raw: Mapping[str, Any]) -> Subject:
    return subject_of(Person.objects.get(email=raw["owner"]))


def open_batch(raw: Mapping[str, Any]) -> Batch:
    """Make, fill, ask, offer and open one batch as its owner would by hand."""
    by = owner_of(raw)
    where = Organisation.objects.get(code=code_of(raw["organisation"]))
    code = batches.create_draft(
        by=by,
        organisation_id=where.pk,
        title=raw["title"],
        summary=raw["summary"],
        item_word=raw["one"],
        language=raw["language"],
    ).code
    _fill(by, code, raw)
    _settle(by, code, raw)
    ties = [(email, Relation.OWNER) for email in raw["co_owners"]] + [
        (email, Relation.REVIEWER) for email in raw["reviewers"]
    ]
    for email, relation in ties:
        batch_people.add_person(by=by, code=code, email=email, relation=relation)
    state(by, Batch.objects.get(code=code), raw["purpose"], raw["data"])
    return move_batch(by=by, code=code, verb="open")


def _fill(by: Subject, code: str, raw: Mapping[str, Any]) -> None:
    uses = _uses(raw["columns"])
    upload = receive_upload(by=by, code=code, filename=raw["file"], chunks=[_file(raw, list(uses))])
    if not upload.accepted:
        accept_upload(by=by, code=code)
    started = start_reading(by=by, code=code, mapping=uses, defer=False)
    read_upload(upload=started.pk, run=UUID(str(started.run)))


def _uses(columns: Mapping[str, Any]) -> dict[str, str]:
    """Which column of the file is used as what; columns that nobody may see do not reach the file at all."""
    labels = columns.get("labels", {})
    uses = {columns["name"]: "name"}
    uses |= {labels.get(column, column): "source" for column in columns.get("source", [])}
    uses |= {columns[use]: use for use in ("left", "right", "group") if use in columns}
    uses |= {column: use for use in ("left_record", "right_record") for column in columns.get(use, [])}
    return uses


def _file(raw: Mapping[str, Any], keep: list[str]) -> bytes:
    labels = raw["columns"].get("labels", {})
    file = io.StringIO()
    writer = csv.DictWriter(file, keep, extrasaction="ignore")
    writer.writeheader()
    writer.writerows({labels.get(name, name): text for name, text in row.items()} for row in rows_of(raw["file"]))
    return file.getvalue().encode()


def _settle(by: Subject, code: str, raw: Mapping[str, Any]) -> None:
    kind = KINDS.get(raw["task_type"], raw["task_type"])
    batches.edit_question(
        by=by,
        code=code,
        kind=kind,
        question=raw["question"],
        help=raw.get("reworded", {}).get("help_before", raw["help"]),
        config=config_of(raw),
        ask_sure=raw["ask_how_sure"],
    )
    batches.edit_quality(
        by=by, code=code, sure=round(raw["sure"] * 100), least=raw["least"], most=raw["most"], adaptive=True,
        minutes=Decimal(str(raw["minutes"])),
    )  # fmt: skip
    named = [] if raw["audience"] == "all" else [code_of(name) for name in raw["audience"]]
    batches.edit_audience(
        by=by, code=code, sensitivity=raw["sensitivity"],
        organisations=list(Organisation.objects.filter(code__in=named).values_list("pk", flat=True)),
        skills=list(Skill.objects.filter(code__in=raw["skills"]).values_list("pk", flat=True)),
        deadline=timezone.localdate() + timedelta(days=raw["deadline_in_days"]), may_choose=False,
    )  # fmt: skip


def config_of(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of the question in the words of its task type."""
    if raw["task_type"].startswith("choice"):
        return {"options": raw["options"], "several": raw["task_type"] == "choice_multi"}
    if raw["task_type"] == "scale":
        scale = raw["scale"]
        return {"low": scale["from"], "high": scale["to"], "low_word": scale["low"], "high_word": scale["high"]}
    return {}
