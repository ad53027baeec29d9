"""What the log says of one thing, for pages that have to name who was there before."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from talkoo.audit.models import Event
from talkoo.lib.holdings import Basis, Erasure, Holding, Keep, Table

OLD = Keep(timedelta(days=730), "talkoo.audit.jobs.forget")  # the row stays, its details go

HOLDINGS = (
    Holding(
        "audit.log",
        what=_("A log of what was changed, by whom"),
        purpose=_("To prove that the rules were kept"),
        seen_by=_("Auditors and security officers"),
        kept=_("For good; what it says in detail of your signing in and your work on items, two years"),
        tables=(Table("audit.Event", "actor_id", ("at", "action", "kind", "code"), Erasure.KEPT, keep=(OLD,)),),
        basis=Basis.OBLIGATION,
        because=_(
            "A log with gaps proves nothing. It names people by a number, and no name stands behind it any more; what it says in detail of them is erased."
        ),
    ),
)


def last_done(*, on: tuple[str, str], actions: Collection[str]) -> tuple[int | None, datetime] | None:
    """Who did one of these to the thing `on` (kind, code) most recently, and when; None where nobody did. One query.

    The person is None where a service or the system did it.
    """
    kind, code = on
    found = Event.objects.filter(kind=kind, code=code, action__in=actions).order_by("-id")
    return found.values_list("actor_id", "at").first()


def told_before(*, action: str, fact: str, before: datetime) -> set[str]:
    """What the events of an action before that moment say of one fact; for acts that are rare. One query."""
    found = Event.objects.filter(action=action, at__lt=before)
    return {str(event.facts[fact]) for event in found if fact in event.facts}


def done_before(*, kind: str, codes: Collection[str], actions: Collection[str], before: datetime) -> list[str]:
    """The things among these to which one of the actions was done, and last before that moment. One query."""
    found = Event.objects.filter(kind=kind, code__in=codes, action__in=actions).order_by().values("code")
    return list(found.annotate(last=Max("at")).filter(last__lt=before).values_list("code", flat=True))
