"""What the organisations in somebody's care hold: every batch with whose data it is, what for, and when it goes."""

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Batch, BatchState, DataStatement
from talkoo.microtasks.queries.batches import named_resource, title_for_others, titled
from talkoo.microtasks.queries.progress import with_known_items
from talkoo.microtasks.queries.protection import with_hold


def registered_batches(by: Subject) -> QuerySet[Batch]:
    """Every batch of the organisations whose register this person may read, with its statements. One query.

    Adds `held_until`, `held_because`, and `said`, `said_because`: the last word on personal data in its items; and
    `titled`: whether its title may be shown to this person, which `named` goes by.
    """
    places = organisations_where(by, Permission.REGISTER_SEE)
    words = DataStatement.objects.filter(batch=OuterRef("pk")).order_by("-pk")
    found = Batch.objects.filter(organisation__in=places)
    found = found.select_related("organisation", "protection", "protection__controller")
    return (
        with_hold(with_known_items(found))
        .annotate(
            said=Subquery(words.values("says")[:1]),
            said_because=Subquery(words.values("because")[:1]),
            titled=ExpressionWrapper(titled(by, Permission.REGISTER_SEE), output_field=BooleanField()),
        )
        .order_by("-created", "-pk")
    )


def named(batch: Batch) -> Batch:
    """A batch of the register, or, where its title is not for this person, without its name. Not to be stored."""
    if not getattr(batch, "titled", False):
        batch.title = title_for_others(batch.sensitivity)
    return batch


SHOWN = ("all", "open", "closed", "held", "unstated", "erased")


def narrowed(found: QuerySet[Batch], show: str, words: str) -> QuerySet[Batch]:
    """The part of the register that is asked for. Words find no title that is not shown."""
    parts = {
        "open": Q(state__in=[BatchState.OPEN, BatchState.PAUSED]),
        "closed": Q(state=BatchState.CLOSED, protection__erased=None),
        "held": Q(held_until__isnull=False),
        "unstated": Q(protection__keep_days=None) & ~Q(state=BatchState.DRAFT),
        "erased": Q(protection__erased__isnull=False),
    }
    if show in parts:
        found = found.filter(parts[show])
    words = words.replace("\x00", "").strip()
    if words:
        found = found.filter(
            Q(titled=True, title__icontains=words)
            | Q(organisation__name__icontains=words)
            | Q(protection__purpose__icontains=words)
        )
    return found


def access_registered(by: Subject, code: str, permission: Permission) -> Batch:
    """The batch of this code in one's register, with the permission checked. Foreign to you means `Missing` (404)."""
    found = registered_batches(by).filter(code=code).first()
    if found is None:
        raise Missing(_("There is no such batch in your register."), remedy=_("Look at the register."))
    authorise(by, permission, on=named_resource(found))
    return named(found)
