"""Everything that is held of people, in the order in which it is told, and what of it is one person's."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count, Value
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.queries.holdings import HOLDINGS as ACCESS
from talkoo.access.subject import Subject
from talkoo.audit.queries import HOLDINGS as AUDIT
from talkoo.lib import wall
from talkoo.lib.errors import Denied
from talkoo.lib.holdings import Erasure, Holding, Table
from talkoo.microtasks.queries.holdings import HOLDINGS as MICROTASKS
from talkoo.microtasks.queries.holdings import batches_touched
from talkoo.notify.queries.holdings import HOLDINGS as NOTIFY
from talkoo.people.models import Person
from talkoo.people.queries.holdings import HOLDINGS as PEOPLE
from talkoo.people.queries.persons import access_person

HOLDINGS: tuple[Holding, ...] = (*PEOPLE, *ACCESS, *MICROTASKS, *NOTIFY, *AUDIT)
AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Held:
    """How many rows of one holding are about one person, and how many of them erasure takes away or empties."""

    holding: Holding
    rows: int
    kept: int

    @property
    def goes(self) -> int:
        return self.rows - self.kept


def held_of(person_id: int) -> list[Held]:
    """Every holding with its rows about a person, also those without any. Two queries."""
    every = [(holding, table) for holding in HOLDINGS for table in holding.tables]
    with wall.opened(*batches_touched(person_id)):
        found = dict(_counts(person_id, [table for _holding, table in every]))
    shown = []
    for holding in HOLDINGS:
        numbers = {table: found.get(n, 0) for n, (its, table) in enumerate(every) if its is holding}
        kept = sum(number for table, number in numbers.items() if table.erasure == Erasure.KEPT)
        shown.append(Held(holding, sum(numbers.values()), kept))
    return shown


def _counts(person_id: int, tables: list[Table]) -> Iterable[tuple[int, int]]:
    parts = [
        table.rows(person_id).order_by().annotate(part=Value(n)).values("part").annotate(n=Count("*")).values_list("part", "n")
        for n, table in enumerate(tables)
    ]  # fmt: skip
    first, *others = parts
    return list(first.union(*others, all=True))


def erasable(by: Subject, code: str) -> Person:
    """Somebody this person could erase once the account is closed; Denied to those who look after people but may not."""
    person = access_person(by, code)
    places = set(person.memberships.values_list("organisation", flat=True))
    if not places <= organisations_where(by, Permission.PERSON_ERASE):
        raise Denied(
            _("Personal data is erased by an administrator of every organisation where somebody held a role."),
            _("Ask an administrator of your region."),
            permission=Permission.PERSON_ERASE.value,
        )
    return person


def my_data(by: Subject) -> Iterator[str]:
    """All that is held of the person who asks, as the pieces of one JSON document (GDPR Art. 15 and 20).

    Each holding says what it is for and on what ground, and gives the columns that its tables declare; secrets are not
    among them. Rows are read a few thousand at a time: somebody may have given a hundred thousand answers.
    """
    head = {"name": by.name, "made": timezone.now()}
    yield f'{{"about": {_json(head)},\n "holdings": ['
    for number, holding in enumerate(HOLDINGS):
        said = {
            "what": str(holding.what), "what for": str(holding.purpose), "legal basis": str(holding.basis.label),
            "who sees it": str(holding.seen_by), "how long": str(holding.kept),
        }  # fmt: skip
        yield f'{"," if number else ""}\n  {_json(said)[:-1]}, "rows": ['
        for nth, row in enumerate(_rows(by.person_id, holding)):
            yield (",\n    " if nth else "\n    ") + row
        yield "]}"
    yield "\n]}\n"


def _rows(person_id: int, holding: Holding) -> Iterator[str]:
    for table in holding.tables:
        for row in table.rows(person_id).values(*table.shows).iterator(chunk_size=AT_ONCE):
            yield _json({"table": table.model, **{name.replace("__", " "): value for name, value in row.items()}})


class _Plain(DjangoJSONEncoder):
    """What JSON has no form for is given as it is written: a network as 192.0.2.0/24."""

    def default(self, o: object) -> object:
        try:
            return super().default(o)
        except TypeError:
            return str(o)


def _json(value: object) -> str:
    return json.dumps(value, cls=_Plain, ensure_ascii=False)
