"""What works councils agreed to, by organisation; and whether there is one."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from talkoo.access.models import CouncilWord
from talkoo.access.permissions import Role
from talkoo.access.queries.measuring import ANYTHING
from talkoo.people.models import Membership, Organisation, Placement
from talkoo.people.queries.organisations import parts_of
from talkoo.people.queries.persons import holding


def agreed() -> dict[int | None, frozenset[str]]:
    """By organisation the versions agreed to: by the last word of its own council, or else of the nearest above; that
    there is none counts only where no council said anything, here or above. Two queries."""
    last = CouncilWord.objects.order_by("organisation", "-id").distinct("organisation")
    said = {place: frozenset(versions) for place, versions in last.values_list("organisation", "versions")}
    parts = parts_of(timezone.localdate())
    none = {place: versions for place, versions in said.items() if ANYTHING in versions}
    councils = {place: versions for place, versions in said.items() if place not in none}
    return _with_below(none, parts) | _with_below(councils, parts)


def _with_below(
    said: Mapping[int, frozenset[str]], parts: Mapping[int, Collection[int]]
) -> dict[int | None, frozenset[str]]:
    found: dict[int | None, frozenset[str]] = {place: versions for place, versions in said.items()}  # noqa: C416 - wider keys
    waiting = list(said.items())
    while waiting:
        place, versions = waiting.pop()
        below = [(part, versions) for part in parts.get(place, ()) if part not in said and part not in found]
        found.update(below)
        waiting += below
    return found


def last_word(above: list[int]) -> CouncilWord | None:
    """What counts in the first of a lineage, as in `agreed`. One query."""
    last = CouncilWord.objects.filter(organisation__in=above).order_by("organisation", "-id").distinct("organisation")
    said = {word.organisation_id: word for word in last.select_related("by", "organisation")}
    found = [said[place] for place in above if place in said]
    return next((word for word in found if not word.no_council), found[0] if found else None)


def words_of(organisation: Organisation) -> list[CouncilWord]:
    """Everything that was said here, the newest first. One query."""
    return list(CouncilWord.objects.filter(organisation=organisation).select_related("by").order_by("-id")[:20])


def council_of(above: list[int]) -> list[Membership]:
    """Who is in the works council of the first of a lineage or of one above it. One query."""
    found = holding().filter(role=Role.WORKS_COUNCIL, organisation__in=above, person__is_active=True)
    return list(found.select_related("person", "organisation"))


def council_lately(above: list[int], days: int) -> Membership | None:
    """Somebody whose role in the works council of the first of a lineage, or of one above it, did not end long ago: it
    holds, is to begin, rests with a closed account, or ended within these days. One query."""
    since = timezone.localdate() - timedelta(days)
    found = Membership.objects.filter(Q(ends__isnull=True) | Q(ends__gt=since), role=Role.WORKS_COUNCIL)
    return found.filter(organisation__in=above).select_related("person").order_by("-pk").first()


def lineage(organisation: Organisation) -> list[int]:
    """The organisation and those it stands below today, the nearest first. One query."""
    today = timezone.localdate()
    edges = Placement.objects.filter(starts__lte=today, parent__isnull=False).exclude(ends__lte=today)
    parent = dict(edges.values_list("organisation_id", "parent_id"))
    found = [organisation.pk]
    while (above := parent.get(found[-1])) is not None and above not in found:
        found.append(above)
    return found
