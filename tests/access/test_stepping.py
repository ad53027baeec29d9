"""Proving more in the middle of something: only what is missing is asked, and nothing that was typed is lost."""

import time
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.conf import settings
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from talkoo.access.actions.keeping import forget_forms, keep_form
from talkoo.access.context import Assurance
from talkoo.access.models import KeptForm, Session
from talkoo.access.queries.keeping import OFFERED
from talkoo.access.sign_ins import SignIn
from talkoo.access.stepping import KEPT
from talkoo.audit.models import Event
from talkoo.lib.errors import Need, StepUp
from talkoo.people.queries import subject_of
from tests.access.authenticators import Authenticator
from tests.access.test_passkeys import enrol
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
PASSWORD = "many boats in the harbour"
TYPED = {"name": "Eva Half-Written", "title": "Harbour <master>"}


@pytest.fixture
def eva():
    made = person("Eva", organisation("Town"))
    made.set_password(PASSWORD)
    made.save()
    return made


@pytest.fixture
def client(eva):
    browser = Client(headers={"host": "localhost", "referer": "http://localhost/me/"})
    browser.post(reverse("account_login"), {"login": eva.email, "password": PASSWORD})
    return browser


@pytest.fixture
def app(eva):
    secret = generate_totp_secret()
    TOTP.activate(eva, secret)
    return lambda: format_hotp_value(hotp_value(secret, int(time.time()) // 30))


@pytest.fixture
def asks(monkeypatch):
    """Saving the profile asks for more until enough was proved."""

    def ask(obligation, enough=lambda by: by.context.assurance >= Assurance.TWO):
        from talkoo.people.actions.persons import edit_profile
        from talkoo.people.views import record

        def careful(*, by, **data):
            if not enough(by):
                need = Need(obligation, "This is confidential.", "Show who you are.")
                raise StepUp("Not as things are now.", "", "people:test", [need])
            return edit_profile(by=by, **data)

        monkeypatch.setattr(record, "edit_profile", careful)

    return ask


def proved(client):
    return SignIn.read(client.session)


def test_the_refusal_says_what_is_missing_and_leads_to_it(client, app, asks):
    asks("second-factor")
    page = client.post(reverse("profile"), TYPED)
    assert page.status_code == 403
    assert "This is confidential." in page.content.decode()
    assert f"{reverse('step_up')}?need=second-factor&amp;next=%2Fme%2F" in page.content.decode()
    assert Event.objects.filter(action="access.refused").count() == 1


def test_after_the_code_the_form_is_back_unsent_and_the_session_has_a_new_key(client, eva, app, asks):
    asks("second-factor")
    client.post(reverse("profile"), TYPED)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    asking = client.get(f"{reverse('step_up')}?need=second-factor&next=/me/").content.decode()
    assert 'name="code"' in asking
    assert 'name="password"' not in asking
    answer = client.post(reverse("step_up"), {"way": "code", "need": "second-factor", "next": "/me/", "code": app()})
    assert answer.url == "/me/"
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before
    thief = Client(headers={"host": "localhost"})
    thief.cookies[settings.SESSION_COOKIE_NAME] = before
    assert thief.get("/me/").status_code == 302
    page = client.get("/me/").content.decode()
    assert "Eva Half-Written" in page
    assert "Harbour &lt;master&gt;" in page
    eva.refresh_from_db()
    assert eva.name == "Eva"
    assert client.post(reverse("profile"), TYPED).url == "/me/"
    eva.refresh_from_db()
    assert eva.name == "Eva Half-Written"
    assert KEPT not in client.session
    assert not KeptForm.objects.exists()


def test_a_wrong_code_proves_nothing_and_the_form_waits(client, app, asks):
    asks("second-factor")
    client.post(reverse("profile"), TYPED)
    answer = client.post(reverse("step_up"), {"way": "code", "need": "second-factor", "code": "000000"})
    assert answer.status_code == 422
    assert proved(client).assurance is Assurance.ONE
    assert KeptForm.objects.exists()


def test_a_code_works_once(client, eva, app):
    used = app()
    assert client.post(reverse("step_up"), {"way": "code", "need": "second-factor", "code": used}).status_code == 302
    other = Client(headers={"host": "localhost"})
    other.post(reverse("account_login"), {"login": eva.email, "password": PASSWORD})
    assert other.post(reverse("mfa_authenticate"), {"code": used}).status_code == 200
    assert other.get("/me/").status_code == 302


def test_only_a_key_meets_what_asks_for_one(client, app):
    client.post(reverse("step_up"), {"way": "password", "password": PASSWORD})
    key = Authenticator(apart=True)
    enrol(client, key)
    address = f"{reverse('step_up')}?need=security-key&next=/me/"
    assert "id_code" not in client.get(address).content.decode()
    refused = client.post(address, {"way": "code", "need": "security-key", "code": app()})
    assert refused.status_code == 200
    assert proved(client).key_at is None
    options = client.get(address).context["options"]
    form = {"way": "passkey", "need": "security-key", "next": "/me/", "credential": key.get(options)}
    assert client.post(reverse("step_up"), form).url == "/me/"
    assert (proved(client).assurance, proved(client).key_at) == (Assurance.THREE, proved(client).proved)
    before = proved(client).key_at
    assert client.post(address, {"way": "code", "need": "security-key", "code": app()}).status_code == 200
    assert proved(client).key_at == before, "a code does not make the key of before one of now"


def test_who_has_nothing_to_give_is_told_how_to_get_it(client):
    page = client.get(f"{reverse('step_up')}?need=security-key").content.decode()
    assert reverse("mfa_index") in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]


def test_a_page_that_asks_again_keeps_what_was_typed(client):
    client.defaults["HTTP_REFERER"] = "http://localhost/me/tokens/"
    form = {"name": "Nightly", "scopes": ["batches:read"], "days": "30"}
    answer = client.post(reverse("tokens"), form)
    assert answer.url == f"{reverse('step_up')}?need=sign-in-again&next=%2Fme%2Ftokens%2F"
    done = client.post(answer.url, {"way": "password", "password": PASSWORD})
    page = client.get(done.url)
    assert page.context["kept_form"].fields == {"name": ["Nightly"], "scopes": ["batches:read"], "days": ["30"]}
    assert not page.context["page"].object_list


def test_a_session_that_ran_out_gives_the_form_back_after_signing_in(client, eva):
    Session.objects.update(seen=Session.objects.get(person=eva).seen - timedelta(hours=5))
    answer = client.post(reverse("profile"), TYPED)
    assert answer.url.startswith(reverse("account_login"))
    assert client.get("/me/").status_code == 302
    client.post(reverse("account_login"), {"login": eva.email, "password": PASSWORD})
    assert "Eva Half-Written" in client.get("/me/").content.decode()


def test_whoever_signs_in_instead_finds_nothing(client, eva):
    otto = person("Otto", organisation("Elsewhere"))
    otto.set_password(PASSWORD)
    otto.save()
    Session.objects.update(seen=Session.objects.get(person=eva).seen - timedelta(hours=5))
    client.post(reverse("profile"), TYPED)
    client.post(reverse("account_login"), {"login": otto.email, "password": PASSWORD})
    assert "Half-Written" not in client.get("/me/").content.decode()


def test_what_is_kept_is_sealed_holds_no_secret_and_goes(eva):
    by = subject_of(eva)
    keep_form(by=by, fields=[("note", ["Half-Written"]), ("password1", ["boats"]), ("csrfmiddlewaretoken", ["x"])])
    kept = KeptForm.objects.get()
    assert "Half" not in kept.fields
    assert "boats" not in kept.fields
    assert forget_forms() == 0
    KeptForm.objects.update(at=kept.at - OFFERED)
    assert forget_forms() == 1
    assert keep_form(by=by, fields=[("note", ["x" * 600_000])]) == ""
    codes = [keep_form(by=by, fields=[("note", [str(number)])]) for number in range(9)]
    assert list(KeptForm.objects.order_by("pk").values_list("code", flat=True)) == codes[-5:]


def test_a_form_sent_again_in_vain_is_still_kept(client, monkeypatch):
    client.defaults["HTTP_REFERER"] = "http://localhost/me/tokens/"
    form = {"name": "Nightly", "scopes": ["batches:read"], "days": "30"}
    asked = client.post(reverse("tokens"), form).url
    client.post(asked, {"way": "password", "password": PASSWORD})
    with monkeypatch.context() as broken:
        broken.setattr("talkoo.people.views.tokens.make_personal_token", _no_answer)
        assert client.post(reverse("tokens"), form).status_code == 503
    assert client.get(reverse("tokens")).context["kept_form"].fields["name"] == ["Nightly"]
    assert client.post(reverse("tokens"), form).status_code < 400
    assert client.get(reverse("tokens")).context.get("kept_form") is None
    assert not KeptForm.objects.exists()


def _no_answer(**_asked):
    raise OperationalError("the connection is gone")


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_a_step_up_leads_nowhere_else(client, where):
    form = {"way": "password", "password": PASSWORD, "next": where}
    assert client.post(reverse("step_up"), form).url == "/"
    client.defaults["HTTP_REFERER"] = where
    assert "evil" not in client.post(reverse("tokens"), {"name": "x"}).headers.get("Location", "")


def test_a_script_is_moved_to_the_page_that_asks(client, app, asks):
    asks("second-factor")
    headers = {"hx-request": "true", "hx-current-url": "http://localhost/me/?page=2"}
    answer = client.post(reverse("profile"), TYPED, headers=headers)
    assert answer.headers["HX-Redirect"] == f"{reverse('step_up')}?need=second-factor&next=%2Fme%2F%3Fpage%3D2"


def test_what_no_proof_lifts_has_no_button(client, asks):
    asks("place")
    page = client.post(reverse("profile"), TYPED)
    assert page.status_code == 403
    assert reverse("step_up") not in page.content.decode()


def test_guessing_is_slowed_here_too(client):
    for _attempt in range(10):
        client.post(reverse("step_up"), {"way": "password", "password": "wrong wrong wrong"})
    refused = client.post(reverse("step_up"), {"way": "password", "password": PASSWORD})
    assert refused.status_code == 422
