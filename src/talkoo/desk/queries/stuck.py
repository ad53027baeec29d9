"""What is stuck and for whom: one list over batches, invitations and people, the longest waiting first.

A row names a role that it waits for, never a ranking of persons and never who declined. At most nine statements.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib import charts
from talkoo.lib.formats import month_day
from talkoo.microtasks.models import Batch, BatchState
from talkoo.microtasks.queries.batches import veiled
from talkoo.microtasks.queries.pace import late_day, settled_days
from talkoo.microtasks.queries.stuck import nobody_left, running_batches
from talkoo.people.models import Invitation, Organisation
from talkoo.people.queries.organisations import below, chosen_organisation, seen_organisations
from talkoo.people.queries.persons import pending_invitations, without_role

QUIET, REVIEW, REPLY, DRAFT, INVITED = (timedelta(days=n) for n in (5, 3, 3, 14, 7))
SHOWN = 60
INVITATIONS = 30


@dataclass(frozen=True, slots=True)
class Kind:
    """One way of being stuck: its icon, what is waited for, and the role that it waits for."""

    icon: str
    waits: str | Promise
    role: str | Promise


KINDS: Mapping[str, Kind] = {
    "left": Kind("person", gettext_lazy("A new owner"), gettext_lazy("A coordinator")),
    "taken": Kind("people", gettext_lazy("Other people"), gettext_lazy("Its owners")),
    "quiet": Kind("people", gettext_lazy("Answers"), gettext_lazy("People who answer")),
    "late": Kind("calendar", gettext_lazy("More people, or another day"), gettext_lazy("Its owners")),
    "review": Kind("scale", gettext_lazy("A decision"), gettext_lazy("Its reviewers")),
    "problem": Kind("question", gettext_lazy("A reply"), gettext_lazy("Its owners")),
    "asked": Kind("question", gettext_lazy("A reply to a question"), gettext_lazy("Owners and reviewers")),
    "failed": Kind("upload", gettext_lazy("A file that can be read"), gettext_lazy("Its owners")),
    "draft": Kind("edit", gettext_lazy("Being opened or discarded"), gettext_lazy("Its owners")),
    "invited": Kind("mail", gettext_lazy("An answer to an invitation"), gettext_lazy("The invited person")),
    "homeless": Kind("internal", gettext_lazy("A role"), gettext_lazy("A coordinator")),
}


@dataclass(frozen=True, slots=True)
class Stuck:
    """One row. `post`: the button sends a form to `href`; without it, it is a link. `by_itself`: what happens unaided."""

    kind: str
    title: str
    whom: str
    since: date
    says: str
    verb: str
    href: str
    page: str = ""
    by_itself: str = ""
    post: bool = False

    @property
    def shown(self) -> Kind:
        return KINDS[self.kind]

    @property
    def days(self) -> int:
        return (timezone.localdate() - self.since).days


@dataclass(frozen=True)
class StuckBoard:
    """The page: rows of the chosen kind, all kinds with their counts, and what runs in all."""

    rows: Sequence[Stuck]
    total: int
    running: int
    kinds: Sequence[Mapping[str, object]]
    chart: charts.Chart | None
    organisations: Sequence[Organisation]
    chosen: Organisation | None
    kind: str


def stuck(by: Subject, organisation: str, kind: str) -> StuckBoard:
    """The board of somebody who looks after organisations: all of them, or one with everything below it."""
    places = list(seen_organisations(by, Permission.PEOPLE_SEE))
    chosen = chosen_organisation(places, organisation)
    under = below(chosen) if chosen else None
    running = running_batches(_within(by, Permission.BATCH_SEE, under))
    batches = [veiled(by, batch, Permission.BATCH_SEE) for batch in running]
    now = timezone.now()
    found = [*_batches(by, batches, now), *_people(_within(by, Permission.PEOPLE_SEE, under), now)]
    found.sort(key=lambda row: (row.since, row.title))
    counts = Counter(row.kind for row in found)
    kind = kind if kind in counts else ""
    rows = [row for row in found if kind in {"", row.kind}]
    kinds = _chips(counts, kind, chosen)
    return StuckBoard(rows[:SHOWN], len(found), len(batches), kinds, _chart(counts), places, chosen, kind)


def _within(by: Subject, permission: Permission, under: frozenset[int] | None) -> frozenset[int]:
    reach = organisations_where(by, permission)
    return reach if under is None else reach & under


def _batches(by: Subject, batches: Sequence[Batch], now: datetime) -> Iterator[Stuck]:
    quiet = [batch for batch in batches if _is_quiet(batch, now)]
    alone = nobody_left([batch.pk for batch in quiet])
    late = _late_days(batches, now)
    for batch in batches:
        yield from _of_batch(by, batch, now, late.get(batch.pk))
    for batch in quiet:
        yield _quiet_row(by, batch, nobody=batch.pk in alone)


def _is_quiet(batch: Batch, now: datetime) -> bool:
    left = batch.tasks_total - batch.settled - (batch.reviews or 0)  # type: ignore[attr-defined]
    return batch.state == BatchState.OPEN and left > 0 and _last(batch) < now - QUIET


def _last(batch: Batch) -> datetime:
    """When it last moved; a batch that nobody has answered moved when it was opened."""
    return batch.moved or batch.opened or batch.created  # type: ignore[attr-defined]


def _of_batch(by: Subject, batch: Batch, now: datetime, late: date | None) -> Iterator[Stuck]:
    facts = batch.__dict__
    if not facts["owned"]:
        says = _("Nobody who owns it is here any more.")
        hand = (_("Hand it over"), reverse("batch_hand_over", args=[batch.code]))
        yield _row(by, batch, "left", _last(batch), says, action=hand)
    if batch.state == BatchState.DRAFT:
        yield from _draft(by, batch, now)
        return
    if facts["reviews"] and (facts["reviews_since"] or _last(batch)) < now - REVIEW:
        n = facts["reviews"]
        says = ngettext("%(n)d item waits for a decision.", "%(n)d items wait for a decision.", n) % {"n": n}
        yield _row(by, batch, "review", facts["reviews_since"] or _last(batch), says)
    if facts["problems"] and facts["problems_since"] < now - REPLY:
        n = facts["problems"]
        says = ngettext("%(n)d report has no reply.", "%(n)d reports have no reply.", n) % {"n": n}
        yield _row(by, batch, "problem", facts["problems_since"], says)
    if facts["asked"] and facts["asked_since"] < now - REPLY:
        n = facts["asked"]
        says = ngettext("%(n)d question has no reply.", "%(n)d questions have no reply.", n) % {"n": n}
        yield _row(by, batch, "asked", facts["asked_since"], says)
    if late is not None:
        says = _("Likely finished on %(day)s, after its day.") % {"day": month_day(late)}
        yield _row(by, batch, "late", _last(batch), says, step="audience")


def _draft(by: Subject, batch: Batch, now: datetime) -> Iterator[Stuck]:
    failed = batch.failed  # type: ignore[attr-defined]
    if failed:
        yield _row(by, batch, "failed", failed, _("Its file could not be read."), step="upload")
    elif batch.created < now - DRAFT:
        yield _row(by, batch, "draft", batch.created, _("A draft that was never opened."), step="check")


def _late_days(batches: Sequence[Batch], now: datetime) -> Mapping[int, date]:
    """By batch the day on which it is likely done, where that is past its deadline: as its own page forecasts it."""
    asked = [batch for batch in batches if batch.state == BatchState.OPEN and batch.deadline and _left(batch) > 0]
    today, settled = timezone.localdate(now), settled_days(asked)
    found = {batch.pk: late_day(batch, settled[batch.pk], _left(batch), today) for batch in asked}
    return {pk: day for pk, day in found.items() if day is not None}


def _left(batch: Batch) -> int:
    left: int = batch.tasks_total - batch.settled  # type: ignore[attr-defined]
    return left


def _quiet_row(by: Subject, batch: Batch, *, nobody: bool) -> Stuck:
    if nobody:
        says = _("Everybody who may see it has had each open item.")
        return _row(by, batch, "taken", _last(batch), says, step="audience")
    return _row(by, batch, "quiet", _last(batch), _("Nobody has answered lately."))


def _row(
    by: Subject,
    batch: Batch,
    kind: str,
    since: datetime,
    says: str,
    *,
    step: str = "",
    action: tuple[str, str] | None = None,
) -> Stuck:
    page = reverse("batch", args=[batch.code])
    verb, href = action or _unblocks(by, batch, reverse("batch_edit", args=[batch.code, step]) if step else page)
    ends = ""
    if batch.state == BatchState.OPEN and batch.deadline:
        ends = _("Closes by itself after %(day)s") % {"day": month_day(batch.deadline)}
    day = timezone.localdate(since)
    return Stuck(kind, batch.title, batch.organisation.name, day, says, verb, href, page, by_itself=ends)


def _unblocks(by: Subject, batch: Batch, own: str) -> tuple[str, str]:
    """An owner puts it right; everybody else writes to the owners. No title goes into a mail."""
    owners = [tie.person for tie in batch.owners]  # type: ignore[attr-defined]
    if by.person_id in {owner.pk for owner in owners}:
        return _("Put it right"), own
    if not owners:
        return _("See it"), reverse("batch", args=[batch.code])
    subject = quote(_("A batch of yours in Talkoo waits"))
    return _(
        "Write to the owner"
    ), f"mailto:{quote(','.join(owner.email for owner in owners), safe='@,')}?subject={subject}"


def _people(organisations: frozenset[int], now: datetime) -> Iterator[Stuck]:
    waiting = pending_invitations(organisations).filter(sent__lt=now - INVITED).order_by("sent", "pk")
    yield from (_invited(invitation, now) for invitation in waiting[:INVITATIONS])
    count, since = without_role(organisations)
    if count and since:
        title = ngettext("%(n)d person without a role", "%(n)d people without a role", count) % {"n": count}
        says = _("Their account is open, but no organisation is theirs.")
        href = f"{reverse('people')}?state=left"
        yield Stuck("homeless", title, _("Your organisations"), since, says, _("Look at them"), href, href)


def _invited(invitation: Invitation, now: datetime) -> Stuck:
    over = invitation.expires <= now
    says = _("The link has run out.") if over else _("Has not been taken yet.")
    ends = "" if over else _("Runs out on %(day)s") % {"day": month_day(invitation.expires)}
    href = reverse("invitation_resend", args=[invitation.pk])
    since, where = timezone.localdate(invitation.sent), invitation.organisation.name
    people = f"{reverse('people')}?organisation={invitation.organisation.code}"
    return Stuck("invited", invitation.email, where, since, says, _("Send again"), href, people, ends, post=True)


def _chips(counts: Counter[str], kind: str, chosen: Organisation | None) -> list[dict[str, object]]:
    keep = f"&organisation={chosen.code}" if chosen else ""
    every: dict[str, object] = {
        "label": _("All, %(n)d") % {"n": counts.total()},
        "href": f"?kind={keep}",
        "current": not kind,
    }
    named = [(code, shown) for code, shown in KINDS.items() if counts[code]]
    return [every] + [
        {"label": f"{shown.waits}, {counts[code]}", "href": f"?kind={code}{keep}", "current": code == kind}
        for code, shown in named
    ]


def _chart(counts: Counter[str]) -> charts.Chart | None:
    if len(counts) < 2:
        return None
    rows = [charts.Bar(str(KINDS[code].waits), n, str(n)) for code, n in counts.most_common()]
    most = KINDS[counts.most_common(1)[0][0]].waits
    says = _("Most often waited for: %(what)s.") % {"what": str(most).lower()}
    return charts.bars("kinds", _("What is waited for"), says, rows, of=_("Waited for"), unit=_("How often"))
