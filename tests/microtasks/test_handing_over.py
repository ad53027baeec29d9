"""Nobody leaves anything behind that is nobody's; and nothing that somebody did is taken from them."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions.handing_over import hand_over_batch, let_go, move_with_work
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, Batch, BatchPerson, Sensitivity, TaskState
from talkoo.microtasks.queries.held import held_by
from talkoo.people.actions.invitations import hashed, join_organisation
from talkoo.people.models import Invitation, Membership, Person
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def norrby(region):
    return organisation("Norrby", region)


@pytest.fixture
def ekhamn(region):
    return organisation("Ekhamn", region)


@pytest.fixture
def samuel(norrby):
    return subject("Samuel", norrby, Role.COORDINATOR)


@pytest.fixture
def dora(region, norrby, ekhamn):
    return subject("Dora", region, Role.COORDINATOR)


@pytest.fixture
def jonas(norrby):
    return subject("Jonas", norrby, Role.TASK_OWNER)


@pytest.fixture
def heir(norrby):
    return person("Petra", norrby, Role.TASK_OWNER)


def known(by):
    return Person.objects.get(pk=by.person_id)


def owners(batch):
    return set(batch.ties.filter(relation=Relation.OWNER).values_list("person__name", flat=True))


def client_of(by):
    client = Client()
    client.force_login(known(by))
    return client


# Leaving


def test_only_who_looks_after_all_their_roles_lets_somebody_go(samuel, jonas, heir, ekhamn):
    eva = subject("Eva", ekhamn, Role.COORDINATOR)
    for by in (eva, subject_of(heir)):
        with pytest.raises(Missing):
            let_go(by=by, person=known(jonas), to=heir.email)
    Membership.objects.create(person=known(jonas), organisation=ekhamn, role=Role.CONTRIBUTOR)
    with pytest.raises(Denied):
        let_go(by=samuel, person=known(jonas), to=heir.email)
    assert known(jonas).is_active


def test_an_owner_does_not_leave_a_batch_without_anybody(norrby, samuel, jonas):
    batch = open_batch(jonas, norrby, title="Letters")
    with pytest.raises(Invalid) as refused:
        let_go(by=samuel, person=known(jonas))
    assert "Letters" in refused.value.fields["to"]
    assert known(jonas).is_active
    assert owners(batch) == {"Jonas"}


@pytest.mark.parametrize("word", ["", "nobody@x.example", "jonas", "samuel", "stranger"])
def test_who_takes_over_must_be_somebody_else_who_is_here(word, norrby, samuel, jonas):
    open_batch(jonas, norrby)
    stranger = person("Stranger", organisation("Far away"))
    to = {"jonas": known(jonas).email, "samuel": known(samuel).email, "stranger": stranger.email}.get(word, word)
    with pytest.raises(Invalid) as refused:
        let_go(by=samuel, person=known(jonas), to=to)
    assert "to" in refused.value.fields


def test_what_was_theirs_alone_goes_to_the_heir_and_the_rest_stays_with_others(norrby, samuel, jonas, heir):
    alone, shared = open_batch(jonas, norrby, title="Alone"), open_batch(jonas, norrby, title="Shared")
    other = person("Other", norrby)
    BatchPerson.objects.create(batch=shared, person=other, relation=Relation.OWNER)
    BatchPerson.objects.create(batch=shared, person=known(jonas), relation=Relation.REVIEWER)
    let_go(by=samuel, person=known(jonas), to=heir.email.upper())
    assert (owners(alone), owners(shared)) == ({"Petra"}, {"Other"})
    assert list(shared.ties.filter(relation=Relation.REVIEWER).values_list("person__name", flat=True)) == ["Petra"]
    assert not known(jonas).is_active
    assert not known(jonas).memberships.filter(ends__isnull=True).exists()
    assert Event.objects.filter(code=alone.code, action="microtasks.batch.owner-added").exists()


def test_confidential_work_stays_inside_its_organisation(region, norrby, ekhamn, dora):
    inge = subject("Inge", norrby)
    batch = open_batch(inge, norrby, sensitivity=Sensitivity.CONFIDENTIAL)
    outside = person("Outside", ekhamn)
    with pytest.raises(Invalid) as refused:
        let_go(by=dora, person=known(inge), to=outside.email)
    assert "confidential" in refused.value.fields["to"]
    assert owners(batch) == {"Inge"}


def test_work_of_an_organisation_in_other_hands_is_refused_and_its_title_is_not_told(
    norrby, ekhamn, samuel, jonas, heir
):
    open_batch(jonas, ekhamn, title="Secret of Ekhamn")
    with pytest.raises(Conflict) as refused:
        let_go(by=samuel, person=known(jonas), to=heir.email)
    assert "Ekhamn" in refused.value.message
    page = client_of(samuel).get(reverse("person_close", args=[known(jonas).code])).content.decode()
    assert "Secret" not in page
    assert "1 batch of an organisation you do not look after" in page


def test_items_in_hand_go_to_others_and_answers_keep_counting(norrby, samuel, jonas, heir):
    batch = open_batch(subject_of(heir), norrby, tasks=2, adaptive=False, least=1, most=1)
    send(jonas, take(jonas, batch))
    held = take(jonas, batch)
    let_go(by=samuel, person=known(jonas))
    held.refresh_from_db()
    held.task.refresh_from_db()
    assert (held.state, held.task.active, held.task.is_open) == (AssignmentState.LAPSED, 0, True)
    assert Answer.objects.get().assignment.organisation == norrby
    assert take(subject_of(heir), batch).task == held.task


def test_who_holds_an_item_with_a_known_answer_leaves_like_anybody(norrby, samuel, jonas, heir):
    batch = open_batch(subject_of(heir), norrby, tasks=2)
    held = take(jonas, batch)
    mark_known(by=subject_of(heir), code=batch.code, number=held.task.number, value="a")
    let_go(by=samuel, person=known(jonas))
    held.refresh_from_db()
    held.task.refresh_from_db()
    assert (held.state, held.task.active, held.task.state) == (AssignmentState.LAPSED, 0, TaskState.CONTROL)


def test_invitations_stay_open_in_the_name_of_the_heir(norrby, samuel, jonas, heir):
    sent = Invitation.objects.create(
        token_hash="x", email="x@x.example", organisation=norrby, invited_by=known(jonas), expires="2100-01-01T00:00Z"
    )
    let_go(by=samuel, person=known(jonas), to=heir.email)
    sent.refresh_from_db()
    assert (sent.invited_by, sent.withdrawn) == (heir, None)


def test_the_page_shows_what_is_held_before_the_button(norrby, samuel, jonas, heir):
    batch = open_batch(jonas, norrby, title="Letters")
    take(jonas, batch)
    client, where = client_of(samuel), reverse("person_close", args=[known(jonas).code])
    page = client.get(where).content.decode()
    assert "Letters" in page
    assert "Theirs alone" in page
    assert "1 item taken and not answered" in page
    assert client.post(where, {"way": "good"}).status_code == 422
    assert client.post(where, {"way": "good", "to": heir.email}).status_code == 302
    assert owners(batch) == {"Petra"}
    assert held_by(samuel, known(jonas)).ties == []


def test_roles_of_somebody_away_for_a_while_rest_and_hold_again(norrby, samuel, jonas):
    let_go(by=samuel, person=known(jonas), for_good=False)
    assert subject_of(known(jonas)).roles == {}
    client_of(samuel).post(reverse("person_reopen", args=[known(jonas).code]))
    assert Role.TASK_OWNER in subject_of(known(jonas)).roles


def test_somebody_who_comes_back_by_invitation_finds_their_history(norrby, ekhamn, samuel, jonas, heir):
    batch = open_batch(subject_of(heir), norrby)
    send(jonas, take(jonas, batch))
    let_go(by=samuel, person=known(jonas))
    Invitation.objects.create(
        token_hash=hashed("t"), email=known(jonas).email, organisation=ekhamn, expires="2100-01-01T00:00Z"
    )
    back = join_organisation(token="t")
    assert back.pk == jonas.person_id
    assert back.is_active
    assert subject_of(back).roles.keys() == {Role.CONTRIBUTOR}
    assert Assignment.objects.filter(person=back, answer__isnull=False).count() == 1


def test_an_invitation_elsewhere_does_not_open_an_account_whose_roles_rest(norrby, ekhamn, samuel, jonas):
    let_go(by=samuel, person=known(jonas), for_good=False)
    Invitation.objects.create(
        token_hash=hashed("t"), email=known(jonas).email, organisation=ekhamn, expires="2100-01-01T00:00Z"
    )
    with pytest.raises(Conflict):
        join_organisation(token="t")
    assert not known(jonas).is_active


# Moving


def test_moving_needs_the_permission_on_both_sides(norrby, ekhamn, samuel, jonas):
    with pytest.raises(Denied):
        move_with_work(by=samuel, person=known(jonas), source=norrby, target=ekhamn, day=timezone.localdate())


def test_roles_end_and_begin_on_the_same_day_and_answers_stay_with_the_old_organisation(norrby, ekhamn, dora, jonas):
    batch, day = open_batch(jonas, norrby), timezone.localdate() + timedelta(days=10)
    Membership.objects.update(starts=timezone.localdate() - timedelta(days=30))
    send(jonas, take(jonas, batch))
    move_with_work(by=dora, person=known(jonas), source=norrby, target=ekhamn, day=day)
    assert set(known(jonas).memberships.values_list("organisation__name", "role", "ends")) == {
        ("Norrby", "contributor", day), ("Norrby", "task_owner", day), ("Ekhamn", "contributor", None),
    }  # fmt: skip
    assert subject_of(known(jonas)).organisation_id == norrby.pk
    assert subject_of(known(jonas), day).organisation_id == ekhamn.pk
    assert Assignment.objects.get().organisation == norrby
    assert owners(batch) == {"Jonas"}


def test_all_roles_go_along_where_that_is_wanted_and_batches_to_whom_is_named(norrby, ekhamn, dora, jonas, heir):
    batch = open_batch(jonas, norrby)
    day = timezone.localdate()
    move_with_work(by=dora, person=known(jonas), source=norrby, target=ekhamn, day=day, along=True, to=heir.email)
    moved = subject_of(known(jonas))
    assert moved.roles.keys() == {Role.CONTRIBUTOR, Role.TASK_OWNER}
    assert moved.organisation_id == ekhamn.pk
    assert owners(batch) == {"Petra"}


def test_a_day_that_passed_is_refused(norrby, ekhamn, dora, jonas):
    with pytest.raises(Invalid):
        move_with_work(
            by=dora, person=known(jonas), source=norrby, target=ekhamn, day=timezone.localdate() - timedelta(days=1)
        )


def test_who_owns_confidential_work_alone_names_somebody_before_moving(norrby, ekhamn, dora, jonas, heir):
    batch = open_batch(jonas, norrby, sensitivity=Sensitivity.CONFIDENTIAL)
    move = {"person": known(jonas), "source": norrby, "target": ekhamn, "day": timezone.localdate()}
    with pytest.raises(Invalid):
        move_with_work(by=dora, **move)
    move_with_work(by=dora, **move, to=heir.email)
    assert owners(batch) == {"Petra"}


def test_what_will_happen_is_shown_before_somebody_moves(norrby, ekhamn, dora, jonas):
    client, where = client_of(dora), reverse("person_move", args=[known(jonas).code])
    form = {
        "source": norrby.code,
        "target": ekhamn.code,
        "day": timezone.localdate().isoformat(),
        "along": "",
        "to": "",
    }
    page = client.post(where, form).content.decode()
    assert "Move Jonas to Ekhamn?" in page
    assert not known(jonas).memberships.filter(organisation=ekhamn).exists()
    assert client.post(where, {**form, "sure": "1"}).status_code == 302
    assert known(jonas).memberships.filter(organisation=ekhamn).exists()


# A batch whose owners left


def test_a_batch_whose_owners_left_gets_one_and_no_other_batch_does(norrby, samuel, jonas, heir, ekhamn):
    batch = open_batch(jonas, norrby)
    with pytest.raises(Conflict):
        hand_over_batch(by=samuel, code=batch.code, to=heir.email)
    Person.objects.filter(pk=jonas.person_id).update(is_active=False)
    with pytest.raises(Missing):
        hand_over_batch(by=subject("Eva", ekhamn, Role.COORDINATOR), code=batch.code, to=heir.email)
    with pytest.raises(Invalid):
        hand_over_batch(by=samuel, code=batch.code, to=known(samuel).email)
    hand_over_batch(by=samuel, code=batch.code, to=heir.email)
    assert owners(batch) == {"Petra"}
    assert Batch.objects.get().state == "open"
