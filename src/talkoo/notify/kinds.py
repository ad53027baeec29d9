"""Everything Talkoo tells people, to be read from top to bottom. What is not written here is never told.

A notice keeps its kind and a few facts; the words are found when it is read, in the reader's language. `%(title)s` is
the name of the thing as it is called now, and only for readers who may still see it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    """How far a notice goes. Each way includes the list in Talkoo, except the last."""

    AT_ONCE = "at_once", _("Mail as soon as it is working time")
    DIGEST = "digest", _("In the summary by mail")
    IN_APP = "in_app", _("Only in Talkoo")
    OFF = "off", _("Not at all")


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that is told: its name on the page of choices, its words, and how it travels unless somebody chooses.

    `firm`: people may take it out of their mail, but not out of Talkoo: it says what they are answerable for.
    `urgent`: its mail goes out at any hour and however many went before: somebody may have to step in now.
    """

    code: str
    group: str | Promise
    label: str | Promise
    says: str | Promise
    channel: Channel
    firm: bool = False
    urgent: bool = False

    @property
    def ways(self) -> list[Channel]:
        return [channel for channel in Channel if not (self.firm and channel == Channel.OFF)]


WORK, MINE, ME = _("Work you can give"), _("Batches you answer for"), _("You and your roles")

KINDS: Mapping[str, Kind] = MappingProxyType({
    kind.code: kind
    for kind in (
        Kind("batch.offered", WORK, _("New work that fits you"), _("%(title)s is open and fits you."), Channel.DIGEST),
        Kind("item.pushed", WORK, _("A restricted item was given to you"), _("An item of %(title)s waits for you alone, for three days. You may give it back; nobody is told."), Channel.AT_ONCE),
        Kind("batch.due", WORK, _("The last days of work you began"), _("%(title)s is needed by %(day)s. You began it."), Channel.AT_ONCE),
        Kind("batch.closed", WORK, _("Work you gave to has closed"), _("%(title)s has closed. Thank you for your part in it."), Channel.IN_APP),
        Kind("batch.settled", WORK, _("What became of your answers"), _("Everything in %(title)s has a result. See what became of your answers."), Channel.DIGEST),
        Kind("problem.answered", WORK, _("A reply to what you reported"), _("What you reported in %(title)s has an answer."), Channel.AT_ONCE),
        Kind("question.replied", WORK, _("A reply to what you asked"), _("What you asked about an item in %(title)s has a reply."), Channel.AT_ONCE),
        Kind("instructions.changed", WORK, _("Other words in work you gave to"), _("The instructions of %(title)s have changed. See what is different, and your answers that can still be changed."), Channel.DIGEST),
        Kind("batch.complete", MINE, _("Everything has a result"), _("Everything in %(title)s has a result."), Channel.AT_ONCE),
        Kind("batch.ending", MINE, _("A deadline is near"), _("%(title)s closes after %(day)s, and not everything has a result yet."), Channel.AT_ONCE),
        Kind("batch.ended", MINE, _("A batch was closed by its deadline"), _("%(title)s was closed, because its day had passed."), Channel.DIGEST),
        Kind("batch.erasing", MINE, _("Items are about to be deleted"), _("The items of %(title)s are deleted on %(day)s. Take along what you still need."), Channel.AT_ONCE, firm=True),
        Kind("review.waiting", MINE, _("Something waits for your decision"), _("In %(title)s people could not agree. A decision waits for you."), Channel.DIGEST),
        Kind("problem.reported", MINE, _("Somebody reported a problem"), _("Somebody reported a problem in %(title)s."), Channel.DIGEST),
        Kind("question.asked", MINE, _("Somebody asks about an item"), _("Somebody asks about an item in %(title)s. Your reply helps everybody who gets it."), Channel.DIGEST),
        Kind("upload.read", MINE, _("Your file was read"), _("The file for %(title)s was read."), Channel.IN_APP),
        Kind("upload.failed", MINE, _("Your file could not be read"), _("The file for %(title)s could not be read."), Channel.AT_ONCE),
        Kind("tie.owner", MINE, _("You were made an owner"), _("You are an owner of %(title)s now."), Channel.AT_ONCE, firm=True),
        Kind("tie.reviewer", MINE, _("You were made a reviewer"), _("You are a reviewer of %(title)s now."), Channel.AT_ONCE, firm=True),
        Kind("role.granted", ME, _("You were given a role"), _("You were given a role in %(title)s: %(role)s."), Channel.AT_ONCE, firm=True),
        Kind("arrangement.proposed", ME, _("An arrangement waits for you"), _("%(title)s waits for your decision."), Channel.AT_ONCE, firm=True),
        Kind("arrangement.agreed", ME, _("Your arrangement was agreed"), _("%(title)s was agreed."), Channel.AT_ONCE, firm=True),
        Kind("arrangement.declined", ME, _("Your arrangement was declined"), _("%(title)s was declined. The reason stands beside it."), Channel.AT_ONCE, firm=True),
        Kind("arrangement.ended", ME, _("An arrangement was ended"), _("%(title)s was ended, and does not count any more. The reason stands beside it."), Channel.AT_ONCE, firm=True),
        Kind("clearance.changed", ME, _("What you are cleared for changed"), _("A security officer of %(title)s changed which work you are cleared for. What is stated of you, and on what ground, stands under your data."), Channel.AT_ONCE, firm=True),
        Kind("account.sessions", ME, _("You were signed out everywhere"), _("An administrator of %(title)s signed you out everywhere. If you did not ask for it, tell your security officer."), Channel.AT_ONCE, firm=True, urgent=True),
        Kind("account.factors", ME, _("Your second factor was removed"), _("An administrator of %(title)s removed your second factor. Set up another one; if you did not ask for it, tell your security officer at once."), Channel.AT_ONCE, firm=True, urgent=True),
        Kind("look.begun", ME, _("Somebody looks through your eyes"), _("Somebody who looks after %(title)s looks through your eyes, with the code that you gave. You see who, and can end it."), Channel.AT_ONCE, firm=True, urgent=True),
        Kind("home.declared", ME, _("An address was declared as your home"), _("An address was declared as one of your places. If that was not you, remove it and tell the security officer of %(title)s at once."), Channel.AT_ONCE, firm=True, urgent=True),
        Kind("emergency.asked", MINE, _("Somebody asks to look in an emergency"), _("Somebody asks to look at %(title)s in an emergency. You may agree, or turn it down."), Channel.AT_ONCE, firm=True, urgent=True),
        Kind("emergency.begun", MINE, _("Somebody looks at a batch in an emergency"), _("Somebody may look at %(title)s in an emergency; another agreed. Why stands under Emergencies."), Channel.AT_ONCE, firm=True, urgent=True),
        Kind("emergency.ended", MINE, _("An emergency has ended"), _("Nobody looks at %(title)s in an emergency any more."), Channel.IN_APP, firm=True),
        Kind("webhook.failed", MINE, _("A webhook of yours was switched off"), _("The webhook to %(title)s failed for days and was switched off."), Channel.AT_ONCE, firm=True),
        Kind("plan.in_force", ME, _("A reorganisation you planned took effect"), _("%(title)s took effect."), Channel.AT_ONCE, firm=True),
        Kind("plan.held_up", ME, _("A reorganisation you planned was held up"), _("%(title)s was held up: a step no longer goes, so nothing of it was done."), Channel.AT_ONCE, firm=True),
        Kind("role.ended", ME, _("A role of yours ended"), _("Your role in %(title)s has ended: %(role)s."), Channel.AT_ONCE, firm=True),
    )
})  # fmt: skip


URGENT = [kind.code for kind in KINDS.values() if kind.urgent]


def groups() -> list[tuple[str | Promise, list[Kind]]]:
    """The kinds under their headings, in the order of the table."""
    found: dict[str | Promise, list[Kind]] = {}
    for kind in KINDS.values():
        found.setdefault(kind.group, []).append(kind)
    return list(found.items())
