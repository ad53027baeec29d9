"""What people are cleared for, as the security officers of their organisation see it, and whom to ask."""

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import USUAL, Subject
from talkoo.lib.errors import Missing
from talkoo.people.folding import fold
from talkoo.people.models import Clearance, Membership, Person
from talkoo.people.queries.persons import holding

ON_A_PAGE = 50
NAMED = 3  # officers whose names stand in a refusal


def cleared(level: int) -> Q:
    """People cleared for work of this level today, as `subject_of` takes it: a condition on persons."""
    now = Q(until=None) | Q(until__gt=timezone.now())
    stands = Clearance.objects.filter(now, person=OuterRef("pk"), ended=None)
    return Q(Exists(stands.filter(level__gte=level))) if level > USUAL else ~Q(Exists(stands.filter(level__lt=level)))


def _homes() -> QuerySet[Membership]:
    """Where a person belongs: the first role of a contributor, as `subject_of` takes it."""
    return holding().filter(person=OuterRef("pk"), role=Role.CONTRIBUTOR).order_by("starts", "id")


def people_to_clear(by: Subject) -> QuerySet[Person]:
    """People whose home is an organisation in which this person clears others, by name; never oneself.

    Each has `home` (the id of the organisation), `home_name` and `stated`, the clearance that stands, perhaps run out.
    Two queries.
    """
    reach = organisations_where(by, Permission.CLEARANCE_EDIT)
    stands = Clearance.objects.filter(ended=None).select_related("made_by")
    found = Person.objects.filter(is_active=True).exclude(pk=by.person_id)
    found = found.annotate(
        home=Subquery(_homes().values("organisation")[:1]),
        home_name=Subquery(_homes().values("organisation__name")[:1]),
    )
    stated = Prefetch("clearances", stands, to_attr="stated")
    return found.filter(home__in=reach).prefetch_related(stated).order_by("folded", "id")


def found_by(people: QuerySet[Person], words: str) -> QuerySet[Person]:
    """Those whose name or address holds every word; without words those of whom something is stated."""
    if not fold(words).split():
        return people.filter(Exists(Clearance.objects.filter(person=OuterRef("pk"), ended=None)))
    for word in fold(words).split()[:6]:
        people = people.filter(folded__contains=word)
    return people


def access_clearance(by: Subject, code: str) -> Person:
    """The person of this code, if this one may clear them; else `Missing` (404)."""
    person = people_to_clear(by).filter(code=code).first()
    if person is None:
        raise Missing(
            _("There is no such person among those whom you clear."), _("Look at the list; nobody clears themselves.")
        )
    return person


def clearances_of(person: Person) -> QuerySet[Clearance]:
    """What was stated of them, newest first."""
    return Clearance.objects.filter(person=person).select_related("made_by", "ended_by").order_by("-made", "-pk")


def whom_to_ask(by: Subject) -> str:
    """Who clears this person, in one sentence with names. One query."""
    held = holding().filter(role=Role.SECURITY_OFFICER, organisation__in=by.within, person__is_active=True)
    names = held.exclude(person=by.person_id).order_by("person__folded").values_list("person__name", flat=True)
    found = list(dict.fromkeys(names[: 4 * NAMED]))[:NAMED]
    if not found:
        return _("Nobody is security officer for you yet: ask an administrator of your organisation who decides on it.")
    return _("Ask a security officer of your organisation: %(names)s.") % {"names": ", ".join(found)}
