"""The rules as conditions of a list: the rows that the door would let pass, found in the database.

The rules themselves are asked, once for every kind of row there can be; so no rule stands here a second time.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone

from talkoo.access.deciding import decided, request_of
from talkoo.access.permissions import Permission
from talkoo.access.queries import HIGHEST, organisations_where
from talkoo.access.subject import Subject
from talkoo.engines.policy import NO_RULES, Rules, Thing

LEVELS = range(HIGHEST + 1)


def sieve(
    by: Subject,
    permission: Permission,
    *,
    tied: bool = False,
    named: bool = False,
    host: bool = False,
    emergency: bool = False,
    through: str = "",
) -> Q:
    """Rows with `sensitivity` and `organisation` that the rules let this person have; who is given them at all is asked elsewhere.

    Of ties only those within a helper's reach count. `tied`, `named`, `host` and `emergency` hold of every row asked about, or of none. `through` leads from the row to the thing, such as
    `batch__`. No query.
    """
    if tied and by.helper is not None:
        reach, shown = Q(**{f"{through}organisation__in": by.helper.reach}), replace(by, helper=None)
        return reach & sieve(shown, permission, tied=True, named=named, host=host, emergency=emergency, through=through)
    within, care = by.within, organisations_where(by, permission)
    rows = [
        (
            place & house,
            _open(by, permission, Thing(0, tied, ours, named, cared, rules=rules, host=host, emergency=emergency)),
        )
        for ours, cared, place in _nearness(within, care, f"{through}organisation")
        for rules, house in _houses(by, f"{through}organisation")
    ]
    every = {levels for _rows, levels in rows}
    if len(every) == 1:
        return Q(**{f"{through}sensitivity__in": every.pop()})
    return reduce(or_, (those & Q(**{f"{through}sensitivity__in": levels}) for those, levels in rows))


def _nearness(within: frozenset[int], care: frozenset[int], name: str) -> Iterator[tuple[bool, bool, Q]]:
    """Every way in which an organisation can be near: of their own, in their care, both or neither."""
    both, ours, cared = within & care, within - care, care - within
    if both:
        yield True, True, Q(**{f"{name}__in": both})
    if ours:
        yield True, False, Q(**{f"{name}__in": ours})
    if cared:
        yield False, True, Q(**{f"{name}__in": cared})
    yield False, False, ~Q(**{f"{name}__in": within | care})


def _houses(by: Subject, name: str) -> Iterator[tuple[Rules, Q]]:
    """Organisations by what they forbid; nearly all forbid nothing."""
    alike: dict[Rules, list[int]] = {}
    for organisation, rules in by.house_rules.items():
        alike.setdefault(rules, []).append(organisation)
    for rules, organisations in alike.items():
        yield rules, Q(**{f"{name}__in": organisations})
    yield NO_RULES, ~Q(**{f"{name}__in": list(by.house_rules)}) if by.house_rules else Q()


def _open(by: Subject, permission: Permission, thing: Thing) -> tuple[int, ...]:
    now = timezone.now()
    things = [replace(thing, sensitivity=level) for level in LEVELS]
    return tuple(each.sensitivity for each in things if decided(request_of(by, permission, each, now)).allowed)
