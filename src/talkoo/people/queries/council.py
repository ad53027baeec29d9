"""What works councils agreed to, by organisation; and whether there is one."""

from django.utils import timezone

from talkoo.access.models import CouncilWord
from talkoo.access.permissions import Role
from talkoo.people.models import Membership, Organisation, Placement
from talkoo.people.queries.organisations import parts_of
from talkoo.people.queries.persons import holding


def agreed() -> dict[int | None, frozenset[str]]:
    """By organisation the versions agreed to: by its own last word, or else by the nearest above that has one. Two queries."""
    last = CouncilWord.objects.order_by("organisation", "-id").distinct("organisation")
    said = {place: frozenset(versions) for place, versions in last.values_list("organisation", "versions")}
    parts = parts_of(timezone.localdate())
    found: dict[int | None, frozenset[str]] = {place: versions for place, versions in said.items()}  # noqa: C416 - wider keys
    waiting = list(said.items())
    while waiting:
        place, versions = waiting.pop()
        below = [(part, versions) for part in parts.get(place, ()) if part not in said and part not in found]
        found.update(below)
        waiting += below
    return found


def last_word(above: list[int]) -> CouncilWord | None:
    """What counts in the first of a lineage: its own last word, or that of the nearest above. One query."""
    last = CouncilWord.objects.filter(organisation__in=above).order_by("organisation", "-id").distinct("organisation")
    said = {word.organisation_id: word for word in last.select_related("by", "organisation")}
    return next((said[place] for place in above if place in said), None)


def words_of(organisation: Organisation) -> list[CouncilWord]:
    """Everything that was said here, the newest first. One query."""
    return list(CouncilWord.objects.filter(organisation=organisation).select_related("by").order_by("-id")[:20])


def council_of(above: list[int]) -> list[Membership]:
    """Who is in the works council of the first of a lineage or of one above it. One query."""
    found = holding().filter(role=Role.WORKS_COUNCIL, organisation__in=above, person__is_active=True)
    return list(found.select_related("person", "organisation"))


def lineage(organisation: Organisation) -> list[int]:
    """The organisation and those it stands below today, the nearest first. One query."""
    today = timezone.localdate()
    edges = Placement.objects.filter(starts__lte=today, parent__isnull=False).exclude(ends__lte=today)
    parent = dict(edges.values_list("organisation_id", "parent_id"))
    found = [organisation.pk]
    while (above := parent.get(found[-1])) is not None and above not in found:
        found.append(above)
    return found
