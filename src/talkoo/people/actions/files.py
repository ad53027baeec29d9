"""People from a file: first read and shown, then, with a yes, invited or added, all of them or none."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.clock import sure_now
from talkoo.lib.errors import Conflict, DomainError, Invalid, StepUp
from talkoo.lib.quarantine import Harmful, look
from talkoo.lib.scanning import Unanswered
from talkoo.lib.tables import Rejected, Shape, Unreadable, inspect, open_table
from talkoo.people.actions.invitations import make_invitation
from talkoo.people.actions.memberships import add_membership, authorise_role
from talkoo.people.actions.persons import new_person
from talkoo.people.checks import check_email, check_name, check_role, check_title
from talkoo.people.models import Organisation, PeopleFile, Person
from talkoo.people.queries.organisations import existing, resource
from talkoo.people.queries.persons import holding

COLUMNS = ("name", "email", "organisation", "role", "title")
NEEDED = ("name", "email")
MOST = 2000
REJECTED_KEPT = 500
KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of the file, checked."""

    line: int
    name: str
    email: str
    title: str
    organisation: int
    organisation_name: str
    role: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a confirmed file."""

    added: int
    invited: int
    skipped: list[str]


@dataclass
class _Reading:
    """What the lines are held against: where each person may go, who is there, what came before."""

    by: Subject
    default: Organisation
    places: dict[str, list[Organisation]]
    here: set[tuple[str, int, str]]
    seen: dict[tuple[str, int, str], int]


def read_people_file(*, by: Subject, organisation: Organisation, path: Path, filename: str) -> PeopleFile:
    """Read a CSV with the columns name and email, and if wanted organisation, role, title. Nobody is added yet.

    A line that cannot be used is kept with its number and the reason; the others go on. Raises Unreadable (with line
    and remedy) for a file that is no such table, Invalid for more than 2,000 people.
    """
    authorise(by, Permission.PEOPLE_INVITE, on=resource(organisation))
    _scan(by, organisation, path)
    return _read_file(by, organisation, path, filename)


@transaction.atomic
def _read_file(by: Subject, organisation: Organisation, path: Path, filename: str) -> PeopleFile:
    shape = _shape(path)
    reading = _reading(by, organisation)
    entries: list[Entry] = []
    rejected: list[Rejected] = []
    for found in _checked(path, shape, reading):
        if isinstance(found, Rejected):
            rejected.append(found)
        else:
            entries.append(found)
        if len(entries) > MOST:
            message = _("The file holds more than %(most)d people.") % {"most": MOST}
            raise Invalid(message, _("Split it into several files."), fields={"file": message})
    file = PeopleFile.objects.create(
        by_id=by.person_id,
        organisation=organisation,
        filename=filename[-200:],
        people=[asdict(entry) for entry in entries],
        rejected=[line._asdict() for line in rejected[:REJECTED_KEPT]],
    )
    facts = {"people": len(entries), "rejected": len(rejected)}
    on = ("people file", file.code)
    audit.record(by=by, action="people.file.read", on=on, organisation_id=organisation.pk, **facts)
    return file


def _shape(path: Path) -> Shape:
    """The shape with our names for the columns, whatever their case; an unknown column is passed over."""
    shape = inspect(path)
    columns = tuple(column.strip().lower().replace("e-mail", "email") for column in shape.columns)
    words = {"needed": ", ".join(NEEDED), "found": ", ".join(shape.columns)[:200]}
    missing = [column for column in NEEDED if column not in columns]
    if missing:
        message = _("The column “%(column)s” is missing.") % {"column": missing[0]}
        remedy = _("The first line must name the columns %(needed)s; it names %(found)s.") % words
        raise Unreadable(message, remedy, 1)
    for column in COLUMNS:
        if columns.count(column) > 1:
            message = _("The column “%(column)s” is there twice.") % {"column": column}
            raise Unreadable(message, _("Take one of them out of the first line."), 1)
    return replace(shape, columns=columns)


def _reading(by: Subject, organisation: Organisation) -> _Reading:
    reach = organisations_where(by, Permission.PEOPLE_INVITE)
    places: dict[str, list[Organisation]] = {}
    for place in existing().filter(pk__in=reach):
        for word in {place.name.casefold(), place.code.casefold()}:
            places.setdefault(word, []).append(place)
    held = holding().filter(organisation__in=reach)
    here = set(held.values_list(Lower("person__email"), "organisation_id", "role"))
    return _Reading(by, organisation, places, here, {})


def _checked(path: Path, shape: Shape, reading: _Reading) -> Iterator[Entry | Rejected]:
    with open_table(path, shape) as reader:
        for row in reader:
            if isinstance(row, Rejected):
                yield row
                continue
            cells = dict(zip(shape.columns, row.cells, strict=True))
            try:
                yield _entry(row.line, cells, reading)
            except StepUp:
                raise
            except DomainError as error:
                excerpt = " ".join(filter(None, (cells.get("name", ""), cells["email"])))
                yield Rejected(row.line, error.message, excerpt[:120])


def _entry(line: int, given: Mapping[str, str], reading: _Reading) -> Entry:
    cells = {column: given.get(column, "").strip() for column in COLUMNS}
    place = _place(cells["organisation"], reading)
    role = _role(cells["role"])
    authorise_role(reading.by, role, place)
    email = check_email(cells["email"])
    entry = Entry(line, check_name(cells["name"]), email, check_title(cells["title"]), place.pk, place.name, role)
    key = (email, place.pk, str(role))
    words = {"email": email, "organisation": place.name, "line": reading.seen.get(key)}
    if key in reading.seen:
        raise Conflict(_("%(email)s stands in line %(line)s already.") % words)
    reading.seen[key] = line
    if key in reading.here:
        raise Conflict(_("%(email)s has this role in %(organisation)s already.") % words)
    return entry


def _place(words: str, reading: _Reading) -> Organisation:
    if not words:
        return reading.default
    found = reading.places.get(words.casefold(), [])
    if len(found) == 1:
        return found[0]
    if found:
        codes = ", ".join(place.code for place in found)
        raise Invalid(
            _("Several organisations are called “%(name)s”; use one of the codes %(codes)s.")
            % {"name": words[:80], "codes": codes}
        )
    raise Invalid(_("You look after no organisation called “%(name)s”.") % {"name": words[:80]})


def _role(words: str) -> Role:
    """A role by its code or by its word on the pages; contributor when nothing is said."""
    if not words:
        return Role.CONTRIBUTOR
    by_word = {str(role.label).casefold(): role for role in Role}
    return by_word.get(words.casefold()) or check_role(words.casefold().replace(" ", "_"))


def _scan(by: Subject, organisation: Organisation, path: Path) -> None:
    """Nothing is kept of a file that the scanner refuses, or about which it does not answer."""
    try:
        look(path)
    except Harmful as error:
        on = ("organisation", organisation.code)
        facts = {"found": error.found}
        audit.record(by=by, action="people.file.harmful", on=on, organisation_id=organisation.pk, **facts)
        raise
    except Unanswered:
        message = _("The scanner for harmful software does not answer, so the file was not opened.")
        raise Conflict(message, _("Send it again in some minutes.")) from None


@transaction.atomic
def confirm_people_file(*, by: Subject, file: PeopleFile, invite: bool, site: str) -> Outcome:
    """Invite, or add without a mail, everybody a file holds; what it held is forgotten afterwards.

    Somebody who has an account elsewhere is invited in any case: joining is theirs to say. Who joined since the file
    was read is skipped and named.
    """
    file = PeopleFile.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=file.pk)
    places = {
        place.pk: place for place in Organisation.objects.filter(pk__in={each["organisation"] for each in file.people})
    }
    for place in (file.organisation, *places.values()):
        authorise(by, Permission.PEOPLE_INVITE, on=resource(place))
    if file.used:
        raise Conflict(_("This file was used already."), _("Look at the list of people."))
    entries = [Entry(**each) for each in file.people]
    outcome = _carry_out(by, entries, places, invite, site)
    file.used, file.people, file.rejected = timezone.now(), [], []
    file.save(update_fields=["used", "people", "rejected"])
    facts = {"added": outcome.added, "invited": outcome.invited, "skipped": len(outcome.skipped)}
    audit.record(
        by=by, action="people.file.used", on=("people file", file.code), organisation_id=file.organisation_id, **facts
    )
    return outcome


def _carry_out(by: Subject, entries: list[Entry], places: dict[int, Organisation], invite: bool, site: str) -> Outcome:
    known = set(Person.objects.filter(email__in=[entry.email for entry in entries]).values_list("email", flat=True))
    fresh: dict[str, Person] = {}
    added = invited = 0
    skipped: list[str] = []
    for entry in entries:
        place, role = places[entry.organisation], Role(entry.role)
        authorise_role(by, role, place)
        try:
            if invite or entry.email in known:
                make_invitation(by, email=entry.email, name=entry.name, organisation=place, role=role, site=site)
                invited += 1
                continue
            if entry.email not in fresh:
                fresh[entry.email] = new_person(by, entry.email, entry.name, place, title=entry.title)
                added += 1
            add_membership(by, fresh[entry.email], place, role)
        except Conflict as error:
            skipped.append(_("Line %(line)d: %(reason)s") % {"line": entry.line, "reason": error.message})
    return Outcome(added, invited, skipped)


@transaction.atomic
def forget_people_files() -> int:
    """Delete what was read from files a day ago and never confirmed, with everybody in it. Returns how many files."""
    files, _kinds = PeopleFile.objects.filter(at__lt=sure_now() - KEPT, used__isnull=True).delete()
    if files:
        audit.record(by=None, action="people.file.forgotten", on=("people file", "all"), files=files)
    return files


@transaction.atomic
def discard_people_file(*, by: Subject, file: PeopleFile) -> None:
    """Forget a file that was read, and everybody in it."""
    file = PeopleFile.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=file.pk)
    authorise(by, Permission.PEOPLE_INVITE, on=resource(file.organisation))
    audit.record(
        by=by, action="people.file.discarded", on=("people file", file.code), organisation_id=file.organisation_id
    )
    file.delete()
