"""The menu shows what a person may open, and nothing else."""

import pytest
from django.test import Client
from django.urls import reverse

from talkoo.access.permissions import Relation, Role
from talkoo.microtasks.models import BatchPerson
from talkoo.people.models import Person
from tests.microtasks.made import open_batch
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


def labels(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return [item["label"] for item in client.get("/").context["menu"]]


def test_a_contributor_sees_three_parts(region):
    assert labels(subject("Amina", region)) == ["Home", "Tasks", "My record"]


@pytest.mark.parametrize(
    ("role", "more"),
    [
        (Role.TASK_OWNER, {"My batches"}),
        (Role.COORDINATOR, {"People", "What is stuck", "What we hold"}),
        (Role.ADMINISTRATOR, {"People", "Organisations", "What is stuck", "Places and rules"}),
        (Role.AUDITOR, {"What we hold", "The log"}),
        (Role.SECURITY_OFFICER, {"What we hold", "The log", "Places and rules"}),
        (Role.WORKS_COUNCIL, {"What is measured"}),
    ],
)
def test_a_role_opens_its_parts(region, role, more):
    assert set(labels(subject("Somebody", region, role))) == {"Home", "Tasks", "My record"} | more


def test_reviewing_a_batch_opens_reviews_and_owning_one_without_reviewers_does(region):
    owner, carla = subject("Jonas", region), subject("Carla", region)
    batch = open_batch(owner, region)
    assert {"My batches", "Reviews"} <= set(labels(owner))
    BatchPerson.objects.create(batch=batch, person_id=carla.person_id, relation=Relation.REVIEWER)
    assert "Reviews" in labels(carla)
    assert "Reviews" not in labels(owner)


@pytest.mark.parametrize("role", [Role.TASK_OWNER, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_every_part_of_the_menu_opens_and_marks_itself(region, role):
    by = subject("Somebody", region, role)
    open_batch(by, region)
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    for item in client.get("/").context["menu"]:
        page = client.get(item["href"])
        assert page.status_code == 200, item
        assert [entry["label"] for entry in page.context["menu"] if entry["current"]] == [item["label"]]


def test_every_name_the_menu_knows_is_an_address():
    for name in ("home", "board", "reviews", "batches", "people", "organisations", "record", "mfa_index"):
        assert reverse(name)


def test_visitors_get_no_menu(region):
    subject("Somebody", region)
    assert "menu" not in Client().get(reverse("account_login")).context
