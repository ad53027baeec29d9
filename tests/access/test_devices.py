"""On what somebody asks: what a listed proxy says counts, once, for minutes, and nothing else does."""

import base64
import hashlib
import hmac
import json
import logging
import time
from datetime import UTC, datetime
from ipaddress import ip_network

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from joserfc import jwk, jwt

from talkoo.access import devices
from talkoo.access.context import Assurance, Device, Zone
from talkoo.access.devices import CERTIFICATE, TOKEN, device_of, keys
from talkoo.access.jobs import forget_kept
from talkoo.access.models import DeviceToken
from talkoo.access.proofs import Proof
from talkoo.access.refusing import refuse
from talkoo.access.sign_ins import SignIn
from talkoo.config.check import _device_findings
from talkoo.config.proxies import proxies
from talkoo.engines.policy import Decision, Reason
from talkoo.lib import seldom
from talkoo.people.models import RuleChange
from tests.access.test_sessions import PASSWORD, signed_in
from tests.people import Role, organisation, person

KEY = jwk.ECKey.generate_key("P-256", {"kid": "1"}, private=True)
OTHER = jwk.ECKey.generate_key("P-256", private=True)
PEM = KEY.as_pem(private=False)
NOW = int(time.time())
PRINT = hashlib.sha256(b"a certificate").hexdigest()
BOUND = base64.urlsafe_b64encode(bytes.fromhex(PRINT)).decode().rstrip("=")


@pytest.fixture(autouse=True)
def believed(settings, tmp_path):
    (tmp_path / "keys.pem").write_bytes(PEM)
    settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.PROXIES = 1, [ip_network("127.0.0.0/8")]
    settings.DEVICE_ISSUER, settings.DEVICE_AUDIENCE = "https://devices.example", "talkoo"
    settings.DEVICE_KEYS, settings.DEVICE_CERTIFICATES = str(tmp_path / "keys.pem"), ""
    seldom._said.clear()
    devices._held.clear()
    return settings


def claims(**more):
    said = {"iss": "https://devices.example", "aud": "talkoo", "sub": "laptop-7", "jti": "n-1", "device": "managed",
            "iat": NOW, "exp": NOW + 300}  # fmt: skip
    return {name: value for name, value in {**said, **more}.items() if value is not None}


def token(key=KEY, header=(), **more):
    return jwt.encode({"alg": "ES256", **dict(header)}, claims(**more), key)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(algorithm, secret=b""):
    """Without a signature, or with one whose secret is what everybody may know: the public key."""
    text = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}"
    mark = hmac.new(secret, text.encode(), hashlib.sha256).digest() if secret else b""
    return f"{text}.{base64.urlsafe_b64encode(mark).decode().rstrip('=')}"


def passing(peer="127.0.0.1", session=None, **headers):
    """A request as it is behind the outermost middleware."""
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    request, seen = RequestFactory().get("/", REMOTE_ADDR=peer, **named), []
    request.session = {} if session is None else session
    proxies(lambda found: seen.append(found) or HttpResponse())(request)
    return seen[0]


def asks(request, code="s1", at=NOW + 1):
    proof = Proof(Assurance.TWO, datetime.fromtimestamp(NOW, UTC), datetime.fromtimestamp(NOW, UTC), ("passkey",))
    sign_in = SignIn.of(proof, before=None, now=proof.at, agent="", zone=Zone.UNKNOWN)
    return device_of(request, None, SignIn(**{**_fields(sign_in), "code": code}), datetime.fromtimestamp(at, UTC))


def _fields(sign_in):
    return {name: getattr(sign_in, name) for name in sign_in.__slots__}


@pytest.mark.django_db
@pytest.mark.parametrize("said", ["managed", "known"])
def test_a_signed_token_says_what_the_device_is(said):
    assert asks(passing(**{TOKEN: token(device=said, aud=["other", "talkoo"])})) == devices.CLASSES[said]


NOT_BELIEVED = {
    "no signature": lambda: forged("none"),
    "the public key as a secret": lambda: forged("HS256", PEM),
    "another key": lambda: token(OTHER),
    "its own key": lambda: token(OTHER, {"jwk": OTHER.as_dict(private=False)}),
    "another issuer": lambda: token(iss="https://devices.example/"),
    "another audience": lambda: token(aud="talkoo-test"),
    "no audience": lambda: token(aud=None),
    "over": lambda: token(iat=NOW - 299, exp=NOW + 1),
    "not yet": lambda: token(nbf=NOW + 60),
    "issued tomorrow": lambda: token(iat=NOW + 86_400, exp=NOW + 86_460),
    "for an hour": lambda: token(exp=NOW + 3600),
    "for ever": lambda: token(exp=None),
    "a time in words": lambda: token(exp="never"),
    "no number": lambda: token(jti=None),
    "no device": lambda: token(sub=None),
    "another word": lambda: token(device="trusted"),
    "a list of words": lambda: token(device=["managed"]),
    "bound to a certificate that is not there": lambda: token(cnf={"x5t#S256": BOUND}),
    "bound to something unknown": lambda: token(cnf={"jkt": "x"}),
    "twice": lambda: f"{token()},{token(jti='n-2')}",
    "rubbish": lambda: "....",
    "a dot": lambda: ".",
    "letters of elsewhere": lambda: "é.ü.ß",
    "too long": lambda: token(sub="x" * 250, more="y" * 5000),
}


@pytest.mark.parametrize("why", NOT_BELIEVED)
@pytest.mark.django_db
def test_a_token_that_does_not_hold_leaves_the_device_unknown_and_is_said_once(why, caplog):
    session = {}
    with caplog.at_level(logging.WARNING):
        for _again in range(3):
            assert asks(passing(session=session, **{TOKEN: NOT_BELIEVED[why]()})) == Device.UNKNOWN
    assert session == {}
    assert not DeviceToken.objects.exists()
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "What was said of a device is not believed"
    ]
    assert "laptop-7" not in caplog.text


@pytest.mark.django_db
def test_a_token_belongs_to_the_session_that_brought_it_first(django_assert_num_queries):
    once, mine, theirs = token(), {}, {}
    with django_assert_num_queries(3):  # a savepoint, the row, its end
        assert asks(passing(session=mine, **{TOKEN: once})) == Device.MANAGED
    with django_assert_num_queries(0):
        assert asks(passing(session=mine, **{TOKEN: once})) == Device.MANAGED
    assert asks(passing(session=theirs, **{TOKEN: once}), code="s2") == Device.UNKNOWN
    assert mine == theirs == {}, "saved as a whole, it would take back what another request proved meanwhile"
    devices._held.clear()  # another process
    assert asks(passing(**{TOKEN: once}), code="s2") == Device.UNKNOWN
    assert asks(passing(**{TOKEN: once})) == Device.MANAGED  # two requests of one session at once
    assert DeviceToken.objects.count() == 1


@pytest.mark.django_db
def test_what_was_said_holds_as_long_as_its_token_and_only_where_it_is_said():
    session = {}
    once = token()
    asks(passing(session=session, **{TOKEN: once}))
    assert asks(passing(session=session, **{TOKEN: once}), at=NOW + 299) == Device.MANAGED
    assert asks(passing(session=session, **{TOKEN: once}), at=NOW + 300) == Device.UNKNOWN
    assert asks(passing(session=session)) == Device.UNKNOWN
    DeviceToken.objects.update(until=datetime.fromtimestamp(NOW - 1, UTC))
    forget_kept(0)
    assert not DeviceToken.objects.exists()


@pytest.mark.django_db
def test_only_a_listed_proxy_is_heard_and_an_unlisted_one_is_named_once(caplog):
    said = {
        TOKEN: token(),
        CERTIFICATE: f"SUCCESS {PRINT}",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
    }
    with caplog.at_level(logging.WARNING):
        for _again in range(2):
            request = passing(peer="203.0.113.9", **said)
            assert asks(request) == Device.UNKNOWN
    assert not {*request.headers} & {*said}
    assert not request.is_secure()
    assert [record.message for record in caplog.records] == [
        "203.0.113.9 calls as a proxy would, and is in no network of TALKOO_PROXIES: what it says of callers is not believed"
    ]
    assert asks(passing(**said)) == Device.MANAGED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "setting", "found"),
    [
        (f"SUCCESS {PRINT}", "managed", Device.MANAGED),
        ("SUCCESS " + ":".join(PRINT[i : i + 2] for i in range(0, 40, 2)).upper(), "known", Device.KNOWN),
        (f"SUCCESS {PRINT}", "", Device.UNKNOWN),
        ("SUCCESS", "managed", Device.UNKNOWN),
        ("SUCCESS <script>", "managed", Device.UNKNOWN),
        (f"SUCCESS {PRINT},NONE ", "managed", Device.UNKNOWN),
        (f"NONE ,SUCCESS {PRINT}", "managed", Device.UNKNOWN),
        (f"FAILED:expired {PRINT}", "managed", Device.UNKNOWN),
        ("NONE ", "managed", Device.UNKNOWN),
        (f"success {PRINT}", "managed", Device.UNKNOWN),
    ],
)
def test_a_certificate_counts_as_the_operator_said_where_the_proxy_verified_it(believed, said, setting, found):
    believed.DEVICE_ISSUER, believed.DEVICE_CERTIFICATES = "", setting
    assert asks(passing(**{CERTIFICATE: said})) == found


@pytest.mark.django_db
def test_a_token_may_be_bound_to_the_certificate_the_proxy_saw():
    bound = {TOKEN: token(cnf={"x5t#S256": BOUND})}
    sha_1 = PRINT[:40]  # as nginx gives it
    assert asks(passing(**bound, **{CERTIFICATE: f"SUCCESS {sha_1}"})) == Device.UNKNOWN
    assert asks(passing(**bound, **{CERTIFICATE: f"SUCCESS {PRINT}"})) == Device.MANAGED
    other = hashlib.sha256(b"another").hexdigest()
    session = {}
    assert asks(passing(session=session, **bound, **{CERTIFICATE: f"SUCCESS {other}"})) == Device.UNKNOWN


@pytest.mark.django_db
def test_a_bad_token_is_not_made_good_by_a_certificate(believed):
    believed.DEVICE_CERTIFICATES = "managed"
    assert asks(passing(**{TOKEN: forged("none"), CERTIFICATE: f"SUCCESS {PRINT}"})) == Device.UNKNOWN


KEY_FILES = {
    "a JWK": (lambda: json.dumps(KEY.as_dict(private=False)), ""),
    "a set": (lambda: json.dumps({"keys": [OTHER.as_dict(private=False), KEY.as_dict(private=False)]}), ""),
    "two in PEM": (lambda: f"{OTHER.as_pem(private=False).decode()}\n{PEM.decode()}", ""),
    "a private key": (lambda: KEY.as_pem(private=True).decode(), "no private key"),
    "another curve": (lambda: jwk.ECKey.generate_key("P-384").as_pem(private=False).decode(), "on P-256"),
    "another kind": (lambda: jwk.RSAKey.generate_key(2048).as_pem(private=False).decode(), "no public key"),
    "nothing": (lambda: "", "no public key"),
    "an empty set": (lambda: '{"keys": []}', "one at least"),
    "words": (lambda: "[1, 2]", "no public key"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", KEY_FILES)
def test_keys_are_read_from_the_file_and_what_is_wrong_with_it_is_said(believed, kind, tmp_path):
    written, fault = KEY_FILES[kind]
    (tmp_path / "more").write_text(written())
    believed.DEVICE_KEYS = str(tmp_path / "more")
    assert asks(passing(**{TOKEN: token()})) == (Device.UNKNOWN if fault else Device.MANAGED)
    assert all(fault in line for line in _device_findings())
    assert bool(list(_device_findings())) == bool(fault)


def test_a_file_that_is_away_is_said_and_one_that_changed_is_read_anew(believed, tmp_path):
    believed.DEVICE_KEYS = str(tmp_path / "gone")
    assert "cannot be read" in next(_device_findings())
    (tmp_path / "gone").write_bytes(PEM)
    assert keys()[0].thumbprint() == KEY.thumbprint()


@pytest.mark.django_db
def test_a_page_opens_on_a_managed_device_and_no_header_breaks_it(believed):
    town = organisation("Norrby")
    RuleChange.objects.create(
        organisation=town, rules={"device": 0}, because="So.", approved=True, decided="2026-01-01T00:00Z"
    )
    selma = person("Selma", town, Role.ADMINISTRATOR)
    selma.set_password(PASSWORD)
    selma.save()
    selma = signed_in(selma)
    page = f"/organisations/{town.code}/settings/"
    refused = selma.get(page)
    assert (refused.status_code, b"that your organisation looks after" in refused.content) == (403, True)
    for rubbish in (forged("none"), "é", "a" * 9000):
        assert selma.get(page, headers={TOKEN: rubbish}).status_code == 403
    good = token(iat=int(time.time()), exp=int(time.time()) + 60)
    assert selma.get(page, headers={TOKEN: good}).status_code == 200
    assert selma.get(page, headers={TOKEN: good}).status_code == 200
    assert selma.get(page, headers={TOKEN: good}, REMOTE_ADDR="203.0.113.9").status_code == 403


def test_where_nothing_tells_devices_apart_nobody_is_sent_to_look_for_one(believed):
    missing = Decision(False, (Reason("restricted-device", "Restricted work needs …", "device"),))
    assert "computer" in refuse(missing, Role.AUDITOR).needs[0].how
    believed.DEVICE_ISSUER = ""
    need = refuse(missing, Role.AUDITOR).needs[0]
    assert "computer" not in need.how
    assert "security officer" in need.whom
