"""People as those who look after them see them."""

from datetime import date

from django.conf import settings
from django.db.models import Count, Exists, F, Max, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.people.folding import fold
from talkoo.people.models import FormerName, Invitation, Membership, PeopleFile, Person


def anyone_exists() -> bool:
    """Whether the first administrator was made; before that only the first-run page is there."""
    return Person.objects.exists()


def personas() -> QuerySet[Person]:
    """Who can be tried out by one click: people flagged by the demo, those with the fewest roles first.

    Nobody at all outside demo mode.
    """
    flagged = Person.objects.exclude(persona_part="") if settings.DEMO else Person.objects.none()
    home = holding().filter(role=Role.CONTRIBUTOR).select_related("organisation").order_by("starts", "id")
    shown = flagged.filter(is_active=True).annotate(roles=Count("memberships")).order_by("roles", "id")
    return shown.prefetch_related(Prefetch("memberships", home, to_attr="held"))


def holding(day: date | None = None) -> QuerySet[Membership]:
    """Memberships that hold on a day (today when None)."""
    day = day or timezone.localdate()
    return Membership.objects.filter(Q(ends__isnull=True) | Q(ends__gt=day), starts__lte=day)


def home_of(person_id: int) -> int | None:
    """The organisation a person belongs to today: that of the first role of a contributor."""
    held = holding().filter(person=person_id, role=Role.CONTRIBUTOR).order_by("starts", "id")
    return held.values_list("organisation", flat=True).first()


def _not_over() -> Q:
    return Q(ends__isnull=True) | Q(ends__gt=timezone.localdate())


def seen_people(by: Subject) -> QuerySet[Person]:
    """People of the organisations whose people this person looks after."""
    return people_in(organisations_where(by, Permission.PEOPLE_SEE))


def people_in(organisations: frozenset[int], words: str = "") -> QuerySet[Person]:
    """People of these organisations whose name, address or title holds every word, by name; case and accents do not count.

    Somebody without any role left stays with those who looked after them: an account must never be in nobody's care.
    """
    theirs = Membership.objects.filter(person=OuterRef("pk"))
    now = theirs.filter(_not_over())
    here = Exists(now.filter(organisation__in=organisations))
    left = ~Exists(now) & Exists(theirs.filter(organisation__in=organisations))
    found = Person.objects.filter(here | left, merged_into__isnull=True)
    for word in fold(words).split()[:6]:
        found = found.filter(folded__contains=word)
    return found.order_by("folded", "id")


def without_role(organisations: frozenset[int]) -> tuple[int, date | None]:
    """How many people of these organisations have an open account and no role left, and since when the longest. One query."""
    theirs = Membership.objects.filter(person=OuterRef("pk"))
    last = theirs.filter(organisation__in=organisations).order_by().values("person").annotate(at=Max("ends"))
    gone = Person.objects.filter(~Exists(theirs.filter(_not_over())), is_active=True)
    found = gone.annotate(left=Subquery(last.values("at"))).filter(left__isnull=False)
    numbers = found.aggregate(n=Count("pk"), since=Min("left"))
    return numbers["n"], numbers["since"]


def with_roles(people: QuerySet[Person], organisations: frozenset[int]) -> QuerySet[Person]:
    """The same people, each with `held`: memberships in these organisations that are not over, oldest first."""
    held = (
        Membership.objects.filter(_not_over(), organisation__in=organisations)
        .select_related("organisation")
        .order_by("starts", "id")
    )
    return people.prefetch_related(Prefetch("memberships", held, to_attr="held"))


def access_person(by: Subject, code: str) -> Person:
    """The person of this code, or the one they were merged into; somebody of a foreign organisation is `Missing` (404)."""
    person = (
        seen_people(by)
        .filter(Q(code=code) | Q(merged__code=code))
        .order_by(F("merged_into").asc(nulls_first=True))
        .first()
    )
    if person is None:
        raise Missing(
            _("There is no such person in the organisations you look after."), _("Look at the list of people.")
        )
    return person


def _called() -> Coalesce:
    """What the organisation of a membership was called on its last day, or is called now."""
    then = FormerName.objects.filter(organisation=OuterRef("organisation"), until__gte=OuterRef("ends"))
    return Coalesce(Subquery(then.order_by("until").values("name")[:1]), F("organisation__name"))


def history(by: Subject, person: Person) -> QuerySet[Membership]:
    """Memberships of a person, past and planned included, as far as the asking person looks after them; newest first."""
    reach = organisations_where(by, Permission.PEOPLE_SEE)
    found = person.memberships.filter(organisation__in=reach).annotate(called=_called())
    return found.select_related("organisation").order_by("-starts", "-id")


def pending_invitations(organisations: frozenset[int]) -> QuerySet[Invitation]:
    """Invitations that were neither accepted nor withdrawn, newest first; those whose time is over included."""
    return (
        Invitation.objects.filter(organisation__in=organisations, accepted__isnull=True, withdrawn__isnull=True)
        .select_related("organisation", "invited_by")
        .order_by("-sent", "-id")
    )


def access_invitation(by: Subject, number: int) -> Invitation:
    """The pending invitation of this number in an organisation this person may invite to, else `Missing`."""
    invitation = pending_invitations(organisations_where(by, Permission.PEOPLE_INVITE)).filter(pk=number).first()
    if invitation is None:
        raise Missing(
            _("There is no such invitation, or it was accepted or withdrawn."), _("Look at the list of people.")
        )
    return invitation


def access_people_file(by: Subject, code: str) -> PeopleFile:
    """A file this very person read and did not use yet, else `Missing`."""
    file = (
        PeopleFile.objects.filter(code=code, by=by.person_id, used__isnull=True).select_related("organisation").first()
    )
    if file is None:
        raise Missing(_("There is no such file; it may have been used already."), _("Look at the list of people."))
    return file


def my_memberships(by: Subject) -> QuerySet[Membership]:
    """One's own roles, past and planned included, those that hold first."""
    held = Membership.objects.filter(person=by.person_id).annotate(called=_called()).select_related("organisation")
    return held.order_by(F("ends").desc(nulls_first=True), "starts", "id")
