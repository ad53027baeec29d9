"""The list of people in somebody's care: searched, filtered, in an order that holds, a page at a time.

A page begins after a person, not at a number: it costs the same at the first and at the fifty-thousandth.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.people.models import Membership, Person
from talkoo.people.queries.persons import holding, people_in, with_roles

ON_A_PAGE = 25
STATES: Mapping[str, tuple[str | Promise, Q]] = {
    "here": (_("With a role"), Q(is_active=True, has_role=True)),
    "new": (_("Not signed in yet"), Q(is_active=True, last_login__isnull=True)),
    "left": (_("Without a role"), Q(is_active=True, has_role=False)),
    "closed": (_("Account closed"), Q(is_active=False)),
}
SORTS: Mapping[str, tuple[str | Promise, str]] = {
    "name": (_("By name"), "folded"),
    "newest": (_("Newest first"), "-joined"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is asked for; unknown words are passed over, an old link still works."""

    organisations: frozenset[int]
    words: str = ""
    role: str = ""
    state: str = ""
    sort: str = "name"
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some people of the list, and the codes after which the next and before which the previous ones stand."""

    people: Sequence[Person]
    count: int
    after: str
    before: str


def members(asked: Asked) -> QuerySet[Person]:
    """Everybody of the list, in its order."""
    now = holding().filter(person=OuterRef("pk"))
    found = people_in(asked.organisations, asked.words).alias(has_role=Exists(now))
    if asked.role in Role.values:
        found = found.filter(Exists(now.filter(role=asked.role, organisation__in=asked.organisations)))
    if asked.state in STATES:
        found = found.filter(STATES[asked.state][1])
    field = SORTS.get(asked.sort, SORTS["name"])[1]
    return found.order_by(field, "-id" if field.startswith("-") else "id")


def page_of(asked: Asked, reach: frozenset[int]) -> Page:
    """One page, each person with their roles in `reach`. Four queries at most."""
    found = members(asked)
    count = found.aggregate(n=Count("pk"))["n"]
    back = bool(asked.before)
    placed = _from(found, asked.before or asked.after, back=back)
    rows = list(with_roles(placed, reach)[: ON_A_PAGE + 1])
    more, rows = len(rows) > ON_A_PAGE, rows[:ON_A_PAGE]
    if back:
        rows.reverse()
    later = more if not back else bool(rows)
    earlier = more if back else bool(asked.after and rows)
    return Page(rows, count, rows[-1].code if rows and later else "", rows[0].code if rows and earlier else "")


def _from(found: QuerySet[Person], code: str, *, back: bool) -> QuerySet[Person]:
    """Those who stand after (or, backwards, before) the person of this code; all of them for a code nobody has."""
    down = str(found.query.order_by[0]).startswith("-")
    field = str(found.query.order_by[0]).lstrip("-")
    if back:
        found = found.reverse()
    mark = Person.objects.filter(code=code).values_list(field, "pk").first() if code else None
    if mark is None:
        return found
    beyond = "lt" if down != back else "gt"
    value, pk = mark
    return found.filter(Q(**{f"{field}__{beyond}": value}) | Q(**{field: value, f"pk__{beyond}": pk}))


def counts(organisations: frozenset[int]) -> dict[str, int]:
    """How many people there are in each state. One query."""
    now = Exists(holding().filter(person=OuterRef("pk")))
    found = people_in(organisations).order_by().annotate(has_role=now)
    return found.aggregate(**{name: Count("pk", filter=of) for name, (_word, of) in STATES.items()})


def rows_for_file(by: Subject, asked: Asked) -> Iterator[Sequence[object]]:
    """Each role of each person of the list as one row of a file, as far as the asking one looks after it; streamed."""
    reach = organisations_where(by, Permission.PEOPLE_SEE)
    held = (
        Membership.objects.filter(organisation__in=reach, person__in=members(asked).values("pk"))
        .annotate(by_name=F("person__folded"))
        .order_by("by_name", "person_id", "starts", "pk")
    )
    columns = (
        "person__name", "person__email", "person__title", "organisation__name", "organisation__code", "role", "starts",
        "ends", "person__is_active",
    )  # fmt: skip
    for *cells, active in held.values_list(*columns).iterator(chunk_size=2000):
        yield [*cells, "open" if active else "closed"]
