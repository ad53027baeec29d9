"""What is stated of the data in a batch, what is missing, and when its items are deleted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from talkoo.lib.clock import sure_now
from talkoo.microtasks.models import (
    Afterwards,
    Basis,
    Batch,
    BatchState,
    DataCheck,
    DataStatement,
    Hold,
    Protection,
    Sensitivity,
    SpecialBasis,
    Standing,
)

WARN = timedelta(days=7)
STALLED = timedelta(seconds=45)

BASIS_SAYS: dict[str, str | Promise] = {
    Basis.CONSENT: gettext_lazy("The people concerned agreed to this use, freely, and can take it back."),
    Basis.CONTRACT: gettext_lazy("It is needed for a contract with the person, or because they asked for one."),
    Basis.OBLIGATION: gettext_lazy("A law obliges your organisation to do this."),
    Basis.VITAL: gettext_lazy("Somebody’s life or health depends on it."),
    Basis.PUBLIC: gettext_lazy("It is needed for a task in the public interest that the law gives your organisation."),
    Basis.INTEREST: gettext_lazy(
        "Your organisation needs it, and that weighs more than the person’s interest. Not for what an authority does as its task."
    ),
}
BASIS_TOLD: dict[str, str | Promise] = {  # the same for those who work on it
    Basis.CONSENT: gettext_lazy("The people it is about agreed to this use, and can take that back."),
    Basis.CONTRACT: gettext_lazy("It is needed for a contract with the people it is about."),
    Basis.OBLIGATION: gettext_lazy("A law obliges %(name)s to do this."),
    Basis.VITAL: gettext_lazy("Somebody’s life or health depends on it."),
    Basis.PUBLIC: gettext_lazy("By law this is a task of %(name)s in the public interest."),
    Basis.INTEREST: gettext_lazy(
        "%(name)s needs it, and weighed that against the interests of the people it is about."
    ),
}
SPECIAL_SAYS: dict[str, str | Promise] = {
    SpecialBasis.CONSENT: gettext_lazy("The people concerned agreed in so many words."),
    SpecialBasis.EMPLOYMENT: gettext_lazy("Labour or social law needs it."),
    SpecialBasis.VITAL: gettext_lazy("Somebody’s life depends on it and they cannot agree themselves."),
    SpecialBasis.MEMBERS: gettext_lazy("An association uses it among its own members."),
    SpecialBasis.PUBLISHED: gettext_lazy("The people concerned made it public themselves."),
    SpecialBasis.CLAIMS: gettext_lazy("It is needed before a court, or to make or meet a claim."),
    SpecialBasis.PUBLIC: gettext_lazy("A law names this public interest and protects the people concerned."),
    SpecialBasis.HEALTH: gettext_lazy("It serves care, under professional secrecy."),
    SpecialBasis.PUBLIC_HEALTH: gettext_lazy("It guards the health of all, by law."),
    SpecialBasis.ARCHIVE: gettext_lazy("It serves archives, research or statistics, by law and with safeguards."),
}


@dataclass(frozen=True, slots=True)
class Word:
    """What a person stated of the personal data in the items, when, and who it was."""

    says: str
    because: str
    at: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Stated:
    """Everything stated of the data in a batch; `filled` tells whether the owner saved any of it. `items` names the items of now: a check or a word on others is void."""

    protection: Protection
    filled: bool
    items: str
    check: int | None
    word: Word | None
    void: bool


def stated(batch: Batch) -> Stated:
    """What is stated so far; where nothing is, what the organisation usually states. One query."""
    these = {"batch": OuterRef("pk"), "items": OuterRef("items")}
    parts = JSONObject(says="says", because="because", at="at", name="by__name")
    found = (
        _with_items(Batch.objects.select_related("protection__controller", "organisation__protection_defaults"))
        .annotate(
            checked=Subquery(DataCheck.objects.filter(**these).order_by("-pk").values("pk")[:1]),
            word=Subquery(DataStatement.objects.filter(**these).order_by("-pk").values(json=parts)[:1]),
            worded=Exists(DataStatement.objects.filter(batch=OuterRef("pk"))),
        )
        .get(pk=batch.pk)
    )
    word = found.word and Word(**{**found.word, "at": datetime.fromisoformat(found.word["at"])})
    filled = hasattr(found, "protection")
    return Stated(_protection(found), filled, found.items, found.checked, word, found.worded and word is None)


def with_statements(batches: QuerySet[Batch]) -> QuerySet[Any]:
    """Adds what was saved of the data of each, and in `says` the person's word on the items of now."""
    words = DataStatement.objects.filter(batch=OuterRef("pk"), items=OuterRef("items")).order_by("-pk")
    found = _with_items(batches.select_related("protection__controller"))
    worded: QuerySet[Any] = found.annotate(says=Subquery(words.values("says")[:1]))
    return worded


def _with_items(batches: QuerySet[Batch]) -> QuerySet[Any]:
    """Adds `items`: which ones a check and a word speak of."""
    rows = Standing.objects.filter(batch=OuterRef("pk"))
    first, last = (Subquery(rows.order_by(way).values("pk")[:1]) for way in ("number", "-number"))
    return batches.annotate(first=first, last=last, items=FINGERPRINT)


def _protection(found: Batch) -> Protection:
    if hasattr(found, "protection"):
        return found.protection
    made = Protection(batch=found, controller=found.organisation)
    usual = getattr(found.organisation, "protection_defaults", None)
    for name in ("contact", "purpose", "basis", "keep_days", "afterwards"):
        if usual is not None:
            setattr(made, name, getattr(usual, name))
    return made


# The items that a check and a word on them speak of: how many, the first and the last row. Reading anew changes it.
_DASH = Value("-", output_field=TextField())
FINGERPRINT = Concat(
    Cast("tasks_total", TextField()), _DASH, Cast(Coalesce("first", 0), TextField()), _DASH,
    Cast(Coalesce("last", 0), TextField()),
)  # fmt: skip


def check_of(found: Stated) -> DataCheck | None:
    """The last look through just these items."""
    return DataCheck.objects.filter(pk=found.check).first() if found.check else None


def stalled(check: DataCheck) -> bool:
    """Whether nobody has looked on for a while: the worker is gone, or has not begun."""
    return check.finished is None and check.moved < timezone.now() - STALLED


# Who sees the items

CROSSING = """
WITH RECURSIVE asked AS (
    SELECT id, organisation_id, id = ANY(%(everybody)s) AS everybody FROM microtasks_batch WHERE id = ANY(%(batches)s)
),
inside AS (
    SELECT organisation_id AS home, organisation_id AS id FROM asked
    UNION
    SELECT i.home, p.organisation_id FROM people_placement p JOIN inside i ON p.parent_id = i.id
    WHERE p.ends IS NULL OR p.ends > %(day)s
)
SELECT b.id FROM asked b
WHERE CASE
    WHEN EXISTS (SELECT FROM microtasks_batch_audience a WHERE a.batch_id = b.id) THEN EXISTS (
        SELECT FROM microtasks_batch_audience a
        WHERE a.batch_id = b.id AND a.organisation_id NOT IN (SELECT id FROM inside WHERE home = b.organisation_id))
    ELSE b.everybody AND EXISTS (
        SELECT FROM people_organisation o
        WHERE o.starts <= %(day)s AND (o.ends IS NULL OR o.ends > %(day)s)
          AND o.id NOT IN (SELECT id FROM inside WHERE home = b.organisation_id))
END OR EXISTS (
    SELECT FROM microtasks_batchperson t WHERE t.batch_id = b.id AND NOT EXISTS (
        SELECT FROM people_membership m
        WHERE m.person_id = t.person_id AND m.starts <= %(day)s AND (m.ends IS NULL OR m.ends > %(day)s)
          AND m.organisation_id IN (SELECT id FROM inside WHERE home = b.organisation_id)))
OR EXISTS (SELECT FROM microtasks_guest g WHERE g.batch_id = b.id AND g.ended IS NULL)
"""


def crossing(batches: Collection[Batch]) -> set[int]:
    """The ids of those batches whose items anybody outside of their organisation, and all below it, is offered, answers for or was invited to.

    “Everybody” means all organisations; confidential work without a choice stays at home. One query.
    """
    everybody = [batch.pk for batch in batches if batch.sensitivity < Sensitivity.CONFIDENTIAL]
    asked = {"batches": [batch.pk for batch in batches], "everybody": everybody}
    with connection.cursor() as cursor:
        cursor.execute(CROSSING, {**asked, "day": timezone.localdate()})
        return {row[0] for row in cursor.fetchall()}


def crosses(batch: Batch) -> bool:
    return bool(crossing([batch]))


# What is missing


def lacking(batch: Batch) -> list[str]:
    """What has to be stated before people of other organisations may see the items; nothing inside one's own."""
    return missing_parts(batch, stated(batch)) if crosses(batch) else []


def missing_parts(batch: Batch, found: Stated) -> list[str]:
    """Everything the law asks for that is not stated, in the order of the page.

    What an organisation usually states is a proposal: it counts once it is saved with the batch.
    """
    said = found.protection if found.filled else Protection()
    parts = [
        (said.controller_id and said.contact, _("Name who answers for the data, with an address to write to.")),
        (said.purpose, _("Say what the data is used for.")),
        (said.basis, _("Choose the legal basis.")),
        (said.special_basis or not said.special, _("Choose why data of special categories may be used.")),
        (said.keep_days and said.afterwards, _("Say how long everything is kept after closing, and what happens then.")),
    ]  # fmt: skip
    return [words for there, words in parts if not there] + _unchecked(batch, found)


def _unchecked(batch: Batch, found: Stated) -> list[str]:
    """The items must have been looked through, and a person must have had the last word on them."""
    if found.word or not batch.tasks_total:  # without items, readiness asks for items
        return []
    if found.void:
        return [
            _("The items have changed since you stated what personal data is in them. Look again and state it anew.")
        ]
    return [_("Have the items looked through, and state whether personal data is in them.")]


# Deletion


def standing_holds() -> QuerySet[Hold]:
    return Hold.objects.filter(lifted=None, until__gt=timezone.now())


def with_hold(batches: QuerySet[Batch]) -> QuerySet[Batch]:
    """Adds `held_until` and `held_because`, empty where no hold stands."""
    holds = standing_holds().filter(batch=OuterRef("pk")).order_by("-until")
    return batches.annotate(
        held_until=Subquery(holds.values("until")[:1]), held_because=Subquery(holds.values("reason")[:1])
    )


def standing_hold(batch: Batch) -> Hold | None:
    return standing_holds().filter(batch=batch).select_related("by").order_by("-until").first()


def due_for_deletion() -> QuerySet[Batch]:
    """Batches whose days are over and which nobody holds back. The database looks at the same again by itself."""
    return _deleted_by(sure_now())


def soon_deleted() -> QuerySet[Batch]:
    """Batches whose items go within `WARN` unless somebody holds them; with what was stated."""
    return _deleted_by(timezone.now() + WARN).select_related("protection")


def _deleted_by(moment: datetime) -> QuerySet[Batch]:
    days = F("closed") + F("protection__keep_days") * Value(timedelta(days=1))
    due = Batch.objects.annotate(deletes=ExpressionWrapper(days, DateTimeField())).filter(
        ~Exists(standing_holds().filter(batch=OuterRef("pk"))),
        state=BatchState.CLOSED,
        deletes__lte=moment,
        protection__erased=None,
    )
    return due.exclude(protection__afterwards="").order_by("pk")


def deletion_day(batch: Batch, stated: Protection) -> date | None:
    """When the items of a closed batch go; None while it is not closed, or where no time was stated."""
    if batch.closed is None or not stated.keep_days or not stated.afterwards:
        return None
    return timezone.localdate(batch.closed + timedelta(days=stated.keep_days))


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the pages of a batch say about its data. `soon`: within the seven days before deletion."""

    stated: Protection
    day: date | None
    soon: bool
    hold: Hold | None


def keeping(batch: Any) -> Keeping:
    """No query, for a batch that was read with its protection and `with_hold`."""
    stated = batch.protection if hasattr(batch, "protection") else Protection(batch=batch)
    day = deletion_day(batch, stated)
    soon = day is not None and stated.erased is None and day <= timezone.localdate() + WARN
    hold = Hold(batch=batch, until=batch.held_until, reason=batch.held_because) if batch.held_until else None
    return Keeping(stated, day, soon, hold)


def kept_words(batch: Batch) -> str:
    """How long the data of a batch is kept, for those who work on it."""
    return afterwards_words(batch.protection) if hasattr(batch, "protection") else ""


def ground_words(batch: Batch) -> list[str]:
    """Why the data of a batch may be used, for those who work on it; empty where nothing is stated."""
    if not hasattr(batch, "protection") or not batch.protection.basis:
        return []
    stated = batch.protection
    name = stated.controller.name if stated.controller else batch.organisation.name
    special = str(SPECIAL_SAYS[stated.special_basis]) if stated.special_basis else ""
    return [str(BASIS_TOLD[stated.basis]) % {"name": name}, *filter(None, [special])]


def days_words(days: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}


def afterwards_words(stated: Protection) -> str:
    """How long and what then, in one sentence."""
    if not stated.keep_days or not stated.afterwards:
        return _("No time is stated.")
    words = {"days": days_words(stated.keep_days)}
    if stated.afterwards == Afterwards.DELETE:
        return _("Everything is deleted %(days)s after the batch closes.") % words
    return _("Items and answers are deleted %(days)s after the batch closes; the results are kept.") % words
