"""The networks of an organisation, as its page lists them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.access.context import Zone
from talkoo.people.models import Network, Organisation

MOST = 500
PLACES: Mapping[Zone, str | Promise] = {
    Zone.OFFICE: gettext_lazy("an office network"),
    Zone.VPN: gettext_lazy("the VPN"),
    Zone.HOME: gettext_lazy("a home network"),
    Zone.PUBLIC: gettext_lazy("a public network"),
    Zone.UNKNOWN: gettext_lazy("an unknown network"),
}


@dataclass(frozen=True, slots=True)
class Known:
    """A network, and the one it lies in, if that is declared too: the more specific one counts."""

    network: Network
    inside: Network | None

    @property
    def words(self) -> str:
        if self.inside is None:
            return ""
        words = {"network": self.inside.network, "zone": self.inside.get_zone_display()}
        return _("Lies in %(network)s (%(zone)s); here, this one counts.") % words


def networks(organisation: Organisation) -> list[Known]:
    """Those it declared itself. One query."""
    found = list(Network.objects.filter(organisation=organisation)[:MOST])
    return [Known(each, _wider(each, found)) for each in found]


def _wider(network: Network, every: list[Network]) -> Network | None:
    here = network.network
    around = [
        each
        for each in every
        if each is not network and each.network.version == here.version and here.subnet_of(each.network)
    ]
    return max(around, key=lambda each: each.network.prefixlen, default=None)
