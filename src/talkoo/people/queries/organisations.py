"""The dated tree of organisations, read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.notify.queries.things import Thing
from talkoo.people.models import Organisation, Placement
from talkoo.people.queries.reshaping import descend


@dataclass(frozen=True, slots=True)
class Branch:
    """One organisation in the tree, in reading order. `planned` is the placement that begins later, if any."""

    organisation: Organisation
    depth: int
    parent: Organisation | None
    planned: Placement | None


def resource(organisation: Organisation) -> Resource:
    return Resource("organisation", organisation.code, organisation.pk)


def existing(day: date | None = None) -> QuerySet[Organisation]:
    """Organisations that exist on a day (today when None)."""
    day = day or timezone.localdate()
    return Organisation.objects.filter(Q(ends__isnull=True) | Q(ends__gt=day), starts__lte=day)


def seen_organisations(by: Subject, permission: Permission) -> QuerySet[Organisation]:
    """Those not ended in which the asking person holds the permission, by name; `parent_name` says where they stand."""
    day = timezone.localdate()
    not_over = Q(ends__isnull=True) | Q(ends__gt=day)
    stands = Placement.objects.filter(not_over, organisation=OuterRef("pk"), starts__lte=day)
    found = Organisation.objects.filter(not_over, pk__in=organisations_where(by, permission))
    return found.annotate(parent_name=Subquery(stands.values("parent__name")[:1])).order_by("name", "id")


def access_organisation(by: Subject, code: str, permission: Permission) -> Organisation:
    """The organisation of this code. One in which the person holds no such permission is `Missing` (404)."""
    organisation = Organisation.objects.filter(code=code, pk__in=organisations_where(by, permission)).first()
    if organisation is None:
        raise Missing(
            _("There is no such organisation among those you look after."), _("Look at the list of organisations.")
        )
    authorise(by, permission, on=resource(organisation))
    return organisation


def chosen_organisation(organisations: list[Organisation], code: str) -> Organisation | None:
    """The one of this code among those somebody may see; None for no code, `Missing` for any other."""
    found = next((each for each in organisations if each.code == code), None)
    if code and found is None:
        raise Missing(_("There is no such organisation among those you look after."), _("Choose one from the list."))
    return found


def below(organisation: Organisation, day: date | None = None) -> frozenset[int]:
    """Ids of the organisation and of everything that stands below it on a day, or will later. Two queries a page."""
    return descend(parts_of(day or timezone.localdate()), organisation.pk)


def parts_of(day: date, **only: date) -> dict[int, list[int]]:
    """By organisation what stands directly below it on a day, or will later; `only` narrows the placements. One query."""
    edges = Placement.objects.filter(Q(ends__isnull=True) | Q(ends__gt=day), parent__isnull=False, **only)
    parts: dict[int, list[int]] = {}
    for part, parent in edges.values_list("organisation_id", "parent_id"):
        parts.setdefault(parent, []).append(part)
    return parts


def branches(by: Subject, permission: Permission) -> list[Branch]:
    """The tree of today as far as the permission reaches, parents before children, siblings by name. Two queries."""
    day = timezone.localdate()
    placements = (
        Placement.objects.filter(Q(ends__isnull=True) | Q(ends__gt=day)).select_related("parent").order_by("starts")
    )
    organisations = list(
        seen_organisations(by, permission).prefetch_related(Prefetch("placements", placements, "placed"))
    )
    here = {organisation.pk: organisation for organisation in organisations}
    children: dict[int | None, list[Branch]] = {}
    for organisation in organisations:
        parent, planned = _stand(organisation, day)
        above = parent.pk if parent and parent.pk in here else None
        children.setdefault(above, []).append(Branch(organisation, 0, parent, planned))
    return _in_order(children, None, 0)


def _stand(organisation: Organisation, day: date) -> tuple[Organisation | None, Placement | None]:
    placed: list[Placement] = organisation.placed  # type: ignore[attr-defined]
    now = [placement for placement in placed if placement.starts <= day]
    later = [placement for placement in placed if placement.starts > day]
    return (now[-1].parent if now else None), (later[-1] if later else None)


def _in_order(children: dict[int | None, list[Branch]], above: int | None, depth: int) -> list[Branch]:
    found: list[Branch] = []
    for branch in children.get(above, ()):
        found.append(Branch(branch.organisation, depth, branch.parent, branch.planned))
        found += _in_order(children, branch.organisation.pk, depth + 1)
    return found


def ended_organisations(by: Subject, permission: Permission) -> QuerySet[Organisation]:
    """Those of this person's reach that ended, latest first, with who followed them."""
    reach = organisations_where(by, permission)
    ended = Organisation.objects.filter(ends__lte=timezone.localdate(), pk__in=reach)
    return ended.select_related("successor").order_by("-ends", "name")


def noticed_organisations(by: Subject, codes: Collection[str]) -> Mapping[str, Thing]:  # noqa: ARG001 - names are open
    """Organisations as notices name them: who was told of a role there knows the name. One query."""
    found = Organisation.objects.filter(code__in=codes).values_list("code", "name")
    return {code: Thing(name) for code, name in found}


def organisation_names(ids: Collection[int]) -> list[tuple[int, str]]:
    """Organisations of today by name, to choose from. One query."""
    return list(existing().filter(pk__in=ids).order_by("name", "pk").values_list("pk", "name"))
