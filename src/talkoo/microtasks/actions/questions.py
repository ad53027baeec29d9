"""Asking about an item, and replying once for all who get it."""

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Invalid, Missing
from talkoo.lib.plain import plain, says_something
from talkoo.microtasks.actions.telling import tell_asked, tell_replied
from talkoo.microtasks.models import Batch, Question, Reply
from talkoo.microtasks.queries.batches import let_in, tied_resource
from talkoo.microtasks.queries.questions import edition
from talkoo.microtasks.queries.work import access_assignment, handed_in

LIMIT = 1000


def check_question(text: str) -> str:
    """The words of a question; raises Invalid where there are none, too many, or a zero byte."""
    words = plain(text).strip()
    if not says_something(words) or len(words) > LIMIT or "\0" in words:
        message = _("Write your question in a few words, at most 1,000 characters.")
        raise Invalid(message, remedy=_("Write it and send again."), fields={"ask": message})
    return words


def ask_question(*, by: Subject, code: str, text: str) -> Question:
    """Ask the owners and reviewers about the item in hand. The item stays in hand, and the answer begun with it.

    The same words sent again before there is a reply are one question. Raises Missing for another person's task, Invalid
    for an empty question or one past 1,000 characters.
    """
    words = check_question(text)
    with transaction.atomic():
        assignment = access_assignment(by, code, lock=True)
        batch = assignment.batch
        authorise(by, Permission.TASK_ANSWER, on=handed_in(by, assignment))
        said = {"task_id": assignment.task_id, "batch": batch, "person_id": by.person_id, "text": words}
        if again := Question.objects.filter(**said, reply=None).first():
            return again
        question = Question.objects.create(**said)
        Batch.objects.filter(pk=batch.pk, has_questions=False).update(has_questions=True)
        audit.record(
            by=by,
            action="microtasks.question.asked",
            on=("assignment", str(assignment.code)),
            organisation_id=batch.organisation_id,
        )
        tell_asked(question)
    return question


def reply_to_questions(
    *,
    by: Subject,
    batch: Batch,
    question: int,
    text: str,
    shown: str,
    everywhere: bool,
    also: Collection[int] = (),
    seen: str = "",
) -> Reply:
    """Reply to a question, and with the same words to others that wait (`also`); replied to already, the words change.

    `shown` is what was asked as others read it, `everywhere` whether all in the batch read it or only who gets one of
    these items. `seen` is the edition of the reply that was read before writing (`queries.questions.edition`): who
    writes on another would take away what somebody has just said. Everybody whose question it answers is told.
    Raises Denied, Missing for a question of another batch, Invalid naming the field.
    """
    with transaction.atomic():
        asked = Question.objects.select_for_update().filter(batch=batch, pk__in={question, *also})
        found = {each.pk: each for each in asked.order_by("pk")}
        first = found.get(question)
        if first is None:
            raise Missing(_("There is no such question."), remedy=_("Look at the list of questions."))
        let_in(by, Permission.QUESTION_REPLY, batch, tied_resource(by, batch))
        # Read on its own once the question is ours: a join would bring the reply from before we waited.
        first.reply = Reply.objects.select_for_update(of=("self",)).filter(questions=first).first()
        words, other = plain(text).strip(), plain(shown).strip()
        _check_reply(first, words, other, seen)
        reply = first.reply or Reply(task_id=first.task_id, batch=batch)
        renewed = reply.text != words
        reply.text, reply.question, reply.everywhere = words, other, everywhere
        reply.by_id, reply.at = by.author_id, timezone.now()
        reply.save()
        new = [each.pk for each in found.values() if each.reply_id is None]
        Question.objects.filter(pk__in=new).update(reply=reply)
        tell_replied(reply, Question.objects.filter(reply=reply) if renewed else Question.objects.filter(pk__in=new))
        audit.record(
            by=by, action="microtasks.question.replied", on=("batch", batch.code), organisation_id=batch.organisation_id,
            questions=len(new), everywhere=everywhere,
        )  # fmt: skip
    return reply


def _check_reply(question: Question, text: str, shown: str, seen: str) -> None:
    fields = {}
    if seen != edition(question):
        fields["text"] = _(
            "Somebody else replied a moment ago; it stands below. Send yours again if it should stand instead."
        )
    if not text or len(text) > LIMIT or "\0" in text:
        fields["text"] = _("Write your reply, at most 1,000 characters.")
    if not shown or len(shown) > LIMIT or "\0" in shown:
        fields["shown"] = _("Write the question as others should read it, at most 1,000 characters.")
    if fields:
        raise Invalid(_("This is not sent yet."), remedy=_("Look at what is marked."), fields=fields)
