"""The list of what somebody was told."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from talkoo.access.views import Asking, signed_in
from talkoo.notify.actions.reading import mark_all_read, mark_read
from talkoo.notify.kinds import KINDS
from talkoo.notify.queries.notices import access_notice, days, my_notices, told_kinds, unread_count

ON_A_PAGE = 25


@require_safe
@signed_in
def notices(request: Asking) -> HttpResponse:
    by, kind = request.subject, request.GET.get("kind", "")
    chosen = kind if kind in KINDS else ""
    found = my_notices(by).filter(kind=chosen) if chosen else my_notices(by)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "days": days(by, page),
        "kinds": told_kinds(by),
        "chosen": chosen,
        "unread": unread_count(by),
    }
    return render(request, "notify/notices.html", context)


@require_safe
@signed_in
def notice(request: Asking, number: int) -> HttpResponse:
    """Lead to the thing through its own door, which says no where it must. To have been led there is to have read it."""
    found = access_notice(request.subject, number)
    if request.method == "GET":
        mark_read(by=request.subject, number=number)
    return redirect(found.link)


@require_POST
@signed_in
def read(request: Asking, number: int) -> HttpResponse:
    mark_read(by=request.subject, number=number)
    query = urlencode({name: request.POST[name] for name in ("kind", "page") if request.POST.get(name)})
    return redirect(f"{reverse('notices')}?{query}" if query else "notices")


@require_POST
@signed_in
def read_all(request: Asking) -> HttpResponse:
    mark_all_read(by=request.subject)
    messages.success(request, _("All are marked as read."))
    return redirect("notices")
