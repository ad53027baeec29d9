"""Two people at one step of the builder: whoever saves second is told, and writes over nothing they have not seen."""

from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.lib.errors import Invalid
from talkoo.lib.formats import month_day_time
from talkoo.microtasks.models import Batch
from talkoo.microtasks.queries.editions import Editor, came_between


class Overtaken(Invalid):
    """What was typed belongs to what is no longer stored. The page shows both; nothing was written."""


def check_edition(by: Subject, batch: Batch, step: str, seen: str) -> None:
    """Refuse to write over what somebody else saved since this page was opened; without a mark nothing was seen.

    Call it with the batch locked. Raises Overtaken naming who came between.
    """
    if editor := came_between(by, batch, step, seen):
        raise Overtaken(
            f"{_who(editor)} {_('What you typed is still here, and not saved.')}",
            _("Compare the two above, then save again to put yours in place of what is stored."),
        )


def _who(editor: Editor) -> str:
    words = {"name": editor.name, "time": month_day_time(editor.at)}
    if not editor.name:
        return _("A program changed this after you had opened the page (%(time)s).") % words
    return _("%(name)s changed this after you had opened the page (%(time)s).") % words
