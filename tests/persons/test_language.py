"""The language a person chose: on every page, in every mail they get, and only among those that are there."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.translation import trans_real

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib import pseudo
from talkoo.lib.errors import Invalid
from talkoo.lib.languages import speak
from talkoo.notify.actions.calendars import renew_feed
from talkoo.notify.models import Feed, Pace
from talkoo.people.actions.invitations import invite_person, mail_invitation
from talkoo.people.actions.persons import choose_language
from talkoo.people.models import Invitation, Person
from talkoo.people.queries import subject_of
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
ENGLISH, TURNED, LENGTHENED = "My record", pseudo.mirrored("My record"), pseudo.accented("My record")


@pytest.fixture(autouse=True)
def languages(monkeypatch):
    monkeypatch.setattr(trans_real, "_translations", dict(trans_real._translations))
    with override_settings(LANGUAGES=[("en", "English"), *pseudo.NAMES.items()]):
        pseudo.install()
        yield
    speak("en")


@pytest.fixture
def eva():
    return person("Eva", organisation("Northtown"))


@pytest.fixture
def browser(eva):
    client = Client()
    client.force_login(eva)
    return client


def page_of(browser, asks=""):
    return browser.get(reverse("record"), headers={"accept-language": asks}).content.decode()


def choose(eva, language="", formats=""):
    return choose_language(by=subject_of(eva), language=language, formats=formats)


@pytest.mark.parametrize(("language", "formats", "field"), [("xx", "", "language"), ("", "xx", "formats")])
def test_nobody_chooses_what_is_not_there(eva, language, formats, field):
    with pytest.raises(Invalid) as refused:
        choose(eva, language, formats)
    assert set(refused.value.fields) == {field}
    eva.refresh_from_db()
    assert (eva.language, eva.formats) == ("", "")


def test_pages_follow_the_browser_until_the_person_chooses(eva, browser):
    assert ENGLISH in page_of(browser)
    assert LENGTHENED in page_of(browser, "en-XA")
    choose(eva, pseudo.MIRRORED)
    page = page_of(browser, "en-XA")
    assert '<html lang="ar-xb" dir="rtl"' in page
    assert TURNED in page
    assert LENGTHENED not in page


def test_the_page_of_languages_keeps_what_is_chosen_and_says_so_in_it(eva, browser):
    page = browser.get(reverse("language")).content.decode()
    assert all(name in page for name in ("English", "Åççéñţéð"))
    saved = browser.post(reverse("language"), {"language": pseudo.ACCENTED, "formats": "fi"}, follow=True)
    assert saved.status_code == 200
    assert pseudo.accented("Saved.") in saved.content.decode()
    eva.refresh_from_db()
    assert (eva.language, eva.formats) == (pseudo.ACCENTED, "fi")
    assert Event.objects.filter(action="people.person.language_chosen").count() == 1
    refused = browser.post(reverse("language"), {"language": "xx", "formats": ""})
    assert refused.status_code == 422


def test_moments_are_shown_by_the_reader_s_clock_and_in_their_formats(eva, browser):
    renew_feed(by=subject_of(eva))
    Feed.objects.update(made=datetime(2026, 11, 26, 23, 30, tzinfo=UTC))
    page = reverse("calendar")
    assert "since 26 November 2026." in browser.get(page).content.decode()
    Pace.objects.create(person=eva, zone="Asia/Tokyo")
    choose(eva, formats="de")
    assert "since 27. November 2026." in browser.get(page).content.decode()
    assert "Asia/Tokyo" in browser.get(reverse("language")).content.decode()


def test_a_language_that_was_taken_away_leaves_the_browser_s(eva, browser):
    Person.objects.update(language="sv")
    assert LENGTHENED in page_of(browser, "en-XA")


def test_an_invitation_speaks_the_language_of_who_gets_it(eva):
    choose(eva, pseudo.ACCENTED, "fi")
    place = organisation("Southtown")
    by = subject_of(person("Kaisa", place, Role.COORDINATOR))
    for address in (eva.email, "new@test.example"):
        invite_person(by=by, email=address, organisation=place, site="http://x")
    for each in Invitation.objects.all():
        mail_invitation(number=each.pk, site="http://x")
    known, unknown = mail.outbox
    assert 'lang="en-xa"' in known.alternatives[0][0]
    assert known.subject.startswith("[")
    assert 'lang="en"' in unknown.alternatives[0][0]


def test_who_forgot_a_password_is_written_to_in_their_language(eva):
    eva.set_password("a sentence of words")
    eva.save()
    choose(eva, pseudo.ACCENTED)
    Client().post(reverse("account_reset_password"), {"email": eva.email}, headers={"accept-language": "en"})
    assert mail.outbox[0].subject.startswith("[")
