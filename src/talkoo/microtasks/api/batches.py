"""Batches: listed, made, changed, moved from state to state."""

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.permissions import Permission, Relation
from talkoo.access.scopes import Scope
from talkoo.access.subject import Subject
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.problems import Changed
from talkoo.lib.api.texts import Text
from talkoo.lib.errors import Invalid
from talkoo.microtasks.actions import batches as actions
from talkoo.microtasks.actions.batch_people import add_person
from talkoo.microtasks.actions.batch_states import discard_draft, move_batch
from talkoo.microtasks.api.shown import LEVELS, BatchOut, Counts, Level, shown_all, whole
from talkoo.microtasks.models import Batch, BatchState
from talkoo.microtasks.queries.batches import access_tied_batch, tied_batches
from talkoo.microtasks.queries.progress import of_batch
from talkoo.people.models import Organisation, Skill

router = Router()
READ, WRITE = Bearer(Scope.BATCHES_READ), Bearer(Scope.BATCHES_WRITE)
IF_MATCH = {
    "name": "If-Match", "in": "header", "required": False, "schema": {"type": "string", "maxLength": 200},
    "description": "The ETag of the batch as it was read.",
}  # fmt: skip
Verb = Literal["open", "pause", "resume", "close", "reopen"]


class Batches(Schema):
    items: list[BatchOut]
    next: str | None


class BatchFilter(Paging):
    state: BatchState | None = Field(None, description="Of this state only.")
    mine: bool = Field(False, description="Only those that the caller owns.")


class DraftIn(Schema):
    """A new batch. A service names a person who answers for it."""

    organisation: Text = Field(max_length=12, description="The code of an organisation.", examples=["northtwn"])
    title: Text = Field(max_length=120, examples=["Letters about the new harbour road"])
    summary: Text = Field("", max_length=240, examples=["Read a letter and say what it is about"])
    item_word: Text = Field("", max_length=40, examples=["letter"])
    language: Text = Field(
        "", max_length=35, description="Of the items and the question, by its BCP 47 tag.", examples=["en"]
    )
    owner: Text = Field(
        "", max_length=254, description="The address of one more owner; a service must name one.", examples=[""]
    )


class ChangeIn(Schema):
    """What is to be changed; what is left out stays. The question and the quality of a batch that was opened stay."""

    model_config = {
        "extra": "forbid",
        "json_schema_extra": {
            "examples": [
                {
                    "task_type": "choice",
                    "question": "What is this letter about?",
                    "settings": {"options": ["Traffic", "Light"]},
                }
            ]
        },
    }

    title: Text | None = Field(None, max_length=120)
    summary: Text | None = Field(None, max_length=240)
    item_word: Text | None = Field(None, max_length=40)
    language: Text | None = Field(None, max_length=35, description="A BCP 47 tag; empty for several, or another one.")
    task_type: Text | None = Field(None, max_length=40)
    question: Text | None = Field(None, max_length=240)
    help: Text | None = Field(None, max_length=480)
    settings: dict[str, Any] | None = None
    ask_sure: bool | None = None
    sure: int | None = Field(None, ge=50, le=99)
    least: int | None = Field(None, ge=1, le=99)
    most: int | None = Field(None, ge=1, le=99)
    adaptive: bool | None = None
    minutes: float | None = Field(None, ge=0.1, le=480)
    sensitivity: Level | None = None
    organisations: list[Text] | None = Field(None, max_length=500)
    skills: list[Text] | None = Field(None, max_length=100)
    deadline: date | None = None
    may_choose: bool | None = None


class MoveIn(Schema):
    verb: Verb = Field(examples=["open"])


def _full(batch: Batch) -> Any:
    return whole(Batch.objects.all()).get(pk=batch.pk)


def _etag(out: BatchOut) -> str:
    return f'"{hashlib.sha256(out.model_dump_json().encode()).hexdigest()[:32]}"'


def _answer(response: HttpResponse, batch: Batch) -> BatchOut:
    (out,) = shown_all([_full(batch)])
    response["ETag"] = _etag(out)
    return out


@router.get("/batches", auth=READ, response=Batches, operation_id="list_batches", summary="Batches")
def list_batches(request: Calling, response: HttpResponse, asked: Query[BatchFilter]) -> Page:
    """Batches that the caller owns, reviews or looks after, newest first. What is only offered is under /offers."""
    seen = whole(tied_batches(request.subject, owned=asked.mine))
    if asked.state:
        seen = seen.filter(state=asked.state)
    page = page_of(seen, asked, request=request, response=response)
    return Page(shown_all(page.items), page.next)


@router.post("/batches", auth=WRITE, response={201: BatchOut}, operation_id="create_batch", summary="Make a draft")
def create_batch(request: Calling, response: HttpResponse, said: DraftIn) -> Status[BatchOut]:
    """A batch that is offered to nobody yet: next come the items, the question, then the move “open”."""
    by = request.subject
    with transaction.atomic():
        place = Organisation.objects.filter(code=said.organisation).first()
        if place is None:
            words = _("There is no such organisation.")
            raise Invalid(words, _("Look at the list of organisations."), fields={"organisation": words})
        batch = actions.create_draft(
            by=by, organisation_id=place.pk, title=said.title, summary=said.summary, item_word=said.item_word,
            language=said.language, owner=said.owner,
        )  # fmt: skip
    response["Location"] = f"{request.path}/{batch.code}"
    return Status(201, _answer(response, batch))


@router.get("/batches/{slug:code}", auth=READ, response=BatchOut, operation_id="get_batch", summary="One batch")
def get_batch(request: Calling, response: HttpResponse, code: str) -> Any:
    """A batch with its question, its settings and whom it is offered to. Send the ETag back to change it safely."""
    batch, _touched = access_tied_batch(request.subject, code, Permission.BATCH_SEE)
    return _answer(response, batch)


@router.patch(
    "/batches/{slug:code}", auth=WRITE, response=BatchOut, operation_id="change_batch", summary="Change a batch",
    openapi_extra={"parameters": [IF_MATCH]},
)  # fmt: skip
def change_batch(request: Calling, response: HttpResponse, code: str, said: ChangeIn) -> BatchOut:
    """Change the words, the question, the quality or the audience, all or nothing.

    With If-Match (the ETag of the batch as it was read) nothing is changed where somebody else was faster: 412.
    """
    asked, if_match = said.model_dump(exclude_unset=True), request.headers.get("If-Match")
    with transaction.atomic():
        batch = _full(actions.own_batch(by=request.subject, code=code))
        if if_match is not None and not _matches(if_match, _etag(*shown_all([batch]))):
            raise Changed(_("Somebody changed this batch meanwhile."), _("Read it again, then decide what to change."))
        for names, change in CHANGES:
            if asked.keys() & set(names):
                change(request.subject, batch, asked)
    return _answer(response, batch)


def _matches(if_match: str, etag: str) -> bool:
    """RFC 9110, 13.1.1: any of the listed tags, compared strongly. What cannot be read matches nothing."""
    return not {"*", etag}.isdisjoint(tag.strip() for tag in if_match.split(","))


def _about(by: Subject, batch: Batch, asked: dict[str, Any]) -> None:
    actions.edit_about(by=by, code=batch.code, **_kept(batch, asked, ("title", "summary", "item_word", "language")))


def _question(by: Subject, batch: Batch, asked: dict[str, Any]) -> None:
    words = _kept(batch, asked, ("question", "help", "ask_sure"))
    kind, config = asked.get("task_type") or batch.task_type, asked.get("settings")
    try:
        actions.edit_question(
            by=by, code=batch.code, kind=kind, config=batch.config if config is None else config, **words
        )
    except Invalid as error:
        own = {"question", "help", "ask_sure"}
        fields = {name if name in own else f"settings/{name}": words for name, words in error.fields.items()}
        raise Invalid(error.message, error.remedy, fields=fields or {"task_type": error.message}) from None


def _quality(by: Subject, batch: Batch, asked: dict[str, Any]) -> None:
    said = _kept(batch, asked, ("sure", "least", "most", "adaptive"))
    minutes = Decimal(str(asked.get("minutes") or batch.minutes)).quantize(Decimal("0.1"))
    actions.edit_quality(by=by, code=batch.code, minutes=minutes, **said)


def _audience(by: Subject, batch: Batch, asked: dict[str, Any]) -> None:
    places, skills = asked.get("organisations"), asked.get("skills")
    level = asked.get("sensitivity")
    actions.edit_audience(
        by=by, code=batch.code,
        sensitivity=batch.sensitivity if level is None else LEVELS[level],
        organisations=[each.pk for each in batch.audience.all()] if places is None else _ids(Organisation, "organisations", places),
        skills=[each.pk for each in batch.skills.all()] if skills is None else _ids(Skill, "skills", skills),
        deadline=asked.get("deadline", batch.deadline),
        may_choose=_kept(batch, asked, ("may_choose",))["may_choose"],
    )  # fmt: skip


def _kept(batch: Batch, asked: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(batch, name) if asked.get(name) is None else asked[name] for name in names}


def _ids(model: type[Organisation] | type[Skill], field: str, codes: list[str]) -> list[int]:
    found = dict(model.objects.filter(code__in=codes).values_list("code", "pk"))
    unknown = sorted(set(codes) - found.keys())
    if unknown:
        words = _("There is none with the code %(code)s.") % {"code": unknown[0][:40]}
        raise Invalid(words, _("Look at the list."), fields={field: words})
    return list(found.values())


CHANGES = (
    (("title", "summary", "item_word", "language"), _about),
    (("task_type", "question", "help", "settings", "ask_sure"), _question),
    (("sure", "least", "most", "adaptive", "minutes"), _quality),
    (("sensitivity", "organisations", "skills", "deadline", "may_choose"), _audience),
)


@router.delete(
    "/batches/{slug:code}", auth=WRITE, response={204: None}, operation_id="discard_draft", summary="Delete a draft"
)
def delete_draft(request: Calling, code: str) -> Status[None]:
    """Delete a draft with its items. A batch that was opened is closed instead."""
    discard_draft(by=request.subject, code=code)
    return Status(204, None)


@router.post(
    "/batches/{slug:code}/moves", auth=WRITE, response=BatchOut, operation_id="move_batch", summary="Open, pause, close"
)
def post_move(request: Calling, response: HttpResponse, code: str, said: MoveIn) -> BatchOut:
    """Bring a batch into another state: open a draft, pause and resume, close, reopen (it is paused then)."""
    return _answer(response, move_batch(by=request.subject, code=code, verb=said.verb))


class CopyIn(Schema):
    """How a batch is copied."""

    owner: Text = Field(
        "", max_length=254, description="The address of one more owner; a service must name one.", examples=[""]
    )


@router.post(
    "/batches/{slug:code}/copies",
    auth=WRITE,
    response={201: BatchOut},
    operation_id="copy_batch",
    summary="Copy a batch",
)
def post_copy(request: Calling, response: HttpResponse, code: str, said: CopyIn) -> Status[BatchOut]:
    """A draft that asks the same in the same way, without the items."""
    made = actions.copy_batch(by=request.subject, code=code, owner=said.owner)
    response["Location"] = f"{request.path.rsplit('/', 2)[0]}/{made.code}"
    return Status(201, _answer(response, made))


@router.get(
    "/batches/{slug:code}/progress", auth=READ, response=Counts, operation_id="get_progress", summary="How far it is"
)
def get_progress(request: Calling, code: str) -> dict[str, int]:
    """Counts of tasks and answers."""
    batch, _touched = access_tied_batch(request.subject, code, Permission.BATCH_SEE)
    seen = of_batch(batch)
    return {
        "tasks": seen.total, "settled": seen.settled, "review": seen.review, "open": seen.open,
        "answers": seen.answers, "surplus": seen.surplus,
    }  # fmt: skip


class TieIn(Schema):
    """Somebody who is to answer for a batch, or to decide what people could not agree on."""

    email: Text = Field(max_length=254, examples=["amina.mohamud@northtown.example"])
    relation: Literal["owner", "reviewer"] = Field(examples=["reviewer"])


@router.post(
    "/batches/{slug:code}/people", auth=WRITE, response={204: None}, operation_id="add_batch_person",
    summary="Name an owner or a reviewer",
)  # fmt: skip
def post_person(request: Calling, code: str, said: TieIn) -> Status[None]:
    """Name one more owner or reviewer, by address; doing it twice changes nothing."""
    add_person(by=request.subject, code=code, email=said.email, relation=Relation(said.relation))
    return Status(204, None)
