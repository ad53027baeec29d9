"""Settings come from the environment only, are all documented, and stop the start when they cannot be used."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from talkoo.config.environment import DECLARED
from tests import servers

READ = re.compile(r"TALKOO_[A-Z_]+")
PRINT = "from django.conf import settings as s; print(({0}))"


def settings(tmp_path, expression, **values):
    """What an expression over the settings comes to in a process with this environment."""
    env = servers.environment(tmp_path) | {"DJANGO_SETTINGS_MODULE": "talkoo.config.settings"} | values
    return subprocess.run(
        [sys.executable, "-c", PRINT.format(expression)], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TALKOO_DATABASE_URL", "mysql://x@y/z"),
        ("TALKOO_DATABASE_URL", "postgresql://x@y"),
        ("TALKOO_SECRET_KEY", "short"),
        ("TALKOO_TIME_ZONE", "Mars/Olympus"),
        ("TALKOO_TIME_ZONE", "../../etc/passwd"),
        ("TALKOO_LANGUAGE", "xx"),
        ("TALKOO_SMTP_URL", "mail.example.org"),
        ("TALKOO_URL", "talkoo.example.org"),
        ("TALKOO_BEHIND_PROXY", "yes"),
        ("TALKOO_PROXIES", "10.0.0.1/8"),
        ("TALKOO_PROXIES", "0.0.0.0/0"),
        ("TALKOO_DEVICE_ISSUER", "https://devices.example.org"),
        ("TALKOO_DEVICE_CERTIFICATES", "trusted"),
        ("TALKOO_LOG_LEVEL", "loud"),
        ("TALKOO_DEBUG", "1"),
        ("TALKOO_VAR", "/proc/nowhere"),
        ("TALKOO_NONSENSE", "1"),
    ],
)
def test_a_bad_value_stops_the_start_and_names_the_variable(tmp_path, name, value):
    found = settings(tmp_path, "s.DEBUG", **{name: value})
    assert found.returncode != 0
    assert f"BadSetting: {name}" in found.stderr


def test_nobody_is_a_proxy_until_one_stands_in_front_and_then_this_machine_is(tmp_path):
    assert settings(tmp_path, "s.PROXIES").stdout.strip() == "[]"
    shown = settings(tmp_path, "[str(each) for each in s.PROXIES]", TALKOO_BEHIND_PROXY="1")
    assert shown.stdout.strip() == "['127.0.0.0/8', '::1/128']"


def test_proxies_that_tell_of_devices_have_to_be_there(tmp_path):
    found = settings(tmp_path, "s.PROXIES", TALKOO_DEVICE_CERTIFICATES="managed")
    assert "BadSetting: TALKOO_BEHIND_PROXY" in found.stderr


def test_without_any_setting_only_https_and_this_machine_are_served(tmp_path):
    shown = settings(
        tmp_path,
        "s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0, s.ALLOWED_HOSTS",
        TALKOO_INSECURE_HTTP="0",
    )
    assert shown.stdout.strip() == "(True, True, True, ['localhost', '127.0.0.1', '[::1]'])"


def test_cookies_belong_to_this_host_alone(tmp_path):
    names = "s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.MESSAGES_COOKIE_NAME, s.SESSION_COOKIE_HTTPONLY, s.CSRF_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE"
    shown = settings(tmp_path, names, TALKOO_INSECURE_HTTP="0").stdout.strip()
    assert shown == "('__Host-talkoo_session', '__Host-talkoo_csrf', '__Host-talkoo_messages', True, True, 'Lax')"


def test_passwords_are_kept_by_argon2_alone(tmp_path):
    shown = settings(tmp_path, "s.PASSWORD_HASHERS").stdout.strip()
    assert shown == "['django.contrib.auth.hashers.Argon2PasswordHasher']"


def test_https_is_for_all_that_is_below_unless_the_operator_says_otherwise(tmp_path):
    below = "s.SECURE_HSTS_SECONDS >= 31_536_000, s.SECURE_HSTS_INCLUDE_SUBDOMAINS"
    assert settings(tmp_path, below, TALKOO_INSECURE_HTTP="0").stdout.strip() == "(True, True)"
    shown = settings(tmp_path, below, TALKOO_INSECURE_HTTP="0", TALKOO_HSTS_SUBDOMAINS="0")
    assert shown.stdout.strip() == "(True, False)"


def test_django_warns_of_nothing_in_a_deployment(tmp_path):
    env = servers.environment(tmp_path) | {"DJANGO_SETTINGS_MODULE": "talkoo.config.settings"}
    env |= {"TALKOO_INSECURE_HTTP": "0", "TALKOO_URL": "https://talkoo.example.org"}
    words = [sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"]
    found = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


def test_the_public_address_decides_hosts_and_origins(tmp_path):
    shown = settings(tmp_path, "s.ALLOWED_HOSTS[-1], s.CSRF_TRUSTED_ORIGINS", TALKOO_URL="https://talkoo.example.org/")
    assert shown.stdout.strip() == "('talkoo.example.org', ['https://talkoo.example.org'])"


def test_plain_http_as_the_public_address_needs_to_be_said_twice(tmp_path):
    found = settings(tmp_path, "s.BASE_URL", TALKOO_URL="http://talkoo.example.org", TALKOO_INSECURE_HTTP="0")
    assert "TALKOO_INSECURE_HTTP=1" in found.stderr


def test_an_address_of_a_database_is_taken_apart(tmp_path):
    address = "postgresql://a%40b:p%2Fw@db.example.org:5433/tal%20koo?sslmode=require"
    shown = settings(
        tmp_path,
        "[s.DATABASES['default'][k] for k in ('USER','PASSWORD','HOST','PORT','NAME')], s.DATABASES['default']['OPTIONS']['sslmode']",
        TALKOO_DATABASE_URL=address,
    )
    assert shown.stdout.strip() == "(['a@b', 'p/w', 'db.example.org', '5433', 'tal koo'], 'require')"


def test_the_owner_is_used_only_by_the_process_that_asks_for_it(tmp_path):
    urls = {"TALKOO_DATABASE_URL": "postgresql://app@h/t", "TALKOO_OWNER_DATABASE_URL": "postgresql://owner@h/t"}
    user = "s.DATABASES['default']['USER']"
    assert settings(tmp_path, user, **urls).stdout.strip() == "app"
    assert settings(tmp_path, user, **urls, TALKOO_DATABASE_ROLE="owner").stdout.strip() == "owner"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("smtp://mail.example.org", "('mail.example.org', 25, False, False, '', '')"),
        ("smtps://u:p@mail.example.org", "('mail.example.org', 465, True, False, 'u', 'p')"),
        ("smtp+starttls://u:p%40q@mail.example.org:2525", "('mail.example.org', 2525, False, True, 'u', 'p@q')"),
    ],
)
def test_an_address_of_a_mail_server_is_taken_apart(tmp_path, address, expected):
    names = "s.EMAIL_HOST, s.EMAIL_PORT, s.EMAIL_USE_SSL, s.EMAIL_USE_TLS, s.EMAIL_HOST_USER, s.EMAIL_HOST_PASSWORD"
    assert settings(tmp_path, names, TALKOO_SMTP_URL=address).stdout.strip() == expected


def test_the_secret_key_is_made_once_and_read_by_its_owner_only(tmp_path):
    first, second = (settings(tmp_path, "s.SECRET_KEY").stdout for _ in range(2))
    assert first == second
    assert len(first.strip()) >= 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_every_variable_that_is_read_is_declared_and_every_declared_one_is_read():
    names = {setting.name for setting in DECLARED}
    sources = [path for path in Path("src/talkoo").rglob("*.py") if path.name != "environment.py"]
    read = {name for path in sources for name in READ.findall(path.read_text())}
    assert read == names


def test_the_guide_of_the_operator_documents_every_setting_as_declared():
    guide = Path("docs/guide/operator.md").read_text()
    for setting in DECLARED:
        assert setting.row() in guide, f"docs/guide/operator.md lacks or contradicts: {setting.row()}"
    assert set(READ.findall(guide)) <= {setting.name for setting in DECLARED}


def test_tests_do_not_see_the_settings_of_the_developer():
    assert {name for name in os.environ if name.startswith("TALKOO_")} == {"TALKOO_VAR", "TALKOO_INSECURE_HTTP"}
