"""Which networks an organisation knows: declared and taken back, both on record."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Invalid, Missing
from talkoo.lib.networks import Network as Written
from talkoo.lib.networks import network_of
from talkoo.lib.plain import one_line
from talkoo.people.models import Network, NetworkZone, Organisation
from talkoo.people.queries.organisations import resource

WIDEST = {4: 8, 6: 19}  # the shortest prefix: a wider network would make half of the world an office


@transaction.atomic
def declare_network(*, by: Subject, organisation: Organisation, network: str, zone: str, label: str = "") -> Network:
    """Say what a network is, for the people of this organisation and below; declared again, the later word stands.

    Raises Denied, Invalid naming the field: no network, one too wide, or the machine itself outside a demonstration.
    """
    authorise(by, Permission.NETWORK_EDIT, on=resource(organisation))
    found = network_of(network, field="network")
    _check_sane(found)
    if zone not in NetworkZone.values:
        reason = _("Choose what kind of network it is.")
        raise Invalid(reason, fields={"zone": reason})
    said = {"zone": zone, "label": one_line(label)[:80], "made_by_id": by.author_id}
    kept, _new = Network.objects.update_or_create(organisation=organisation, network=found, defaults=said)
    _record(by, "declared", organisation, network=str(found), zone=zone)
    return kept


def _check_sane(network: Written) -> None:
    if network.prefixlen < WIDEST[network.version]:
        reason = _("%(network)s is too wide: it takes in addresses all over the world. Write at least /%(least)d.")
        reason %= {"network": network, "least": WIDEST[network.version]}
        raise Invalid(reason, fields={"network": reason})
    if network.is_loopback and not settings.DEMO:
        reason = _(
            "%(network)s is the machine that Talkoo runs on. If everybody seems to come from there, a proxy stands in front: its operator sets TALKOO_BEHIND_PROXY."
        )
        raise Invalid(reason % {"network": network}, fields={"network": reason % {"network": network}})


@transaction.atomic
def remove_network(*, by: Subject, organisation: Organisation, number: int) -> None:
    """Forget a network: from now on it counts as what the next wider one says, or as unknown."""
    authorise(by, Permission.NETWORK_EDIT, on=resource(organisation))
    found = Network.objects.select_for_update().filter(organisation=organisation, pk=number).first()
    if found is None:
        raise Missing(_("There is no such network here."), _("Look at the list."))
    found.delete()
    _record(by, "removed", organisation, network=str(found.network), zone=found.zone)


def _record(by: Subject, verb: str, organisation: Organisation, **facts: str) -> None:
    on = ("organisation", organisation.code)
    audit.record(by=by, action=f"people.network.{verb}", on=on, organisation_id=organisation.pk, **facts)
