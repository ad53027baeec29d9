"""What this slice holds of people."""

from datetime import timedelta

from django.db import connection
from django.utils.translation import gettext_lazy as _

from talkoo.lib import wall
from talkoo.lib.holdings import Erasure, Holding, Keep, Table

CLOSED = Keep(timedelta(days=90), "talkoo.microtasks.jobs.forget")

OF_RESULTS = _("They are part of results that others answer for. No name stands there any more.")

ANSWERS = Holding(
    "microtasks.answers",
    what=_("Your answers and notes"),
    purpose=_("To combine them with others’ into a result"),
    seen_by=_("Owners and reviewers, as counts by organisation and notes without a name"),
    kept=_("As long as the batch"),
    tables=(
        Table("microtasks.Assignment", "person", ("batch__title", "task__name", "state", "taken", "answered"), Erasure.KEPT),
        Table("microtasks.Draft", "assignment__person", ("assignment__batch__title", "assignment__task__name", "typed"), Erasure.KEPT),
        Table("microtasks.Answer", "assignment__person", ("assignment__batch__title", "task__name", "version", "value", "cannot", "sure", "note", "at"), Erasure.KEPT),
        Table("microtasks.Cursor", "person", ("batch__title", "handed")),
    ),
    because=OF_RESULTS,
)  # fmt: skip

QUESTIONS = Holding(
    "microtasks.questions",
    what=_("What you asked about items"),
    purpose=_("To reply to you and to everybody who gets the item"),
    seen_by=_("Owners with your name; everybody who gets the item, without it"),
    kept=_("As long as the item"),
    tables=(
        Table("microtasks.Question", "person", ("batch__title", "task__name", "text", "at", "reply__text"), Erasure.KEPT),
        Table("microtasks.Problem", "person", ("task__batch__title", "task__name", "text", "at", "reply"), Erasure.KEPT),
    ),
    because=_("A question belongs to the item and its reply. No name stands there any more."),
)  # fmt: skip

RELIABILITY = Holding(
    "microtasks.reliability",
    what=_("How often your answers held, for each batch"),
    purpose=_("To weigh answers fairly"),
    seen_by=_("Nobody; it only weighs answers"),
    kept=_("90 days after the batch closes"),
    tables=(Table("microtasks.Reliability", "person", ("batch__title", "controls", "agreed"), keep=(CLOSED,)),),
)

PRACTICE = Holding(
    "microtasks.practice",
    what=_("How often you agreed with known answers, and what you practised"),
    purpose=_("To know how sure results are, and to let you practise"),
    seen_by=_("Only you; of all people together the owner sees how often, from five people on"),
    kept=_("90 days after the batch closes"),
    tables=(Table("microtasks.PracticeAnswer", "person", ("batch__title", "task__name", "value", "cannot", "agrees", "at"), keep=(CLOSED,)),),
)  # fmt: skip

VIEWINGS = Holding(
    "microtasks.viewings",
    what=_("Which confidential or restricted items you were shown: when first and last, and how often"),
    purpose=_("To find out where something got out, should that happen, and to stop somebody from leafing through everything"),
    seen_by=_("Auditors, for one item or one person, with a reason that stands in the log; never who leads or assesses you"),
    kept=_("90 days after you were shown it last, and no longer than the batch"),
    tables=(Table("microtasks.Viewing", "person", ("batch__title", "first", "last", "times"), keep=(CLOSED,)),),
)  # fmt: skip

ACTS = Holding(
    "microtasks.acts",
    what=_("Batches you own or review, and what you decided in them"),
    purpose=_("To know who answers for a result"),
    seen_by=_("Whoever sees the batch"),
    kept=_("As long as the batch"),
    tables=(
        Table("microtasks.BatchPerson", "person", ("batch__title", "relation"), Erasure.KEPT),
        Table("microtasks.Result", "decided_by", ("task__batch__title", "task__name", "version", "value", "note", "at"), Erasure.KEPT),
        Table("microtasks.Upload", "by", ("batch__title", "filename", "at"), Erasure.KEPT),
        Table("microtasks.Instruction", "by", ("batch__title", "version", "at"), Erasure.KEPT),
        Table("microtasks.Reply", "by", ("batch__title", "text", "at"), Erasure.KEPT),
        Table("microtasks.DataCheck", "by", ("batch__title", "started"), Erasure.KEPT),
        Table("microtasks.DataStatement", "by", ("batch__title", "says", "because", "at"), Erasure.KEPT),
        Table("microtasks.Redaction", "by", ("batch__title", "at"), Erasure.KEPT),
        Table("microtasks.Redaction", "signed_by", ("batch__title", "signed"), Erasure.KEPT),
        Table("microtasks.Emergency", "asked_by", ("batch__title", "reason", "asked", "until"), Erasure.KEPT),
        Table("microtasks.Emergency", "decided_by", ("batch__title", "decided"), Erasure.KEPT),
        Table("microtasks.Emergency", "ended_by", ("batch__title", "ended"), Erasure.KEPT),
        Table("microtasks.Hold", "by", ("batch__title", "reason", "until", "at"), Erasure.KEPT),
        Table("microtasks.Hold", "lifted_by", ("batch__title", "lifted"), Erasure.KEPT),
    ),
    because=_("Acts of an office belong to the office. No name stands there any more."),
)  # fmt: skip

GUESTS_KEPT = timedelta(days=180)
PAST = Keep(GUESTS_KEPT, "talkoo.desk.jobs.forget_guests")
GUESTS = Holding(
    "microtasks.guests",
    what=_("What you were invited to as a guest, until when, and that you accepted what holds for guests"),
    purpose=_("To let you in to that one piece of work, and to nothing else"),
    seen_by=_("Owners of the batch, and those who look after the organisation"),
    kept=_("180 days after your last visit ended; that there was somebody, as long as the batch"),
    tables=(
        Table("microtasks.Guest", "person", ("batch__title", "name", "email", "invited", "until", "terms", "accepted", "ended"), Erasure.EMPTIED, keep=(PAST,)),
        Table("microtasks.Guest", "invited_by", ("batch__title", "invited"), Erasure.KEPT),
        Table("microtasks.Guest", "ended_by", ("batch__title", "ended"), Erasure.KEPT),
        Table("microtasks.GuestLink", "guest__person", ("expires", "used")),
    ),
    because=_("How many answers came from guests belongs to the result. No name stands there any more."),
)  # fmt: skip

SEEN = Holding(
    "microtasks.seen",
    what=_("That you had pieces of split records in hand"),
    purpose=_("So that nobody, and no organisation, sees more of a record than its owner allows"),
    seen_by=_("Nobody; it is only counted"),
    kept=_("As long as the batch"),
    tables=(Table("microtasks.Seen", "person", ("batch__title",), Erasure.KEPT),),
    because=_("What an organisation saw of a record stays counted. No name stands there any more."),
)

HOLDINGS = (ANSWERS, SEEN, QUESTIONS, RELIABILITY, PRACTICE, VIEWINGS, GUESTS, ACTS)


def batches_touched(person_id: int) -> list[int]:
    """The batches in which somebody did anything: what has to be open (lib.wall) to gather it. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT batch_id FROM microtasks_touched WHERE person_id = %s", [person_id])
        return [wall.NOTHING, *(batch for (batch,) in cursor.fetchall())]
