"""The addresses that people say are their places: declared and forgotten by themselves."""

from contextlib import suppress

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions.presence import need_proof_of_presence
from talkoo.access.context import Zone
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid, Missing
from talkoo.lib.networks import Address, Network, is_internal, network_of, network_of_host
from talkoo.lib.plain import one_line
from talkoo.lib.sealing import Resealed, Unreadable
from talkoo.notify.actions.telling import tell
from talkoo.people.models import HomeNetwork, Organisation, Person
from talkoo.people.queries.arrangements import HOME

MOST = 3
HOST = {4: 32, 6: 64}  # what one home has of the network: an address, or the network a provider gives a household


@transaction.atomic
def declare_home(*, by: Subject, place: str, network: str = "", address: Address | None = None) -> HomeNetwork:
    """Say that a place of one's arrangement is at an address: the one written, or the one that is asked from.

    It counts where the arrangement in force names that place, and only where no organisation said what the network is.
    Their person is told. Raises StepUp for a password and a code alone: at home less is asked than from an unknown network,
    so it must not be theirs who have caught both. Raises Invalid naming the field, Conflict where three are declared already or it is one of the organisation's.
    """
    need_proof_of_presence(by)
    place = one_line(place)
    if not place or len(place) > 40:
        words = _("Choose one of the places of your arrangement.")
        raise Invalid(words, fields={"place": words})
    found = _network(network, address)
    if not network.strip() and by.context.zone not in {Zone.UNKNOWN, Zone.HOME}:
        raise Conflict(
            _("Your organisation knows the network you are on: it is no home."), _("Declare it from where you live.")
        )
    person = Person.objects.select_for_update(no_key=True).get(pk=by.person_id)
    mark = HOME.marks(str(found), by.person_id)[0]
    mine = HomeNetwork.objects.filter(person=person)
    if mine.exclude(mark=mark).count() >= MOST:
        raise Conflict(_("You declared %(most)d addresses already.") % {"most": MOST}, _("Remove one of them first."))
    said = {"place": place, "sealed": HOME.seal(str(found), by.person_id)}
    made, _new = HomeNetwork.objects.update_or_create(person=person, mark=mark, defaults=said)
    _record(by, "declared", person)
    _tell(by, made)
    return made


def _tell(by: Subject, made: HomeNetwork) -> None:
    ours = Organisation.objects.filter(pk=by.organisation_id or 0).first()
    tell(
        to=[made.person_id], kind="home.declared", about=("organisation", ours.code if ours else ""),
        link=reverse("arrangement"), once=f"home.declared:{made.pk}:{timezone.now().isoformat()}",
        organisation_id=by.organisation_id,
    )  # fmt: skip


def _network(written: str, address: Address | None) -> Network:
    if not written.strip():
        if address is None:
            words = _("From where you ask cannot be told. Write the address.")
            raise Invalid(words, fields={"network": words})
        found = network_of_host(address)
    else:
        found = network_of(written, field="network")
        if found.version == 6 and found.prefixlen > HOST[6]:
            found = network_of_host(found.network_address)
    if found.prefixlen < HOST[found.version]:
        words = _("%(network)s is wider than a home: write one address (IPv6: at most a /64).") % {"network": found}
        raise Invalid(words, fields={"network": words})
    if is_internal(found) and not settings.DEMO:
        words = _(
            "%(network)s is an address inside of some network; at home you come from the one your provider gave you."
        )
        raise Invalid(words % {"network": found}, fields={"network": words % {"network": found}})
    return found


@transaction.atomic
def remove_home(*, by: Subject, number: int) -> None:
    """Forget an address of one's own: from now on it is an unknown network again."""
    found = HomeNetwork.objects.filter(person=by.person_id, pk=number).select_related("person").first()
    if found is None:
        raise Missing(_("There is no such address of yours."), _("Look at your arrangement."))
    found.delete()
    _record(by, "removed", found.person)


def _record(by: Subject, verb: str, person: Person) -> None:
    """That it was done; the address itself stands in no log."""
    audit.record(by=by, action=f"people.home.{verb}", on=("person", person.code), organisation_id=by.organisation_id)


@transaction.atomic
def reseal_homes() -> Resealed:
    """For the operator, after the secret key has changed; what cannot be read is counted and left as it is."""
    done = Resealed()
    for home in HomeNetwork.objects.select_for_update().order_by("pk"):
        with suppress(Unreadable):
            sealed = done.take(HOME, home.sealed, home.person_id)
            mark = HOME.marks(HOME.unseal(sealed, home.person_id), home.person_id)[0]
            if (sealed, mark) != (home.sealed, home.mark):
                home.sealed, home.mark = sealed, mark
                home.save(update_fields=["sealed", "mark"])
    if done.anew:
        audit.record(by=None, action="people.homes.resealed", on=("installation", ""), number=done.anew)
    return done
