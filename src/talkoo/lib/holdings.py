"""Personal data, said beside the tables that hold it: what, whose, what for, on what ground, who sees it, how long.

Each slice declares its own (`queries/holdings.py`). From these lines come the page that says what is stored, a person's
own data, what erasure takes away, the register of processing (GDPR Art. 30) and the assessment (Art. 35): none of them
is written by hand, so none of them can say something else than the others.
"""

import json
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override


class Basis(TextChoices):
    """Why personal data may be used: the six of GDPR Art. 6(1)."""

    CONSENT = "consent", _("Consent (a)")
    CONTRACT = "contract", _("Contract (b)")
    OBLIGATION = "obligation", _("Legal obligation (c)")
    VITAL = "vital", _("Vital interests (d)")
    PUBLIC = "public", _("Public task (e)")
    INTEREST = "interest", _("Legitimate interests (f)")


class Erasure(StrEnum):
    """What becomes of a row when its person is erased (GDPR Art. 17)."""

    DELETED = "deleted"
    EMPTIED = "emptied"  # the row stays and says nothing of anybody any more
    KEPT = "kept"  # it stands without a name, for the reason its holding gives


@dataclass(frozen=True, slots=True)
class Keep:
    """How long after its end a row stays, and the periodic job that takes it away then. What its end is, that job knows."""

    after: timedelta
    job: str


@dataclass(frozen=True, slots=True)
class Table:
    """Where it lies: the model, the path from a row to its person, and the columns a person is given of it.

    Paths are those of Django's filters. `keep` is there where the words of the holding state a time.
    """

    model: str
    person: str
    shows: tuple[str, ...]
    erasure: Erasure = Erasure.DELETED
    keep: tuple[Keep, ...] = ()

    def rows(self, person_id: int) -> QuerySet[Model]:
        """The rows of one person, in the order in which they were written."""
        found: QuerySet[Model] = apps.get_model(self.model)._default_manager.filter(  # noqa: SLF001 - Django's public name of it
            **{self.person: person_id}
        )
        return found.order_by("pk")


@dataclass(frozen=True, slots=True)
class Holding:
    """One matter that is held of people. `because` says why some of it is kept when they are erased."""

    key: str
    what: Any
    purpose: Any
    seen_by: Any
    kept: Any
    tables: tuple[Table, ...]
    basis: Basis = Basis.PUBLIC
    because: Any = ""


@dataclass(frozen=True, slots=True, eq=False)  # one is found by itself: its words differ by who reads
class Measure:
    """Something that is measured of people, in the words that a works council agrees to.

    Where it can be switched off, it runs only where just these words were agreed to (access.queries.measuring): who changes what
    is measured changes them here, and it stops until it is agreed to anew.
    """

    key: str
    what: Any
    purpose: Any
    seen_by: Any
    kept: Any
    switched: bool = False

    @property
    def version(self) -> str:
        """The same for the same words in every language and process; other words give another."""
        return _version(self)


@cache
def _version(measure: Measure) -> str:
    with override("en"):
        said = [
            measure.key,
            *map(str, (measure.what, measure.purpose, measure.seen_by, measure.kept)),
            measure.switched,
        ]
    return f"{measure.key} {sha256(json.dumps(said).encode()).hexdigest()[:12]}"
