"""At the same moment: one link, the last two administrators, a first run. Real connections, real locks."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.lib.errors import DomainError
from talkoo.people.actions.invitations import accept_invitation, hashed
from talkoo.people.actions.memberships import end_role
from talkoo.people.actions.organisations import move_organisation
from talkoo.people.actions.setup import make_first_administrator, setup_code
from talkoo.people.models import Invitation, Membership, Organisation, Person, Placement
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "blue whale sings alone"


def at_once(*acts):
    """How many went well; what was refused must have been refused in words."""

    def run(act):
        try:
            act()
        except DomainError:
            return 0
        else:
            return 1
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sum(pool.map(run, acts))


def test_one_link_makes_one_person():
    town = organisation("Town")
    Invitation.objects.create(
        token_hash=hashed("t"), email="eva@x.example", organisation=town, expires="2100-01-01T00:00Z"
    )
    acts = [lambda n=n: accept_invitation(token="t", name=f"Eva {n}", password=PASSWORD) for n in range(8)]
    assert at_once(*acts) == 1
    assert Membership.objects.filter(person__email="eva@x.example").count() == 1


def test_two_administrators_who_leave_at_once_do_not_both_leave():
    region = organisation("Region")
    both = [subject(name, region, Role.ADMINISTRATOR) for name in ("Aino", "Sami")]
    held = [Membership.objects.get(person=by.person_id, role=Role.ADMINISTRATOR) for by in both]
    assert (
        at_once(*(lambda by=by, one=one: end_role(by=by, membership=one) for by, one in zip(both, held, strict=True)))
        == 1
    )
    assert Membership.objects.filter(role=Role.ADMINISTRATOR, ends__isnull=True).count() == 1


def test_two_moves_at_once_never_make_a_ring():
    region = organisation("Region")
    north, south = organisation("North", region), organisation("South", region)
    by, day = subject("Aino", region, Role.ADMINISTRATOR), timezone.localdate()
    Organisation.objects.update(starts="2020-01-01")
    moves = [(north, south), (south, north)]
    assert (
        at_once(*(lambda a=a, b=b: move_organisation(by=by, organisation=a, parent=b, day=day) for a, b in moves)) == 1
    )
    assert Placement.objects.filter(ends__isnull=True, parent=region).count() == 1


def test_a_first_run_sent_many_times_makes_one_house(settings, tmp_path):
    settings.VAR = tmp_path
    form = {"code": setup_code(), "organisation": "Region", "name": "Aino", "password": PASSWORD}
    assert at_once(*(lambda n=n: make_first_administrator(email=f"a{n}@x.example", **form) for n in range(6))) == 1
    assert (Person.objects.count(), Organisation.objects.count()) == (1, 1)
