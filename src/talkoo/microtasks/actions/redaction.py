"""Redacting the items of a draft: an owner chooses, another person signs, then every item is rewritten in its place.

What went is not kept beside it. The file it came from lies in the upload folder until the batch opens, as every file
does, and goes then; what its first rows said goes as well.
"""

import json
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.engines.personal import redacted
from talkoo.lib import wall
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.microtasks.actions.batches import DRAFT, log, own_batch
from talkoo.microtasks.actions.data_check import check_anew
from talkoo.microtasks.models import Batch, BatchState, KnownAnswer, Picture, Piece, Redaction, Sensitivity, Task
from talkoo.microtasks.queries.pictures import referred
from talkoo.microtasks.queries.protection import stated
from talkoo.microtasks.queries.redaction import (
    KEEP,
    REDACT,
    WORDS,
    Rules,
    check_idle,
    edition,
    planned,
    redacted_task,
    rules_of,
    speaks,
)
from talkoo.microtasks.queries.uploads import sources
from talkoo.people.queries.readers import spoken_to

CARRY_OUT = "talkoo.microtasks.jobs.redact"
STEP = 1000
AT_ONCE = 500  # as many items are redacted while the person waits; more by a job
MOST_WORDS = 200
LONGEST_NAME = 200  # letters of the name of a picture

REWRITE = """
UPDATE microtasks_task t SET name = n.name, "group" = n."group", payload = n.payload::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS n (id, name, "group", payload) WHERE t.id = n.id
"""


def prepare_redaction(*, by: Subject, code: str, choices: Mapping[str, str], words: Sequence[str]) -> Redaction:
    """Say for each finding whether it is redacted or kept, and what words of one's own are redacted besides.

    A signature that stood is void. Raises Conflict where the items were not looked through or are being rewritten,
    Invalid by field: for a finding of which nothing is said, and for words that would match anything.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        plan = planned(batch)
        if plan.check is None or plan.check.finished is None:
            raise Conflict(
                _("These items have not been looked through to the end."), remedy=_("Have them looked through first.")
            )
        check_idle(batch)
        chosen = {key: choices.get(key, "") for key in plan.choices()}
        fields = {key: _("Choose one of the two.") for key, choice in chosen.items() if choice not in {REDACT, KEEP}}
        cleaned = [" ".join(word.split()) for word in words if word.strip()]
        if reason := _unfit(cleaned):
            fields["words"] = reason
        if fields:
            raise Invalid(_("This cannot be saved yet."), remedy=_("Look at what is marked."), fields=fields)
        redaction = Redaction(batch=batch, items=plan.items, choices=chosen, words=cleaned, by_id=by.person_id)
        redaction.save()
        counts = {"redacted": sum(choice == REDACT for choice in chosen.values()), "kept": sum(choice == KEEP for choice in chosen.values())}  # fmt: skip
        log(by, batch, "redaction-prepared", words=len(cleaned), **counts)
    return redaction


def _unfit(words: Sequence[str]) -> str:
    if len(words) > MOST_WORDS:
        return _("These are more than %(most)d words.") % {"most": MOST_WORDS}
    for word in words:
        try:
            rules_of({}, [word])
        except ValueError:
            words = _("“%(word)s” would match too much, is longer than 100 letters, or has a * before its end.")
            return words % {"word": word[:40]}
    return ""


def sign_redaction(*, by: Subject, code: str, seen: str, at_once: bool = False) -> Redaction:
    """Sign what was prepared, by name; then the items are redacted: a few while the caller waits, many by a job.

    Of confidential and restricted items neither who sent the file nor who prepared this may sign: two have looked.
    Raises Denied for them, Conflict where something else was prepared than was `seen`, or the items changed since.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code, states=DRAFT)
        plan = planned(batch)
        redaction = plan.redaction
        if redaction is None or not speaks(plan):
            raise Conflict(_("The items have changed since, or nothing is prepared."), remedy=_("Look at it again."))
        if redaction.signed:
            raise Conflict(_("This is signed already."), remedy=_("Look at it again."))
        if edition(redaction) != seen:
            raise Conflict(_("Something else was chosen meanwhile."), remedy=_("Read it again before you sign."))
        if reason := barred(by, batch, redaction):
            raise Denied(reason, remedy=_("Name a second owner under “Who may see it”, and ask them to sign."))
        redaction.signed, redaction.signed_by_id, redaction.run = timezone.now(), by.person_id, uuid4()
        redaction.moved = redaction.signed
        redaction.save()
        log(by, batch, "redaction-signed", edition=seen)
        now = at_once or batch.tasks_total <= AT_ONCE
        if not now:
            app.configure_task(CARRY_OUT).defer(batch=batch.pk, run=str(redaction.run))
    if now:
        carry_out(batch=batch.pk, run=redaction.run)
    redaction.refresh_from_db()
    return redaction


def barred(by: Subject, batch: Batch, redaction: Redaction) -> str:
    """Why this person may not sign, empty where they may."""
    if batch.sensitivity < Sensitivity.CONFIDENTIAL:
        return ""
    if by.person_id == redaction.by_id:
        return _("You chose this yourself. Somebody else has to sign it.")
    if any(by.person_id == upload.by_id for upload in sources(batch)):
        return _("You sent the file. Somebody else has to sign it.")
    return ""


def carry_out(*, batch: int, run: UUID) -> None:
    """Rewrite every item in turn; what was cut off goes on where it stopped, and nothing is done twice."""
    found = (
        Redaction.objects.select_related("batch", "signed_by", "by").filter(batch=batch, run=run, finished=None).first()
    )
    if found is None:
        return
    with spoken_to(found.by), wall.opened(batch):
        rules = rules_of(found.choices, found.words)
        while _step(found, rules):
            pass


def _step(found: Redaction, rules: Rules) -> bool:
    """The next items, in a transaction of their own; at the end what hangs on them. Returns whether there are more."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=found.batch_id)
        held = Redaction.objects.select_for_update().filter(pk=found.pk, run=found.run, finished=None).first()
        if held is None or batch.state != BatchState.DRAFT or held.items != stated(batch).items:
            return False
        tasks = list(Task.objects.filter(batch=batch, number__gt=held.done).order_by("number")[:STEP])
        held.changed += _rewrite(tasks, rules)
        held.moved = timezone.now()
        if tasks:
            held.done = tasks[-1].number
        else:
            _end(batch, held, rules)
        held.save()
    return bool(tasks)


def _rewrite(tasks: Sequence[Task], rules: Rules) -> int:
    changed = []
    for task in tasks:
        after = redacted_task(rules, task.name, task.group, task.payload)
        if after != (task.name, task.group, task.payload):
            changed.append((task.pk, after[0] or "–", after[1], json.dumps(after[2], ensure_ascii=False)))
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(REWRITE, [list(column) for column in zip(*changed, strict=True)])
    _rename(tasks, rules)
    return len(changed)


def _rename(tasks: Sequence[Task], rules: Rules) -> None:
    """What an owner calls the records whose pieces these are, and the names of the files their pictures came as."""
    pieces = list(Piece.objects.filter(task__in=tasks).exclude(name=""))
    for piece in pieces:
        piece.name = redacted(piece.name, rules.everywhere(), rules.own, rules.block)[:WORDS]
    Piece.objects.bulk_update(pieces, ["name"])
    texts = (text for task in tasks for text in task.payload.values() if isinstance(text, str))
    named = [found.picture for text in texts if (found := referred(text))]
    pictures = list(Picture.objects.filter(pk__in=named).only("name")) if named else []
    for picture in pictures:
        picture.name = redacted(picture.name, rules.everywhere(), rules.own, rules.block)[:LONGEST_NAME]
    Picture.objects.bulk_update(pictures, ["name"])


def _end(batch: Batch, held: Redaction, rules: Rules) -> None:
    """Reasons of known answers quote their items; the first rows of the file are what the items were."""
    for known in KnownAnswer.objects.filter(batch=batch).exclude(why=""):
        why = redacted(known.why, rules.everywhere(), rules.own, rules.block)
        if why != known.why:
            KnownAnswer.objects.filter(pk=known.pk).update(why=why)
    held.finished = timezone.now()
    on = ("batch", batch.code)
    audit.record(
        by=None, action="microtasks.batch.redacted", on=on, organisation_id=batch.organisation_id, items=held.changed
    )
    check_anew(batch, held.signed_by_id)
