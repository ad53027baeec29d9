"""Networks and addresses: as people write them, as the database keeps them, and from where a request came."""

import ipaddress
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _

from talkoo.lib.errors import Invalid

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NetworkField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL's `cidr`: it knows by itself which address lies in which network."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - what Django asks for
        return "cidr"

    def from_db_value(self, value: str | None, *_more: Any) -> Network | None:
        return None if value is None else ipaddress.ip_network(value)

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else str(value)


def client_address(request: HttpRequest) -> Address | None:
    """From where the request came: the peer, or what our own proxies say; None where that cannot be known.

    Of X-Forwarded-For entries count from the right, as long as a proxy of ours wrote them and at most as many as there
    are of these: each adds the address it was called from, and what stands before those was written by the caller. An
    IPv4 address dressed as IPv6 (`::ffff:192.0.2.1`) is taken for what it is.
    """
    found = _address(request.META.get("REMOTE_ADDR", ""))
    passed = request.headers.get("X-Forwarded-For", "").split(",")
    for number in range(1, settings.ALLAUTH_TRUSTED_PROXY_COUNT + 1):
        if not _is_proxy(found):
            return found
        found = _address(passed[-number].strip()) if number <= len(passed) else None
    return found


def called_by_proxy(request: HttpRequest) -> bool:
    """Whether the one that called us is a proxy the operator listed: only then its words count."""
    return _is_proxy(_address(request.META.get("REMOTE_ADDR", "")))


def _is_proxy(address: Address | None) -> bool:
    return address is not None and any(address in network for network in settings.PROXIES)


def _address(text: str) -> Address | None:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv4Address):
        return found
    return None if found.scope_id else found.ipv4_mapped or found  # fe80::1%eth0 says nothing beyond its own cable


def network_of_host(address: Address) -> Network:
    """What belongs to one household: the address itself, or the /64 that an IPv6 provider gives it at least."""
    bits = 32 if isinstance(address, ipaddress.IPv4Address) else 64
    return ipaddress.ip_network((address, bits), strict=False)


INTERNAL = tuple(
    ipaddress.ip_network(each)
    for each in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                 "::/8", "fc00::/7", "fe80::/10")
)  # fmt: skip


def is_internal(network: Network) -> bool:
    """Whether it has addresses that the internet carries nowhere: those of a house of its own, or of a machine."""
    return any(network.version == each.version and network.overlaps(each) for each in INTERNAL)


def network_of(text: str, *, field: str) -> Network:
    """A network as somebody wrote it. Raises Invalid at the field, saying what is wrong and what it may have meant."""
    written = text.strip()
    try:
        loose = ipaddress.ip_network(written, strict=False)
    except ValueError:
        words = _("“%(text)s” is no network. Write an address and how many bits of it count, such as 192.0.2.0/24.")
        raise _wrong(field, words % {"text": written[:60]}) from None
    if "/" in written and written.partition("/")[0].strip() != str(loose.network_address) and _host_bits(written):
        words = _("%(text)s names one address inside a network. For the whole network write %(network)s.")
        raise _wrong(field, words % {"text": written[:60], "network": loose})
    return _unmapped(loose)


def _host_bits(written: str) -> bool:
    """Whether bits beyond the length of the network are set: a slip that would declare more than was meant."""
    try:
        ipaddress.ip_network(written)
    except ValueError:
        return True
    return False


def _unmapped(network: Network) -> Network:
    mapped = network.network_address.ipv4_mapped if isinstance(network, ipaddress.IPv6Network) else None
    if mapped is None or network.prefixlen < 96:
        return network
    return ipaddress.ip_network((mapped, network.prefixlen - 96))


def _wrong(field: str, words: str) -> Invalid:
    return Invalid(words, fields={field: words})
