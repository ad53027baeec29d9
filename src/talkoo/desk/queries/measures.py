"""What is measured of people here, which rules run, and what a works council agreed to: all of it from declarations."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from talkoo.access.deciding import shipped
from talkoo.access.models import CouncilWord
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.queries.measures import MEASURES as ACCESS
from talkoo.access.queries.measuring import ANYTHING, runs
from talkoo.access.subject import Subject
from talkoo.desk.queries.holdings import HOLDINGS
from talkoo.lib.holdings import Measure
from talkoo.microtasks.queries.measures import MEASURES as MICROTASKS
from talkoo.people.models import Membership, Organisation
from talkoo.people.queries.council import council_of, last_word, lineage, words_of
from talkoo.people.queries.rules import Line, in_force, lines

DECIDING = (Role.ADMINISTRATOR, Role.COORDINATOR, Role.SECURITY_OFFICER)
LOG = Measure(
    "audit.log",
    what=gettext_lazy("Who changed what and when; signing in and refusals included"),
    purpose=gettext_lazy("To prove that the rules were kept"),
    seen_by=gettext_lazy("Auditors and security officers"),
    kept=gettext_lazy("For good; details of signing in and of work on items, two years"),
)
STREAM = Measure(
    "audit.stream",
    what=gettext_lazy("Entries of the log go to another system of the organisation as they are written"),
    purpose=gettext_lazy("To notice attacks"),
    seen_by=gettext_lazy("Who runs that system"),
    kept=gettext_lazy("As that system keeps it; what has left cannot be erased here"),
)
DETAILS = Measure(
    "audit.stream.details",
    what=gettext_lazy("The details of entries go along to that system"),
    purpose=gettext_lazy("To notice attacks"),
    seen_by=gettext_lazy("Who runs that system"),
    kept=gettext_lazy("As that system keeps it; what has left cannot be erased here"),
)


def measures() -> tuple[Measure, ...]:
    """All there are as this Talkoo is set up: settings add some."""
    stream = (STREAM, *((DETAILS,) if settings.AUDIT_SYSLOG_FACTS else ())) if settings.AUDIT_SYSLOG else ()
    return (*ACCESS, *MICROTASKS, LOG, *stream)


def statement_version() -> str:
    """Of everything that is stated to every council: measures, holdings and the rules of the product, in English."""
    with override("en"):
        said = [[each.version for each in measures()], [list(_held(each)) for each in HOLDINGS], list(_rules())]
    return sha256(json.dumps(said).encode()).hexdigest()[:16]


def _held(holding: object) -> Iterator[str]:
    return (str(getattr(holding, name)) for name in ("what", "purpose", "seen_by", "kept", "basis"))


def _rules() -> list[str]:
    return [str(_(reason.words)) for reason in shipped().reasons.values()]


@dataclass(frozen=True, slots=True)
class State:
    """A measure in an organisation. `agreed`: to just these words; `runs`: it is at work."""

    measure: Measure
    agreed: bool
    runs: bool

    @property
    def waits(self) -> bool:
        return not self.agreed


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything that a works council reads, with what was said of it. `word` is what counts, perhaps from above."""

    version: str
    states: list[State]
    rules: list[str]
    house: list[Line]
    word: CouncilWord | None
    words: list[CouncilWord]
    council: list[Membership]

    @property
    def waiting(self) -> int:
        return sum(state.waits for state in self.states)

    @property
    def spoken(self) -> bool:
        """Whether it is a council that said what counts."""
        return self.word is not None and not self.word.no_council

    @property
    def changed(self) -> bool:
        """Whether anything that is stated is not as it was when something was last said of it."""
        return self.word is not None and self.word.statement != self.version


def statement(organisation: Organisation) -> Statement:
    """At most seven queries."""
    above, here = lineage(organisation), in_force(organisation)
    word = last_word(above)
    versions = set(word.versions) if word else set()
    states = [_state(each, versions, organisation) for each in measures()]
    return Statement(
        statement_version(), states, _rules(), lines(here, here), word, words_of(organisation), council_of(above)
    )


def _state(measure: Measure, versions: set[str], organisation: Organisation) -> State:
    agreed = ANYTHING in versions or measure.version in versions
    return State(measure, agreed, not measure.switched or runs(measure, organisation.pk))


@dataclass(frozen=True, slots=True)
class May:
    """What the person who looks could say here."""

    agree: bool
    none: bool


def deciding(by: Subject, organisation: Organisation) -> Role | None:
    """The role, if any, by which somebody decides over people there; such people do not consent in their name."""
    return next((role for role in DECIDING if organisation.pk in by.roles.get(role, ())), None)


def may(by: Subject, organisation: Organisation) -> May:
    return May(
        organisation.pk in organisations_where(by, Permission.MEASURES_AGREE) and deciding(by, organisation) is None,
        organisation.pk in organisations_where(by, Permission.MEASURES_NONE),
    )
