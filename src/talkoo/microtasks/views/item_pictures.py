"""A picture that is an item, for whoever has the item."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from talkoo.access.views import Asking, signed_in
from talkoo.microtasks.queries.pictures import access_picture


@signed_in
@require_safe
def picture(request: Asking, code: str, number: int, part: str) -> HttpResponse:
    """The bytes, to be looked at and not kept: whoever comes to this browser next has to ask anew."""
    found = access_picture(request.subject, code, number, part)
    headers = {
        "Cache-Control": "private, no-store",
        "Content-Disposition": "inline",
        "Content-Encoding": "identity",  # it is squeezed already
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(bytes(found.content), content_type=found.media, headers=headers)
