"""Looking through all items of a batch for what has the shape of personal data, and leaving out items where it was found.

The items are read in steps, each a short transaction of its own that writes how far it has come; every write is fenced
by the `run` of the check, so one that was superseded, or killed and begun again, does no more than once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.engines.personal import find, masked
from talkoo.lib import wall
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.batches import DRAFT, log, own_batch
from talkoo.microtasks.models import Batch, DataCheck, Picture, Task
from talkoo.microtasks.queries.pictures import referred
from talkoo.microtasks.queries.protection import check_of, stalled, stated
from talkoo.microtasks.queries.redaction import PICTURE, check_idle, texts_of

LOOK = "talkoo.microtasks.jobs.look"
STEP = 2000
AT_ONCE = 500  # as many items are looked through while the person waits; more by a job
EXAMPLES = 3
EXAMPLE_LENGTH = 60
MOST_LISTED = 5000  # so many items of a finding can be left out one by one; beyond that, leave out the column
MOST_RENUMBERED = 100_000


@dataclass
class Finding:
    """How often one kind was found in one part of the items."""

    kind: str
    part: str
    items: int = 0
    hits: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(self, number: int, words: list[str]) -> None:
        self.items += 1
        self.hits += len(words)
        if len(self.examples) < EXAMPLES:
            self.examples.append({"number": number, "masked": masked(words[0])[:EXAMPLE_LENGTH]})
        if len(self.numbers) <= MOST_LISTED:
            self.numbers.append(number)


def start_check(*, by: Subject, code: str, at_once: bool = False) -> DataCheck:
    """Have the items looked through: a few while the caller waits, many by a job (`at_once`: all of them now).

    A check of the same items that is under way is left to go on. Raises Conflict where there are no items.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        if not batch.tasks_total:
            raise Conflict(_("There are no items yet."), remedy=_("Upload a file first."))
        found = stated(batch)
        going = check_of(found)
        if going is not None and going.finished is None and not stalled(going):
            return going
        check = DataCheck.objects.create(
            batch=batch, items=found.items, by_id=by.person_id, run=uuid4(), total=batch.tasks_total
        )
        log(by, batch, "personal-data-check-started", items=found.items)
        now = at_once or batch.tasks_total <= AT_ONCE
        if not now:
            app.configure_task(LOOK).defer(check=check.pk, run=str(check.run))
    if now:
        look_through(check=check.pk, run=check.run)
        check.refresh_from_db()
    return check


def check_anew(batch: Batch, by: int | None) -> None:
    """Have the items looked through again after they were rewritten, for whoever asked for that."""
    check = DataCheck.objects.create(
        batch=batch, items=stated(batch).items, by_id=by, run=uuid4(), total=batch.tasks_total
    )
    if batch.tasks_total <= AT_ONCE:
        look_through(check=check.pk, run=check.run)
    else:
        app.configure_task(LOOK).defer(check=check.pk, run=str(check.run))


def look_through(*, check: int, run: UUID) -> None:
    """Look at every item in turn. Begins again from the start where an earlier looking was cut off."""
    found = DataCheck.objects.select_related("batch").filter(pk=check, run=run, finished=None).first()
    if found is None:
        return
    with wall.opened(found.batch_id):
        _look_through(found)


def _look_through(found: DataCheck) -> None:
    findings: dict[tuple[str, str], Finding] = {}
    looked = 0
    for step in _steps(found.batch):
        for number, part, text in _texts(step):
            _note(findings, number, part, text)
        looked += len(step)
        if not _write(found, looked=looked):
            return
    ordered = sorted(findings.values(), key=lambda finding: -finding.items)
    facts = {"kinds": sorted({finding.kind for finding in ordered}), "items": looked}
    with transaction.atomic():
        if _write(found, looked=looked, finished=timezone.now(), findings=[vars(each) for each in ordered]):
            _log(found.batch, "personal-data-checked", **facts)


def _log(batch: Batch, verb: str, **facts: Any) -> None:
    """The job acts for nobody in particular: who asked for it is in the line of its start."""
    on = ("batch", batch.code)
    audit.record(by=None, action=f"microtasks.batch.{verb}", on=on, organisation_id=batch.organisation_id, **facts)


def _steps(batch: Batch) -> Iterator[list[tuple[int, str, str, dict[str, Any]]]]:
    """Number, name, group and payload; what an owner calls the record of a piece stands under the name."""
    last = 0
    rows = Task.objects.filter(batch=batch).order_by("number")
    parts = rows.values_list("number", "name", "group", "payload", "piece__name")
    while step := list(parts.filter(number__gt=last)[:STEP]):
        yield [(n, f"{name}\n{record}" if record else name, group, held) for n, name, group, held, record in step]
        last = step[-1][0]


def _texts(step: Iterable[tuple[int, str, str, dict[str, Any]]]) -> Iterator[tuple[int, str, str]]:
    for number, name, group, payload in step:
        yield from ((number, part, text) for part, text in texts_of(name, group, payload))


def _note(findings: dict[tuple[str, str], Finding], number: int, part: str, text: str) -> None:
    """A picture is not looked at: that it is there is all that can be said, and its name is looked through."""
    by_kind: dict[str, list[str]] = {}
    if picture := referred(text):
        by_kind[PICTURE], text = [picture.name], picture.name
    for hit in find(text):
        by_kind.setdefault(hit.kind.value, []).append(text[hit.start : hit.end])
    for kind, words in by_kind.items():
        findings.setdefault((kind, part), Finding(kind, part)).add(number, words)


def _write(check: DataCheck, **values: Any) -> bool:
    mine = DataCheck.objects.filter(pk=check.pk, run=check.run, finished=None)
    return bool(mine.update(moved=timezone.now(), **values))


def leave_out_items(*, by: Subject, code: str, kind: str, part: str) -> int:
    """Take the items in which a kind was found out of a draft; those behind them move up. Returns how many went.

    Raises Conflict where the finding is not of the items that are there now, or these are being redacted, Invalid where
    there are too many or none would be left.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        check_idle(batch)
        check = check_of(stated(batch))
        rows = check.findings if check is not None and check.finished else []
        finding = next((each for each in rows if (each["kind"], each["part"]) == (kind, part)), None)
        if finding is None:
            raise Conflict(_("The items have changed since."), remedy=_("Have them looked through again."))
        if len(finding["numbers"]) > MOST_LISTED or batch.tasks_total > MOST_RENUMBERED:
            raise Invalid(_("These are too many to leave out one by one."), remedy=_("Leave out the column."))
        if len(finding["numbers"]) >= batch.tasks_total:
            raise Invalid(_("No item would be left."), remedy=_("Leave out the column, or choose another file."))
        gone = _take_out(batch, finding["numbers"])
        _close_gaps(batch)
        batch.tasks_total -= gone
        batch.save(update_fields=["tasks_total"])
        log(by, batch, "items-left-out", kind=kind, items=gone)
    return gone


def _take_out(batch: Batch, numbers: list[int]) -> int:
    """Delete these items of a draft, and the pictures that stood in them."""
    items = Task.objects.filter(batch=batch, number__in=numbers)
    texts = (text for payload in items.values_list("payload", flat=True) for text in payload.values())
    pictures = [found.picture for text in texts if isinstance(text, str) and (found := referred(text))]
    Picture.objects.filter(pk__in=pictures, upload__batch=batch).delete()
    gone = items.count()
    items.delete()
    return gone


GAPS = """
WITH ordered AS (SELECT id, row_number() OVER (ORDER BY number) AS place FROM microtasks_task WHERE batch_id = %s)
UPDATE microtasks_task t SET number = ordered.place + %s FROM ordered WHERE t.id = ordered.id
"""


def _close_gaps(batch: Batch) -> None:
    """Number the items anew, by way of numbers that no item has: a unique constraint is looked at row by row."""
    with connection.cursor() as cursor:
        cursor.execute(GAPS, [batch.pk, batch.tasks_total])
        cursor.execute(
            "UPDATE microtasks_task SET number = number - %s WHERE batch_id = %s", [batch.tasks_total, batch.pk]
        )
