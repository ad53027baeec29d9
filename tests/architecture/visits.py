"""The guest of the small world, and what is open to them."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from talkoo.access.actions.entering import Entering
from talkoo.access.visiting import LOOK, VISIT
from talkoo.microtasks.actions.emergencies import ask_in_emergency
from talkoo.microtasks.actions.guest_links import come_in
from talkoo.microtasks.actions.guests import accept_terms, invite_guest
from talkoo.microtasks.models import GuestLink
from talkoo.people.actions.invitations import hashed
from talkoo.people.actions.looking import allow_looking, begin_looking
from talkoo.people.models import Organisation, Person
from talkoo.people.queries import subject_of
from tests.microtasks.made import send, state_data, take

if TYPE_CHECKING:
    from tests.architecture.world import World

GUEST_TOKEN = "a-link-that-works-once"


def look_through(world: "World", whose: str) -> str:
    """The administrator's session as it is while they look through somebody's eyes."""
    from tests.architecture.world import session_of

    helper, person = world.people["administrator"], world.people[whose]
    code = Person.objects.get(pk=person.person_id).code
    looking = begin_looking(by=helper, code=code, said=allow_looking(by=person))
    return str(session_of(Person.objects.get(pk=helper.person_id), **{LOOK: looking.code}).session_key)


def add_guest(world: "World", north: Organisation) -> None:
    """One guest of one open batch, who answered an item and has another in hand."""
    from tests.architecture.world import batch_of, session_of

    say, owner = world.say, world.people["owner"]
    batch = batch_of(world, north, "Open to guests", tasks=3, adaptive=False, least=2, most=2, sensitivity=0)
    state_data(owner, batch, say)
    until = timezone.localdate() + timedelta(days=30)
    name, email = say("Gwen Guest"), "gwen@outside.example"
    guest = invite_guest(by=owner, code=batch.code, email=email, name=name, until=until, site="")
    for token in ("a-link-used-up", GUEST_TOKEN):
        expires = timezone.now() + timedelta(days=1)  # however long the tests take
        GuestLink.objects.create(guest=guest, hash=hashed(token), expires=expires)
    person = come_in(by=Entering(None), token="a-link-used-up").person
    assert person is not None
    accept_terms(by=subject_of(person, visit=guest.code))
    by = world.people["guest"] = subject_of(person, visit=guest.code)
    world.sessions["guest"] = str(session_of(person, **{VISIT: guest.code}).session_key)
    send(by, take(by, batch), batch.config["options"][0])
    asked = ask_in_emergency(by=world.people["officer"], code=batch.code, reason=say("The owner is ill"), minutes=60)
    world.at |= {
        "visit": {}, "visited": {"code": batch.code}, "visited task": {"code": str(take(by, batch).code)},
        "emergency": {"code": asked.code}, "guest": {"code": guest.code}, "guest link": {"token": GUEST_TOKEN},
    }  # fmt: skip
