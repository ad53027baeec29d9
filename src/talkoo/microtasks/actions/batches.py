"""Making a batch and changing what it asks, of whom, and how surely."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import Resource, decision, organisations_where
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid
from talkoo.lib.plain import one_line, plain
from talkoo.lib.tongues import tongues
from talkoo.microtasks.actions.editions import check_edition
from talkoo.microtasks.models import Batch, BatchPerson, BatchState, Protection, Sensitivity
from talkoo.microtasks.queries.audience import people_of
from talkoo.microtasks.queries.batches import access_batch, tied_resource
from talkoo.microtasks.queries.readiness import unscanned, unscanned_words, unstated
from talkoo.microtasks.task_types import check_config, task_type
from talkoo.people.models import Organisation, Skill

LENGTHS = {"title": 120, "summary": 240, "item_word": 40, "question": 240, "help": 480}
FARTHEST = timedelta(days=3653)  # of a day something is needed by
DRAFT = frozenset({BatchState.DRAFT})
NOT_CLOSED = frozenset({BatchState.DRAFT, BatchState.OPEN, BatchState.PAUSED})
COPIED = (
    "summary", "sensitivity", "item_word", "task_type", "question", "help", "config", "ask_sure", "minutes",
    "adaptive", "least", "most", "sure", "may_choose", "language", "control_every",
    "cap_person", "cap_team",
)  # fmt: skip
PROTECTION_COPIED = (
    "controller_id", "contact", "purpose", "basis", "special", "special_basis", "keep_days", "afterwards",
)  # fmt: skip


def own_batch(*, by: Subject, code: str, states: Collection[BatchState] = NOT_CLOSED) -> Batch:
    """The batch of this code, locked, if this person may change it and its state lets it be changed.

    The lock lets through rows that only name the batch: a person who takes or answers a task holds that task, and
    waiting for the batch would be waiting in a circle once it closes.

    Raises Missing for a foreign batch, Denied for one that is only seen, Conflict in another state.
    """
    found = access_batch(by, code, Permission.BATCH_EDIT)
    batch = Batch.objects.select_for_update(of=("self",), no_key=True).select_related("organisation").get(pk=found.pk)
    if batch.state not in states:
        words = {"state": batch.get_state_display().lower()}
        if batch.state == BatchState.CLOSED:
            raise Conflict(_("This batch is closed."), remedy=_("Copy it, and change the copy."))
        raise Conflict(
            _("This batch is %(state)s; that can be changed in a draft only.") % words,
            remedy=_("Copy it, and change the copy."),
        )
    return batch


def log(by: Subject, batch: Batch, verb: str, **facts: Any) -> None:
    """One line of the log on a batch."""
    on = ("batch", batch.code)
    audit.record(by=by, action=f"microtasks.batch.{verb}", on=on, organisation_id=batch.organisation_id, **facts)


def create_draft(
    *,
    by: Subject,
    organisation_id: int,
    title: str,
    summary: str = "",
    item_word: str = "",
    language: str = "",
    owner: str = "",
) -> Batch:
    """A new batch that is offered to nobody yet, and at home only until its owner chooses otherwise.

    Who makes it owns it; so does the person with the address `owner`.
    Raises Denied where the person may not create, Invalid for its words, or where a service names nobody.
    """
    with transaction.atomic():
        resource = Resource("organisation", str(organisation_id), organisation_id)
        authorise(by, Permission.BATCH_CREATE, on=resource)
        batch = Batch(organisation_id=organisation_id)
        _name(batch, title, summary, item_word, language)
        batch.save()
        batch.audience.add(organisation_id)
        _own(by, batch, owner)
        log(by, batch, "created")
    return batch


def _own(by: Subject, batch: Batch, address: str) -> None:
    """Somebody has to answer for every batch: who makes it, and the person of this address where one is given.

    A service is nobody, so it names somebody who is of the batch's organisation.
    """
    owners = set() if by.author_id is None else {by.author_id}
    if address.strip() or not owners:
        person = people_of(batch.organisation_id).filter(email__iexact=address.strip()).first()
        if person is None:
            reason = _("Name somebody of this organisation who answers for the batch, by e-mail address.")
            _refuse({"owner": reason})
            return
        owners.add(person.pk)
    ties = [BatchPerson(batch=batch, person_id=person, relation=Relation.OWNER) for person in owners]
    BatchPerson.objects.bulk_create(ties)


def edit_about(
    *, by: Subject, code: str, title: str, summary: str, item_word: str, language: str, edition: str = ""
) -> Batch:
    """Change how the batch is called, and the language it is in.

    Raises Invalid naming the field; with the `edition` that was seen, Overtaken where another one is stored.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        check_edition(by, batch, "upload", edition)
        _name(batch, title, summary, item_word, language)
        batch.save(update_fields=["title", "summary", "item_word", "language"])
        log(by, batch, "renamed")
    return batch


def _name(batch: Batch, title: str, summary: str, item_word: str, language: str) -> None:
    batch.language = language
    batch.title, batch.summary = one_line(title), one_line(summary)
    batch.item_word = one_line(item_word) or _("item")
    fields = {}
    if not batch.title:
        fields["title"] = _("Give the batch a title.")
    for name in ("title", "summary", "item_word"):
        if reason := _unfit(batch, name):
            fields[name] = reason
    if language and language not in tongues():
        fields["language"] = _("Choose one of the list.")
    _refuse(fields)


def _unfit(batch: Batch, name: str) -> str:
    """Why the words in a field cannot be stored: too long, or with a zero byte."""
    words, most = getattr(batch, name), LENGTHS[name]
    if len(words) > most:
        return _("Shorten this to %(most)d characters; it has %(length)d.") % {"most": most, "length": len(words)}
    return _("This holds a zero byte, which no text has.") if "\0" in words else ""


def _refuse(fields: Mapping[str, str]) -> None:
    if fields:
        raise Invalid(_("This cannot be saved yet."), remedy=_("Look at what is marked."), fields=fields)


def edit_question(
    *,
    by: Subject,
    code: str,
    kind: str,
    question: str,
    help: str,  # noqa: A002 - the word on the page
    config: Mapping[str, Any],
    ask_sure: bool,
    edition: str = "",
) -> Batch:
    """Change what is asked: `kind` is a task type, `config` its settings. Drafts only; raises Invalid naming the field.

    An empty question is kept in a draft: it is asked for when the batch opens. With `edition`, the mark of what was
    seen when the page opened, it raises Overtaken where somebody else saved meanwhile; so do the other steps.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        check_edition(by, batch, "question", edition)
        batch.task_type, batch.config, batch.ask_sure = task_type(kind).code, dict(config), ask_sure
        batch.question, batch.help = plain(question).strip(), plain(help).strip()
        _refuse({name: reason for name in ("question", "help") if (reason := _unfit(batch, name))})
        check_config(task_type(kind), batch.config)
        batch.save(update_fields=["task_type", "question", "help", "config", "ask_sure"])
        log(by, batch, "question-changed", task_type=kind)
    return batch


def edit_quality(
    *, by: Subject, code: str, sure: int, least: int, most: int, adaptive: bool, minutes: Decimal, edition: str = ""
) -> Batch:
    """Change how many answers a result takes. Drafts only; raises Invalid naming the field."""
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        check_edition(by, batch, "quality", edition)
        fields = {}
        if not 50 <= sure <= 99:
            fields["sure"] = _("Choose between 50 and 99 of 100.")
        if not 1 <= least <= 99:
            fields["least"] = _("Choose between 1 and 99 answers.")
        if not least <= most <= 99:
            fields["most"] = _("Choose at least as many as the least, and at most 99.")
        if not Decimal("0.1") <= minutes <= 480:
            fields["minutes"] = _("Choose between 0.1 and 480 minutes.")
        _refuse(fields)
        batch.sure, batch.least, batch.most, batch.adaptive, batch.minutes = sure, least, most, adaptive, minutes
        batch.save(update_fields=["sure", "least", "most", "adaptive", "minutes"])
        log(by, batch, "quality-changed", sure=sure, least=least, most=most, adaptive=adaptive)
    return batch


def edit_audience(
    *,
    by: Subject,
    code: str,
    sensitivity: int,
    organisations: Collection[int],
    skills: Collection[int],
    deadline: date | None,
    may_choose: bool,
    edition: str = "",
) -> Batch:
    """Change who may take part and until when; no organisation means all of them.

    A draft may be changed freely. Once open, the circle may only grow (more organisations, fewer skills), so that
    nobody who has begun is shut out; the deadline may move. Raises Invalid naming the field.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        check_edition(by, batch, "audience", edition)
        chosen = set(Organisation.objects.filter(pk__in=organisations).values_list("pk", flat=True))
        wanted = set(Skill.objects.filter(pk__in=skills).values_list("pk", flat=True))
        _check_audience(batch, sensitivity, chosen, wanted, deadline)
        if sensitivity == Sensitivity.RESTRICTED and may_choose:
            _refuse(
                {"may_choose": _("Restricted items are given to people one by one: nobody sees a list to pick from.")}
            )
        _check_reachable(by, batch, sensitivity)
        batch.sensitivity, batch.deadline, batch.may_choose = sensitivity, deadline, may_choose
        batch.save(update_fields=["sensitivity", "deadline", "may_choose"])
        batch.audience.set(chosen)
        batch.skills.set(wanted)
        check_stated(batch, "organisations")
        facts = {
            "organisations": sorted(chosen),
            "skills": sorted(wanted),
            "deadline": deadline and deadline.isoformat(),
        }
        log(by, batch, "audience-changed", sensitivity=sensitivity, **facts)
    return batch


def _check_audience(batch: Batch, sensitivity: int, chosen: set[int], wanted: set[int], deadline: date | None) -> None:
    fields = {}
    if sensitivity not in Sensitivity.values:
        fields["sensitivity"] = _("Choose one of the four.")
    if sensitivity > batch.sensitivity and unscanned(sensitivity, batch):
        fields["sensitivity"] = unscanned_words()
    if deadline and deadline < timezone.localdate() and deadline != batch.deadline:
        fields["deadline"] = _("This day has passed. Choose a later one.")
    if deadline and deadline > timezone.localdate() + FARTHEST:
        fields["deadline"] = _("This is more than ten years away. Choose an earlier day.")
    if batch.state != BatchState.DRAFT:
        fields |= _narrowed(batch, sensitivity, chosen, wanted)
    _refuse(fields)


def _check_reachable(by: Subject, batch: Batch, sensitivity: int) -> None:
    """Nobody locks themselves out of a batch: who makes it more sensitive can still open it."""
    if sensitivity <= batch.sensitivity:
        return
    more = replace(tied_resource(by, batch), sensitivity=sensitivity)
    found = decision(by, Permission.BATCH_EDIT, more, counted=False)
    if not found.allowed:
        missing = " ".join(_(reason.words) for reason in found.reasons)
        reason = _("You could not open it any more as you are signed in now. %(missing)s") % {"missing": missing}
        _refuse({"sensitivity": reason})


def _narrowed(batch: Batch, sensitivity: int, chosen: set[int], wanted: set[int]) -> dict[str, str]:
    """What would shut people out of a batch that is open already."""
    fields = {}
    before = set(batch.audience.values_list("pk", flat=True))
    if sensitivity != batch.sensitivity:
        fields["sensitivity"] = _("The sensitivity of a batch that was opened stays as it is.")
    if chosen and not (before and before <= chosen):
        fields["organisations"] = _("The batch is open to these organisations already: add others, but take none away.")
    if not wanted <= set(batch.skills.values_list("pk", flat=True)):
        fields["skills"] = _("People without this skill may have begun: take skills away, but add none.")
    return fields


def check_stated(batch: Batch, field: str) -> None:
    """A draft is looked at when it opens; one that was opened grows beyond its organisation only with all statements.

    Raises Invalid at the field by which it grew.
    """
    if batch.state == BatchState.DRAFT or not (missing := unstated(batch)):
        return
    reason = _(
        "People from outside your organisation would see these items. State first, under “Data protection”: %(what)s"
    )
    _refuse({field: reason % {"what": " ".join(point.text for point in missing)}})


def copy_batch(*, by: Subject, code: str, owner: str = "") -> Batch:
    """A draft that asks the same in the same way, without the items. Its owner is who copies, as with `create_draft`.

    Raises Missing for a foreign batch, Denied where the person may not create batches.
    """
    with transaction.atomic():
        source = access_batch(by, code, Permission.BATCH_EDIT)
        organisation_id = _home_of_copy(by, source)
        copy = Batch(
            organisation_id=organisation_id, copy_of=source, **{name: getattr(source, name) for name in COPIED}
        )
        copy.title = _("Copy of %(title)s") % {"title": source.title}
        copy.title = copy.title[:120]
        copy.save()
        copy.audience.set(source.audience.all())
        copy.skills.set(source.skills.all())
        _copy_protection(source, copy)
        reviewers = source.ties.filter(relation=Relation.REVIEWER).values_list("person_id", flat=True)
        ties = [BatchPerson(batch=copy, person_id=person, relation=Relation.REVIEWER) for person in reviewers]
        BatchPerson.objects.bulk_create(ties)
        _own(by, copy, owner)
        log(by, copy, "copied", source=source.code)
    return copy


def _copy_protection(source: Batch, copy: Batch) -> None:
    """A copy begins with what was stated of the original; its items are new, so the word on them is not copied."""
    found = Protection.objects.filter(batch=source).first()
    if found is not None:
        Protection.objects.create(batch=copy, **{name: getattr(found, name) for name in PROTECTION_COPIED})


def _home_of_copy(by: Subject, source: Batch) -> int:
    """The organisation of the original if the person may create there, else one where they may."""
    allowed = organisations_where(by, Permission.BATCH_CREATE)
    home = source.organisation_id if source.organisation_id in allowed else min(allowed, default=source.organisation_id)
    authorise(by, Permission.BATCH_CREATE, on=Resource("organisation", str(home), home))
    return home
