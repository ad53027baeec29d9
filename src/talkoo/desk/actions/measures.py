"""What a works council says to what is measured, and that there is none: written once, the last word counts."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.models import CouncilWord
from talkoo.access.permissions import Permission
from talkoo.access.queries import measuring
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.desk.queries.measures import deciding, measures, statement_version
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.lib.plain import one_line
from talkoo.people.models import Organisation
from talkoo.people.queries.council import council_lately, last_word, lineage
from talkoo.people.queries.organisations import resource

LONGEST = 400
DAYS = 90


@transaction.atomic
def agree_measures(
    *, by: Subject, organisation: Organisation, keys: Collection[str], words: str, version: str
) -> CouncilWord:
    """Record which measures the works council agrees to, in an organisation and all below it; all others stop.

    `version` is that of the statement which was read. Raises Denied, Invalid, Conflict where it reads otherwise by now.
    """
    authorise(by, Permission.MEASURES_AGREE, on=resource(organisation))
    _check_apart(by, organisation)
    if version != statement_version():
        raise Conflict(
            _("What is stated has changed since you read it."), _("Read it again, then say what you agree to.")
        )
    known = {each.key: each.version for each in measures()}
    said = _said(words)
    if not set(keys) <= set(known):
        raise Invalid(_("This cannot be recorded yet."), _("Choose from the list."))
    return _record(by, organisation, [known[key] for key in known if key in keys], said, "agreed")


@transaction.atomic
def state_no_council(*, by: Subject, organisation: Organisation, words: str) -> CouncilWord:
    """Record that no works council stands for an organisation, so that everything runs that is stated there.

    Raises Denied, Invalid, and Conflict where the word of a council stands, or somebody held that role here or above
    within the last DAYS: nobody lets a council go to speak in its place.
    """
    authorise(by, Permission.MEASURES_NONE, on=resource(organisation))
    _check_none(lineage(organisation))
    return _record(by, organisation, [measuring.ANYTHING], _said(words), "no-council")


def _check_apart(by: Subject, organisation: Organisation) -> None:
    """Who decides over people there does not consent in their name."""
    held = deciding(by, organisation)
    if held is not None:
        raise Denied(
            _("You are %(role)s here, so you do not speak for the works council.") % {"role": held.label},
            _("Somebody else in the works council says what it agrees to."),
            permission=Permission.MEASURES_AGREE.value,
        )


def _check_none(above: list[int]) -> None:
    council = council_lately(above, DAYS)
    if council is not None:
        named = {"name": council.person.name, "days": DAYS}
        raise Conflict(
            _("There is a works council, or was one until lately: %(name)s is or was in it.") % named,
            _("It says what it agrees to on this page. This can be stated %(days)d days after the last role ended.")
            % named,
        )
    word = last_word(above)
    if word is not None and not word.no_council:
        raise Conflict(
            _("What the works council agreed to stands."),
            _("Only a works council says something else: give somebody that role."),
        )


def _said(words: str) -> str:
    found = one_line(words)
    if not found or len(found) > LONGEST:
        reason = _("Say on what ground, in at most 400 characters: it stays on record.")
        raise Invalid(reason, fields={"words": reason})
    return found


def _record(by: Subject, organisation: Organisation, versions: list[str], words: str, verb: str) -> CouncilWord:
    version = statement_version()
    word = CouncilWord.objects.create(
        organisation=organisation, versions=versions, statement=version, words=words, by_id=by.author_id
    )
    transaction.on_commit(measuring.forget)
    audit.record(
        by=by, action=f"people.measures.{verb}", on=("organisation", organisation.code),
        organisation_id=organisation.pk, versions=versions, statement=version,
    )  # fmt: skip
    return word
