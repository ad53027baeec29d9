"""What `talkoo check` says of signing in."""

import pytest

from talkoo.config.check import _signin_findings, settings_findings


@pytest.fixture
def sound(settings):
    """As an installation with https is."""
    settings.INSECURE_HTTP, settings.SECURE_HSTS_SECONDS, settings.OIDC_ISSUER = False, 31_536_000, ""
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    return settings


def test_nothing_is_said_where_all_is_well(sound):
    assert list(_signin_findings()) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", True, "any page could ask for passkeys"),
        ("SECURE_HSTS_SECONDS", 3600, "less than a year"),
        ("OIDC_ISSUER", "https://localhost:9", "cannot sign in at their organisation"),
    ],
)
def test_each_fault_is_said(sound, name, value, words):
    setattr(sound, name, value)
    assert any(words in line for line in _signin_findings())


@pytest.mark.parametrize("name", ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"])
def test_cookies_and_pages_that_travel_readable_are_said(sound, name):
    before = len(list(settings_findings()))
    setattr(sound, name, False)
    assert len(list(settings_findings())) > before
