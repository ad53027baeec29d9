"""Networks as people write them, and from where a request came."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from talkoo.lib.errors import Invalid
from talkoo.lib.networks import client_address, network_of


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("2001:DB8:1::/48", "2001:db8:1::/48"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_network_is_read_as_it_was_meant(written, read):
    assert str(network_of(written, field="network")) == read


@pytest.mark.parametrize("written", ["", "office", "192.0.2.0/33", "192.0.2/24", "192.0.2.0/24/8", "1.2.3.4.5", "\0"])
def test_what_is_no_network_says_how_one_is_written(written):
    with pytest.raises(Invalid) as refused:
        network_of(written, field="network")
    assert "such as 192.0.2.0/24" in refused.value.fields["network"]


def test_an_address_inside_a_network_is_asked_about():
    with pytest.raises(Invalid) as refused:
        network_of("192.0.2.17/24", field="network")
    assert "For the whole network write 192.0.2.0/24" in refused.value.fields["network"]


@pytest.mark.parametrize(
    ("proxies", "peer", "passed", "found"),
    [
        (0, "192.0.2.1", None, "192.0.2.1"),
        (0, "::ffff:192.0.2.1", None, "192.0.2.1"),
        (0, "192.0.2.1", "10.0.0.1", "192.0.2.1"),  # nobody of ours wrote that
        (0, "", None, None),  # a socket of the machine
        (0, "fe80::1%eth0", None, None),  # says nothing beyond its own cable
        (1, "127.0.0.1", "192.0.2.9", "192.0.2.9"),
        (1, "127.0.0.1", "10.0.0.1, 192.0.2.9", "192.0.2.9"),  # the caller wrote the first
        (2, "127.0.0.1", "10.0.0.1, 192.0.2.9, 10.9.9.9", "192.0.2.9"),
        (2, "127.0.0.1", "10.0.0.1, 192.0.2.9", "192.0.2.9"),  # past the outer proxy: it is no proxy of ours
        (2, "127.0.0.1", "10.9.9.9", None),  # fewer than there are proxies
        (1, "192.0.2.1", "10.0.0.1", "192.0.2.1"),  # a peer that nobody listed speaks for itself
        (1, "::ffff:127.0.0.1", "192.0.2.9", "192.0.2.9"),
        (1, "", "192.0.2.9", None),
        (1, "127.0.0.1", None, None),
        (1, "127.0.0.1", "unknown", None),
    ],
)
def test_only_as_many_addresses_count_as_there_are_proxies(settings, proxies, peer, passed, found):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.PROXIES = [ip_network("127.0.0.0/8"), ip_network("10.9.9.0/24")] if proxies else []
    headers = {} if passed is None else {"HTTP_X_FORWARDED_FOR": passed}
    address = client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))
    assert (address and str(address)) == found
