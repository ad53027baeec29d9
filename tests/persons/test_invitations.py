"""The life of an invitation: made, mailed, taken once; and every way in which a link does not work."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.lib.errors import Conflict, Denied
from talkoo.people.actions.invitations import (
    accept_invitation,
    hashed,
    invite_person,
    mail_invitation,
    resend_invitation,
    withdraw_invitation,
)
from talkoo.people.models import Invitation, Person
from talkoo.people.queries import subject_of
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db
SITE = "https://talkoo.example"
PASSWORD = "blue whale sings alone"


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def south(region):
    return organisation("Southtown", region)


@pytest.fixture
def coordinator(north):
    return subject("Kaisa Coordinator", north, Role.COORDINATOR)


def invite(by, north, email="eva@north.example", **more):
    return invite_person(by=by, email=email, organisation=north, site=SITE, **more)


def link(invitation):
    """Send the mail and take the token out of it."""
    assert mail_invitation(number=invitation.pk, site=SITE)
    return re.search(rf"{SITE}/invitations/(\S+)/", mail.outbox[-1].body)[1]


def take(token, **more):
    return Client().post(reverse("invitation", args=[token]), {"name": "Eva Lund", "password": PASSWORD, **more})


def test_only_who_looks_after_an_organisation_invites_to_it(coordinator, north, south):
    for by in (
        subject("Carl", north),
        subject("Tina", north, Role.TASK_OWNER),
        subject("Sami", south, Role.COORDINATOR),
    ):
        with pytest.raises(Denied):
            invite(by, north)
    with pytest.raises(Denied):
        invite(coordinator, north, role=Role.ADMINISTRATOR)
    assert not Invitation.objects.exists()


def test_the_mail_names_who_invites_and_where_to_and_its_token_lies_nowhere(coordinator, north):
    invitation = invite(coordinator, north, name="Eva")
    token = link(invitation)
    sent = mail.outbox[-1]
    assert sent.to == ["eva@north.example"]
    assert "Kaisa Coordinator" in sent.subject
    assert "Northtown" in sent.body
    assert [(each.mimetype, token in each.content) for each in sent.alternatives] == [("text/html", True)]
    invitation.refresh_from_db()
    assert invitation.token_hash == hashed(token)
    kept = str(list(Invitation.objects.values())) + str(_jobs())
    assert token not in kept


def _jobs():
    from procrastinate.contrib.django.models import ProcrastinateJob

    return list(ProcrastinateJob.objects.values())


def test_inviting_queues_one_mail_with_the_transaction(coordinator, north):
    invitation = invite(coordinator, north)
    assert [(job["task_name"], job["args"]) for job in _jobs()] == [
        ("talkoo.people.jobs.send_invitation", {"invitation": invitation.pk, "site": SITE})
    ]


def test_a_newcomer_gives_name_and_password_and_is_in(coordinator, north):
    token = link(invite(coordinator, north, name="Eva", role=Role.TASK_OWNER))
    browser = Client()
    page = browser.get(reverse("invitation", args=[token]))
    assert page.status_code == 200
    assert "eva@north.example" in page.content.decode()
    answer = browser.post(reverse("invitation", args=[token]), {"name": "Eva Lund", "password": PASSWORD})
    assert answer.url == reverse("welcome")
    eva = Person.objects.get(email="eva@north.example")
    assert eva.check_password(PASSWORD)
    assert subject_of(eva).holds(Role.TASK_OWNER)
    assert browser.get(reverse("record")).status_code == 200


def test_a_link_works_once(coordinator, north):
    token = link(invite(coordinator, north))
    assert take(token).status_code == 302
    again = Client()
    for answer in (again.get(reverse("invitation", args=[token])), take(token, name="Thief")):
        assert answer.status_code == 409
        assert "used already" in answer.content.decode()
    assert again.get(reverse("record")).status_code == 302
    assert Person.objects.get(email="eva@north.example").name == "Eva Lund"


def test_wrong_expired_and_withdrawn_links_say_so(coordinator, north):
    assert take("nonsense").status_code == 404
    assert Client().get("/invitations/%00%FF%F0/").status_code == 404
    late = invite(coordinator, north)
    token = link(late)
    Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert "run out" in take(token).content.decode()
    gone = invite(coordinator, north, email="other@north.example")
    token = link(gone)
    withdraw_invitation(by=coordinator, invitation=gone)
    assert "withdrawn" in take(token).content.decode()
    assert not Person.objects.filter(email__endswith="@north.example").exists()


def test_sending_again_makes_the_first_link_useless(coordinator, north):
    invitation = invite(coordinator, north)
    first = link(invitation)
    resend_invitation(by=coordinator, invitation=invitation, site=SITE)
    second = link(invitation)
    assert take(first).status_code == 404
    assert take(second).status_code == 302


def test_a_foreign_coordinator_neither_resends_nor_withdraws(coordinator, north, south):
    invitation = invite(coordinator, north)
    by = subject("Sami", south, Role.COORDINATOR)
    with pytest.raises(Denied):
        resend_invitation(by=by, invitation=invitation, site=SITE)
    with pytest.raises(Denied):
        withdraw_invitation(by=by, invitation=invitation)


def test_nobody_is_invited_twice_at_once(coordinator, north):
    invite(coordinator, north)
    with pytest.raises(Conflict, match="already"):
        invite(coordinator, north, email=" EVA@north.example ")
    Invitation.objects.update(expires=timezone.now())
    assert invite(coordinator, north)
    assert Invitation.objects.filter(withdrawn__isnull=True).count() == 1


def test_a_mail_that_comes_too_late_is_not_sent(coordinator, north):
    invitation = invite(coordinator, north)
    withdraw_invitation(by=coordinator, invitation=invitation)
    assert mail_invitation(number=invitation.pk, site=SITE) is False
    assert mail_invitation(number=0, site=SITE) is False
    assert mail.outbox == []


def test_somebody_with_an_account_joins_and_is_not_signed_in_by_the_link(coordinator, north, south):
    eva = person("Eva", south)
    token = link(invite(coordinator, north, email=eva.email))
    browser = Client()
    assert "account already" in browser.get(reverse("invitation", args=[token])).content.decode()
    answer = browser.post(reverse("invitation", args=[token]), {"name": "Thief", "password": PASSWORD})
    assert answer.url == reverse("account_login")
    assert browser.get(reverse("record")).status_code == 302
    eva.refresh_from_db()
    assert (eva.name, eva.check_password(PASSWORD)) == ("Eva", False)
    assert set(eva.memberships.values_list("organisation__name", flat=True)) == {"Northtown", "Southtown"}


def test_who_is_signed_in_joins_and_goes_on(coordinator, north, south):
    eva = person("Eva", south)
    token = link(invite(coordinator, north, email=eva.email))
    browser = Client()
    browser.force_login(eva)
    assert browser.post(reverse("invitation", args=[token])).url == "/"


def test_a_closed_account_is_not_opened_by_an_invitation(coordinator, north, south):
    eva = person("Eva", south)
    Person.objects.filter(pk=eva.pk).update(is_active=False)
    assert take(link(invite(coordinator, north, email=eva.email))).status_code == 409
    assert eva.memberships.count() == 1


@pytest.mark.parametrize("password", ["", "short", "password1234", "eva@north.example"])
def test_a_poor_password_comes_back_with_the_reason_and_the_link_still_works(coordinator, north, password):
    token = link(invite(coordinator, north))
    answer = take(token, password=password)
    assert answer.status_code == 422
    assert "id_password-error" in answer.content.decode()
    assert take(token).status_code == 302


def test_html_in_names_stays_text(coordinator, north):
    token = link(invite(coordinator, north, name="<script>alert(1)</script>"))
    page = Client().get(reverse("invitation", args=[token])).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_two_browsers_with_one_link_make_one_person(coordinator, north):
    token = link(invite(coordinator, north))
    accept_invitation(token=token, name="First", password=PASSWORD)
    with pytest.raises(Conflict):
        accept_invitation(token=token, name="Second", password=PASSWORD)
