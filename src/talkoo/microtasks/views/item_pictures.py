"""A picture that is an item, for whoever has the item."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Conflict
from talkoo.lib.formats import iso_moment, local
from talkoo.lib.pictures import Cleaner, Unfit
from talkoo.microtasks.actions.viewings import note_viewing
from talkoo.microtasks.models import Picture, Sensitivity
from talkoo.microtasks.queries.pictures import access_picture


@signed_in
@require_safe
def picture(request: Asking, code: str, number: int, part: str) -> HttpResponse:
    """The bytes, to be looked at and not kept: whoever comes to this browser next has to ask anew. A sensitive one is
    noted, and has name and time drawn into it: the file itself could be passed on."""
    found, task = access_picture(request.subject, code, number, part)
    note_viewing(by=request.subject, batch=task.batch, tasks=[task.pk])
    sensitive = task.batch.sensitivity >= Sensitivity.CONFIDENTIAL
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
        "Content-Encoding": "identity",  # it is squeezed already
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    media, content = _marked(request, found) if sensitive else (found.media, bytes(found.content))
    return HttpResponse(content, content_type=media, headers=headers)


def _marked(request: Asking, found: Picture) -> tuple[str, bytes]:
    """Never without: what cannot be marked is not shown."""
    names = [request.subject.name, request.user.email]  # type: ignore[union-attr]
    try:
        with Cleaner() as cleaner:
            return cleaner.marked(bytes(found.content), names, iso_moment(local(timezone.now()))[:16].replace("T", " "))
    except Unfit as error:
        reason = _("This picture cannot be marked with your name, so it is not shown: %(why)s.") % {"why": error}
        raise Conflict(reason, _("Tell the owner of this work.")) from error
