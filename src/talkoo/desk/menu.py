"""What stands in the header: only what the person may open."""

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission, Relation, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.microtasks.models import BatchPerson
from talkoo.microtasks.queries.reviews import reviewed_batches
from talkoo.notify.queries.notices import unread_of
from talkoo.people.models import Organisation, Person
from talkoo.people.queries.themes import colour_of

P = Permission
UNDER = {  # a page deep in a part of the house keeps that part marked
    "work": "board",
    "work_answers": "board",
    "assignment": "board",
    "practice": "board",
    "practice_item": "board",
    "review": "reviews",
    "batch": "batches",
    "batch_new": "batches",
    "batch_edit": "batches",
    "batch_reading": "batches",
    "batch_redaction": "batches",
    "batch_try": "batches",
    "batch_move": "batches",
    "batch_discard": "batches",
    "batch_instructions": "batches",
    "batch_questions": "batches",
    "batch_records": "batches",
    "batch_question": "batches",
    "batch_guests": "batches",
    "task": "batches",
    "task_known": "batches",
    "batch_hand_over": "stuck",
    "invite": "people",
    "invite_many": "people",
    "people_many": "people",
    "person": "people",
    "role_end": "people",
    "person_close": "people",
    "person_erase": "people",
    "person_move": "people",
    "person_merge": "people",
    "skills_all": "organisations",
    "skill_merge": "organisations",
    "people_file": "people",
    "people_file_check": "people",
    "organisation_new": "organisations",
    "organisation_settings": "organisations",
    "organisation_move": "organisations",
    "organisation_end": "organisations",
    "organisations_on": "organisations",
    "plans": "organisations",
    "plan": "organisations",
    "plan_new": "organisations",
    "plan_edit": "organisations",
    "plan_step": "organisations",
    "plan_decide": "organisations",
    "plan_turn": "organisations",
    "skills": "record",
    "arrangement": "record",
    "arrangements": "people",
    "language": "record",
    "my_data": "record",
    "look_along": "record",
    "look_begin": "people",
    "notice_choices": "notices",
    "tokens": "record",
    "service_tokens": "organisations",
    "calendar": "notices",
    "webhook": "webhooks",
    "webhook_new": "webhooks",
    "webhook_secret": "webhooks",
    "webhook_remove": "webhooks",
    "log_entry": "log",
    "log_proof": "log",
    "log_check": "log",
    "viewings": "log",
    "networks": "security",
    "measures": "measures_all",
    "rules": "security",
    "outlook": "security",
    "clearances": "security",
    "clearance": "security",
    "batch_hold": "register",
    "emergency_ask": "register",
    "register_defaults": "register",
}

MOST = 7  # entries that the header has room for
RAREST = ("measures_all", "security", "log", "register", "record")  # one's record stands under one's name anyway


def footer() -> list[dict[str, object]]:
    entries = [("help", _("Help")), ("accessibility", _("Accessibility")), ("stored", _("What is stored about you"))]
    return _links(entries, "")


def menu(request: HttpRequest) -> dict[str, object]:
    """Context of every page: menu, account_menu, home_organisation, region, demo. One query, none for visitors.

    Nothing is made until a template asks for it: the part of a page that htmx gets has no header.
    """
    by: Subject | None = getattr(request, "subject", None)
    every = {"demo": settings.DEMO, "footer_menu": SimpleLazyObject(footer)}
    if by is None:
        return every
    if by.visit is not None:
        return every | _of_guest(by)
    match = request.resolver_match
    here = UNDER.get(match.url_name or "", match.url_name or "") if match else ""
    place = SimpleLazyObject(lambda: _place(by))
    entries = SimpleLazyObject(lambda: _fitted(_entries(by, place[0], reviews=place[1])))
    return every | {
        "menu": SimpleLazyObject(lambda: _links(entries[0], here)),
        "account_menu": SimpleLazyObject(lambda: _links([*_account(by, place[3]), *entries[1]], here)),
        "home_organisation": by.organisation_name,
        "region": SimpleLazyObject(lambda: place[2] if place[2] != by.organisation_name else ""),
        "theme_href": SimpleLazyObject(lambda: _theme(place[4])),
    }


def _of_guest(by: Subject) -> dict[str, object]:
    """A guest's header: their one piece of work, and what is stored about them; before the terms, nothing."""
    agreed = by.visit is not None and by.visit.agreed
    menu = [("guest_home", _("Your visit"))] if agreed else []
    account = [("guest_terms", _("What holds for guests")), *([("my_data", _("Your data"))] if agreed else [])]
    return {"menu": _links(menu, ""), "account_menu": _links(account, ""), "home_organisation": _("Guest")}


def _entries(by: Subject, ties: set[str], *, reviews: bool) -> list[tuple[str, str]]:
    entries = [("home", _("Home")), ("board", _("Tasks"))]
    if reviews:
        entries.append(("reviews", _("Reviews")))
    if Relation.OWNER in ties or by.holds(Role.TASK_OWNER):
        entries.append(("batches", _("My batches")))
    if organisations_where(by, P.REGISTER_SEE):
        entries.append(("register", _("What we hold")))
    if organisations_where(by, P.AUDIT_SEE):
        entries.append(("log", _("The log")))
    if organisations_where(by, P.PEOPLE_SEE):
        entries.append(("stuck", _("What is stuck")))
        entries.append(("people", _("People")))
    if organisations_where(by, P.ORGANISATION_EDIT):
        entries.append(("organisations", _("Organisations")))
    if organisations_where(by, P.NETWORK_EDIT):
        entries.append(("security", _("Places and rules")))
    if organisations_where(by, P.MEASURES_AGREE):
        entries.append(("measures_all", _("What is measured")))
    return [*entries, ("record", _("My record"))]


def _fitted(entries: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What fits into the header, and what goes under one's name instead: that which is looked at most rarely."""
    moved = [name for name in RAREST if name in dict(entries)][: max(len(entries) - MOST, 0)]
    kept = [entry for entry in entries if entry[0] not in moved]
    return kept, [entry for entry in entries if entry[0] in moved and entry[0] != "record"]


def _account(by: Subject, unread: int) -> list[tuple[str, str]]:
    """The person's own pages; how many notices are new is a plain number beside the word."""
    notices = _("Notices") if not unread else _("Notices (%(count)s new)") % {"count": unread}
    webhooks = [("webhooks", _("Webhooks"))] if organisations_where(by, P.WEBHOOK_EDIT) else []
    own = [("notices", notices), ("record", _("My record")), ("mfa_index", _("Sign-in and security"))]
    if organisations_where(by, P.EMERGENCY_ASK) or organisations_where(by, P.AUDIT_SEE):
        own.append(("emergencies", _("Emergencies")))
    guests = [("guests", _("Guests"))] if organisations_where(by, P.GUEST_END) else []
    return own + webhooks + guests


def _theme(place: str) -> str:
    """Where the style sheet of somebody's organisation is; the colour in it makes a new colour a new address."""
    code, _space, colour = place.partition(" #")
    return f"{reverse('theme', args=[code])}?v={colour}" if code else ""


def _place(by: Subject) -> tuple[set[str], bool, str, int, str]:
    """How the person is tied to batches, whether they review any, the organisation above all theirs, how many notices
    they have not read, and the colour they work in. One query."""
    relations = BatchPerson.objects.filter(person=OuterRef("pk")).order_by().values("relation").distinct()
    top = Organisation.objects.filter(pk__in=by.within, placements__parent__isnull=True, placements__ends__isnull=True)
    found = Person.objects.filter(pk=by.person_id).annotate(
        held=ArraySubquery(relations), reviews=Exists(reviewed_batches(by)), region=Subquery(top.values("name")[:1]),
        unread=unread_of(OuterRef("pk")), themed=colour_of(by),
    )  # fmt: skip
    read = found.values_list("held", "reviews", "region", "unread", "themed").first()
    held, reviews, region, unread, themed = read or ([], False, "", 0, "")
    return set(held), reviews, region or "", unread, themed or ""


def _links(entries: list[tuple[str, str]], here: str) -> list[dict[str, object]]:
    return [{"label": label, "href": reverse(name), "current": name == here} for name, label in entries]
