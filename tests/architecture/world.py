"""One small world in which every route has something to show: two towns under a region, a batch in every state of its
life, invitations, a file of people. `say` passes every word that people gave, so that a test can mark them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test.client import Client, ClientHandler
from django.utils import timezone

from talkoo.access.actions.tokens import make_personal_token, make_service_token
from talkoo.access.context import Assurance, Zone
from talkoo.access.models import Session
from talkoo.access.permissions import Relation, Role
from talkoo.access.proofs import Proof
from talkoo.access.sessions import SessionStore
from talkoo.access.sessions import hashed as session_hash
from talkoo.access.sign_ins import FACTS, SignIn
from talkoo.access.subject import Subject
from talkoo.audit.actions.sequencing import sequence_all
from talkoo.audit.models import Leaf
from talkoo.microtasks.actions.assignments import report_problem, save_draft
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.batches import create_draft, edit_question
from talkoo.microtasks.actions.data_check import start_check
from talkoo.microtasks.actions.holds import place_hold
from talkoo.microtasks.actions.instructions import edit_instructions
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.actions.practice import practise
from talkoo.microtasks.actions.protection import set_defaults, state_personal_data, state_protection
from talkoo.microtasks.actions.questions import ask_question, reply_to_questions
from talkoo.microtasks.actions.reading import read_upload
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.actions.results import send_to_review
from talkoo.microtasks.actions.uploads import receive_upload, start_reading
from talkoo.microtasks.models import Assignment, Batch, BatchPerson, Piece, RejectedRow
from talkoo.notify.actions.calendars import renew_feed
from talkoo.notify.actions.telling import tell
from talkoo.notify.models import Attempt, Delivery, Endpoint, Mail, Notice
from talkoo.notify.queries.letters import stop_link
from talkoo.notify.queries.webhooks import SECRET
from talkoo.notify.signing import new_secret
from talkoo.people.actions.arrangements import propose_arrangement
from talkoo.people.actions.clearances import clear_person
from talkoo.people.actions.files import read_people_file
from talkoo.people.actions.homes import declare_home
from talkoo.people.actions.invitations import hashed
from talkoo.people.actions.networks import declare_network
from talkoo.people.actions.plans import add_step, begin_plan
from talkoo.people.actions.rules import propose_rules
from talkoo.people.models import Invitation, Organisation, Person, Skill
from talkoo.people.queries import subject_of
from talkoo.people.queries.arrangements import Line
from tests import people as cast
from tests.architecture import visits
from tests.microtasks.drafts import picture
from tests.microtasks.made import open_batch, send, take

Say = Callable[[str], str]
TOKEN = "a-token-that-only-the-mail-holds"


@cache
def _handler(checks: bool) -> ClientHandler:
    """One for all clients: setting up the middleware takes longer than most pages."""
    return ClientHandler(enforce_csrf_checks=checks)


def plainly(words: str) -> str:
    return words


@dataclass
class World:
    """People by what they are here, and for each kind of address the thing it leads to."""

    say: Say
    people: dict[str, Subject] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    at: dict[str, dict[str, Any]] = field(default_factory=dict)

    def client(self, who: str | None, *, enforce_csrf_checks: bool = False) -> Client:
        """A browser of this person as it was after signing in; None is a visitor. Faults are answers here (500)."""
        client = Client(raise_request_exception=False)
        client.handler = _handler(enforce_csrf_checks)
        if who is not None:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.sessions[who]
        return client


def build(say: Say = plainly) -> World:
    world = World(say)
    region, north, south = _places(say)
    _people(world, region, north, south)
    _batches(world, north)
    _work(world)
    _invitations(world, north)
    _notices(world)
    _tokens(world, north)
    _plan(world, region, north)
    _webhooks(world, north)
    _places_and_rules(world, north)
    visits.add_guest(world, north)
    return world


def _places(say: Say) -> list[Organisation]:
    region = cast.organisation(say("Harbour Region"))
    return [region, cast.organisation(say("Northtown"), region), cast.organisation(say("Southtown"), region)]


def _places_and_rules(world: World, north: Organisation) -> None:
    aino = world.people["administrator"]
    network = declare_network(
        by=aino, organisation=north, network="198.51.100.0/24", zone="vpn", label=world.say("Gate")
    )
    change = propose_rules(by=aino, organisation=north, rules={"export": 3}, because=world.say("Papers stay here"))
    clear_person(
        by=world.people["officer"], code=world.at["person:second"]["code"], level=2, ground=world.say("A vetting")
    )
    world.at["cleared"] = world.at["person:second"]
    _arranged(world)
    world.at["network"] = {"code": north.code, "number": network.pk}
    world.at["rule change"] = {"code": north.code, "number": change.pk}


def _arranged(world: World) -> None:
    """An arrangement that the contributor proposed, and an address of theirs."""
    day, by, place = timezone.localdate(), world.people["contributor"], world.say("The boathouse")
    line = Line(place, (0, 1), time(8), time(16), 2)
    made = propose_arrangement(by=by, lines=[line], starts=day, ends=day + timedelta(days=90), note=world.say("Tide"))
    home = declare_home(by=cast.surely(by), place=place, network="203.0.113.77")
    world.at["arrangement"], world.at["home"] = {"code": made.code}, {"number": home.pk}


def _people(world: World, region: Organisation, north: Organisation, south: Organisation) -> None:
    words = {"name": "Reading letters", "category": "Language", "description": "Any letter"}
    said = {name: world.say(text) for name, text in words.items()}
    Skill.objects.update_or_create(code="plain-letters", defaults=said)
    for who, name, home, roles in (
        ("owner", "Olga Owner", north, [Role.TASK_OWNER]),
        ("reviewer", "Rita Reviewer", north, []),
        ("contributor", "Carl Contributor", north, []),
        ("colleague", "Cora Colleague", north, []),
        ("second", "Selma Second", north, []),
        ("coordinator", "Kaisa Coordinator", north, [Role.COORDINATOR]),
        ("officer", "Ines Officer", north, [Role.SECURITY_OFFICER]),
        ("auditor", "Ada Auditor", north, [Role.AUDITOR]),
        ("administrator", "Aino Administrator", region, [Role.ADMINISTRATOR]),
        ("director", "Dora Director", region, [Role.COORDINATOR]),
        ("outsider", "Otto Outsider", south, []),
        ("abroad", "Abel Abroad", south, list(Role)),
    ):
        person = cast.person(name, home, *roles)
        Person.objects.filter(pk=person.pk).update(name=world.say(name), title=world.say("Officer"))
        person.refresh_from_db()
        world.people[who] = cast.with_a_code(subject_of(person))
        world.sessions[who] = str(session_of(person).session_key)
        world.at[f"person:{who}"] = {"code": person.code}
    held = Person.objects.get(pk=world.people["contributor"].person_id).memberships.get()
    world.at["role"] = {**world.at["person:contributor"], "number": held.pk}
    world.at["session"] = {
        "code": session_of(Person.objects.get(pk=world.people["contributor"].person_id))[FACTS]["code"]
    }
    world.at["skills"] = {}
    world.at["skill"] = {"code": "plain-letters"}
    for name, place in (("region", region), ("north", north), ("south", south)):
        world.at[f"organisation:{name}"] = {"code": place.code}
    Organisation.objects.filter(pk=north.pk).update(colour="#2d4f8b", kind="city")
    world.at["themed"] = {"code": north.code}


def session_of(person: Person, **more: str) -> SessionStore:
    """A session as signing in with a password leaves it; made by hand so that it outlives the requests of a test."""
    store = SessionStore()
    store.update(more)
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    an_hour = 3600  # on a busy machine a module of tests takes longer than a sign-in counts as recent
    said = {
        "method": "password",
        "at": timezone.now().timestamp() + an_hour,
        "email": person.email,
        "reauthenticated": True,
    }
    store["account_authentication_methods"], store["account_authentication_methods_user"] = [said], str(person.pk)
    proof = Proof(Assurance.TWO, timezone.now(), None, ("password", "totp"))
    store[FACTS] = SignIn.of(proof, before=None, now=timezone.now(), agent="", zone=Zone.UNKNOWN).kept()
    store.create()
    later = timezone.now() + timedelta(days=1)  # however long the tests take, no request has a minute of use to note
    Session.objects.filter(session_key=session_hash(str(store.session_key))).update(seen=later)
    return store


def batch_of(world: World, north: Organisation, title: str, **more: Any) -> Batch:
    say = world.say
    words = {
        "title": say(title), "summary": say("Read one letter"), "question": say("What is it about?"), "help": say("Choose one"),
        "config": {"options": [say("Traffic"), say("Light"), say("Trees")]}, "item_word": say("letter"), "may_choose": True,
    }  # fmt: skip
    batch = open_batch(world.people["owner"], north, **{**words, **more})
    batch.audience.set([north])
    BatchPerson.objects.create(batch=batch, person_id=world.people["reviewer"].person_id, relation=Relation.REVIEWER)
    for task in batch.tasks.all():
        task.name, task.payload, task.group = (
            say(f"Letter {task.number}"),
            {"source": say(f"Text {task.number}")},
            say("Harbour"),
        )
        task.save()
    return batch


def _batches(world: World, north: Organisation) -> None:
    """Open: task 1 settled, 2 with a reviewer, 3 answered once and in the contributor's hands, 4 and on untouched."""
    owner, say = world.people["owner"], world.say
    batch = batch_of(world, north, "Sort the letters", tasks=6, adaptive=False, least=2, most=2)
    options = batch.config["options"]
    for who, number, choice in (("second", 1, 0), ("reviewer", 1, 0), ("second", 2, 0), ("second", 3, 1)):
        send(world.people[who], take(world.people[who], batch, number), options[choice], note=say("See page two"))
    send_to_review(by=owner, batch=batch, number=2)
    refit_batch(batch)
    world.at["batch"] = {"code": batch.code}
    world.at["settled"] = {"code": batch.code, "number": 1}
    world.at["review"] = {"code": batch.code, "number": 2}
    world.at["task"] = {"code": batch.code, "number": 3}
    split = batch_of(world, north, "In pieces", tasks=2, records=1, cap_person=2)
    for part, task in enumerate(split.tasks.order_by("number"), 1):
        Piece.objects.create(task=task, batch=split, record=1, part=part, label=say("Column"), name=say("Case"))
    world.at["split"] = {"code": split.code}
    other = batch_of(world, north, "Answered and closed", tasks=1, adaptive=False, least=1, most=1)
    send(world.people["contributor"], take(world.people["contributor"], other), options[0])
    world.at["closed"] = {"code": other.code}
    world.at["outcome"] = {"code": Assignment.objects.get(batch=other).code}
    _stated(world, other)
    move_batch(by=owner, code=other.code, verb="close")
    _pictures(world, north)
    _practice(world, north)
    held = place_hold(
        by=world.people["officer"],
        code=other.code,
        reason=say("Case 12"),
        until=timezone.localdate() + timedelta(days=9),
    )
    world.at["held"] = {"code": held.batch.code}
    sequence_all()
    world.at["log entry"] = {"position": Leaf.objects.get(event__action="microtasks.batch.held").position}
    world.at["draft"] = {"code": draft_of(world, north, "A draft").code}


def _practice(world: World, north: Organisation) -> None:
    """Two items to practise on; the colleague has tried the first."""
    batch, owner = batch_of(world, north, "Practise first", tasks=3), world.people["owner"]
    known = batch.config["options"][1]
    for number in (1, 2):
        why = world.say("It says so in line two")
        mark_known(by=owner, code=batch.code, number=number, value=known, why=why, practice=True)
    practise(by=world.people["colleague"], batch=batch, number=1, value=batch.config["options"][0])
    world.at["practice"] = {"code": batch.code}
    world.at["practice item"] = {"code": batch.code, "number": 1}


def _stated(world: World, batch: Batch) -> None:
    """Everything that is asked of a batch that crosses organisations, and what the town usually says."""
    say, owner, code = world.say, world.people["owner"], batch.code
    said = {"contact": say("The data office"), "purpose": say("Sorting"), "basis": "public", "keep_days": 30}
    state_protection(
        by=owner,
        code=code,
        controller=batch.organisation_id,
        special=True,
        special_basis="public",
        afterwards="results",
        **said,
    )
    start_check(by=owner, code=code)
    state_personal_data(by=owner, code=code, says="needed", because=say("Crews call back"))
    set_defaults(by=world.people["coordinator"], organisation=batch.organisation, afterwards="delete", **said)


def draft_of(world: World, north: Organisation, title: str) -> Batch:
    """With four items read from a file, one line rejected, and a question: it could open."""
    owner, say = world.people["owner"], world.say
    batch = create_draft(
        by=owner, organisation_id=north.pk, title=say(title), summary=say("Read"), item_word=say("letter")
    )
    columns = [say("no"), say("words")]
    lines = f"{','.join(columns)}\n" + "".join(f"{say(f'L{n}')},{say(f'{title} {n}')}\n" for n in range(1, 5))
    receive_upload(by=owner, code=batch.code, filename=say("letters.csv"), chunks=[lines.encode()])
    begun = start_reading(
        by=owner, code=batch.code, mapping=dict(zip(columns, ("name", "source"), strict=True)), defer=False
    )
    assert begun.run is not None
    read_upload(upload=begun.pk, run=begun.run)
    RejectedRow.objects.create(upload=begun, line=9, reason=say("“words” is empty"), excerpt=say("L9"))
    config = {"options": [say("Traffic"), say("Light")]}
    return edit_question(
        by=owner,
        code=batch.code,
        kind="choice",
        question=say("What is it about?"),
        help=say("Choose"),
        config=config,
        ask_sure=True,
    )


def _pictures(world: World, north: Organisation) -> None:
    owner, say = world.people["owner"], world.say
    batch = create_draft(by=owner, organisation_id=north.pk, title=say("Pictures"), summary=say("Look"), item_word="")
    receive_upload(by=owner, code=batch.code, filename="harbour.png", chunks=[picture()])
    begun = start_reading(by=owner, code=batch.code, mapping={"file": "name", "content": "source"}, defer=False)
    assert begun.run is not None
    read_upload(upload=begun.pk, run=begun.run)
    world.at["picture"] = {"code": batch.code, "number": 1, "part": "source"}


def _work(world: World) -> None:
    """The contributor holds a task with a draft and has reported a problem with it."""
    by = world.people["contributor"]
    batch = Batch.objects.get(**world.at["batch"])
    held = take(by, batch, 3)
    code = str(held.code)
    problem = report_problem(by=by, code=code, text=world.say("The scan is upside down"))
    world.at["problem"] = {**world.at["batch"], "problem": problem.pk}
    ask_question(by=by, code=code, text=world.say("Does the lamp count?"))
    asked = ask_question(by=by, code=code, text=world.say("Which page is meant?"))
    reply = {"text": world.say("Page two"), "shown": world.say("Which page?"), "everywhere": True}
    reply_to_questions(by=world.people["owner"], batch=batch, question=asked.pk, **reply)
    send(by, held, batch.config["options"][0])
    first = take(by, batch, 4)
    send(by, first, batch.config["options"][2])
    world.at["changing"] = {"code": str(first.code)}
    in_hand = take(by, batch, 5)
    waiting = ask_question(by=by, code=str(in_hand.code), text=world.say("Is that a tree?"))
    world.at["question"] = {"code": batch.code, "number": waiting.pk}
    save_draft(
        by=by,
        code=str(in_hand.code),
        draft={"choice": ["2"], "sure": "2", "cannot": "", "note": world.say("not sure yet")},
    )
    world.at["assignment"] = {"code": str(in_hand.code)}
    said = {"question": world.say("What is it about?"), "help": world.say("Choose one") + world.say(" only")}
    edit_instructions(by=world.people["owner"], code=batch.code, version=1, **said)


def _notices(world: World) -> None:
    """The contributor is told that the batch has work; the words of a notice are found when it is read."""
    by, code = world.people["contributor"], world.at["batch"]["code"]
    tell(to=[by.person_id], kind="batch.offered", about=("batch", code), link=f"/work/{code}/", once="offered")
    world.at["feed"] = {"token": renew_feed(by=by)}
    world.at["stop"] = {
        "token": stop_link(Mail(person_id=by.person_id), "batch.offered").rstrip("/").rpartition("/")[2]
    }
    world.at["notice"] = {"number": Notice.objects.get(person=by.person_id, once="offered").pk}


def _tokens(world: World, north: Organisation) -> None:
    token, _secret = make_personal_token(
        by=world.people["contributor"], name=world.say("Export"), scopes=["results:read"]
    )
    world.at["api token"] = {"code": token.code}
    make_service_token(
        by=world.people["administrator"], organisation_id=north.pk, organisation_code=north.code,
        name=world.say("Case system"), scopes=["batches:write"],
    )  # fmt: skip


def _plan(world: World, region: Organisation, north: Organisation) -> None:
    """A draft that merges the north into an organisation it adds."""
    by, say = world.people["administrator"], world.say
    plan = begin_plan(by=by, name=say("One town"), organisation=region, day=timezone.localdate() + timedelta(days=30))
    new = add_step(by=by, plan=plan, kind="add", target=region, name=say("New town"))
    add_step(by=by, plan=plan, kind="merge", organisation=north, target_step=new)
    world.at["plan"] = {"code": plan.code}
    world.at["plan step"] = {"code": plan.code, "number": plan.steps.get(number=2).pk}


def _webhooks(world: World, north: Organisation) -> None:
    """One that failed once; written by hand, as registering looks up the host."""
    say, owner = world.say, world.people["owner"]
    endpoint = Endpoint(
        organisation_id=north.pk, url="https://hooks.test.example/talkoo", events=["batch.opened"],
        description=say("Dashboard"), made_by_id=owner.person_id,
        failing_since=timezone.now(), retry_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    endpoint.secret = SECRET.seal(new_secret(), endpoint.code)
    endpoint.save()
    delivery = Delivery.objects.create(
        endpoint=endpoint, type="batch.opened", body='{"type":"batch.opened"}', state="given_up", tries=1
    )
    Attempt.objects.create(delivery=delivery, status=503, milliseconds=12, excerpt="busy")
    world.at["webhook"] = {"code": endpoint.code}
    world.at["delivery"] = {"code": endpoint.code, "number": delivery.pk}


def _invitations(world: World, north: Organisation) -> None:
    by, say = world.people["coordinator"], world.say
    made = Invitation.objects.create(
        token_hash=hashed(TOKEN), email="new@test.example", name=say("Nelly Newcomer"), organisation=north, role=Role.CONTRIBUTOR,
        invited_by_id=by.person_id, expires=timezone.now() + timedelta(days=3),
    )  # fmt: skip
    world.at["token"] = {"token": TOKEN}
    world.at["invitation"] = {"number": made.pk}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_text(f"name,email\n{say('Pia Person')},pia@test.example\n{say('No Address')},{say('nowhere')}\n")
        file = read_people_file(by=by, organisation=north, path=path, filename=say("people.csv"))
    world.at["people file"] = {"code": file.code}
