"""Guests: how owners invite them and show them out, how they come in, and the first page they see."""

from allauth.core import ratelimit
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.actions.entering import Entering
from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.access.views.entering import enter
from talkoo.access.visiting import VISIT
from talkoo.lib.networks import client_address, network_of_host
from talkoo.lib.posted import asked, site, went_well
from talkoo.microtasks.actions.guest_links import ask_for_link, come_in, open_link
from talkoo.microtasks.actions.guests import accept_terms, end_guest, invite_guest
from talkoo.microtasks.forms_for_others import GuestForm, LinkForm, TermsForm
from talkoo.microtasks.models import BatchState
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.guests import access_visit, guests_of, seen_guests
from talkoo.microtasks.queries.work import my_share

PAGE = 20

# For those who invite


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def of_batch(request: Asking, code: str) -> HttpResponse:
    """Who was invited to a batch, and the form for one more."""
    batch, _on = access_tied_batch(request.subject, code, Permission.GUEST_INVITE)
    form = GuestForm(request.POST or None)
    if request.method == "POST" and went_well(
        form, lambda data: invite_guest(by=request.subject, code=code, site=site(request), **data)
    ):
        messages.success(request, _("Invited. The mail is on its way."))
        return redirect("batch_guests", code)
    context = {
        "batch": batch,
        "form": form,
        "page": Paginator(guests_of(batch), PAGE).get_page(request.GET.get("page")),
        "closed": batch.state == BatchState.CLOSED,
        "trail": [
            {"label": _("My batches"), "href": reverse("batches")},
            {"label": batch.title, "href": reverse("batch", args=[code])},
        ],
    }
    return render(request, "microtasks/guests.html", context, status=422 if form.errors else 200)


@signed_in
@require_safe
def overview(request: Asking) -> HttpResponse:
    """Every guest of the organisations in one's care."""
    care(request.subject, Permission.GUEST_END)
    found = seen_guests(request.subject).order_by("ended", "until", "pk")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return render(request, "microtasks/guests_all.html", {"page": page})


@signed_in
@require_POST
def end(request: Asking, code: str) -> HttpResponse:
    guest = end_guest(by=request.subject, code=code)
    messages.success(request, _("%(name)s is no guest any more, from the next page on.") % {"name": guest.name})
    return redirect(*(["batch_guests", guest.batch.code] if "batch" in request.POST else ["guests"]))


# For guests


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a link by mail. Whoever asks, and whatever for, is answered the same."""
    code = (request.POST.get("invitation", "") or asked(request, "invitation"))[:12].replace("\0", "")
    form = LinkForm({"email": request.POST.get("email", "")} if request.method == "POST" and not code else None)
    if request.method == "POST" and (code or form.is_valid()):
        email = "" if code else form.cleaned_data["email"]
        if not _seldom(request, (code or email).lower()):
            form = LinkForm({"email": email})
            form.add_error(
                None,
                _("That was asked for too often. Wait five minutes, then try again; if that does not help, tomorrow."),
            )
            return render(request, "microtasks/guest_ask.html", {"form": form, "code": ""}, status=422)
        ask_for_link(by=Entering(None), email=email, code=code, site=site(request))
        return redirect(f"{reverse('guest_ask')}?sent=1")
    shown = {"form": form, "code": code, "sent": "sent" in request.GET}
    return render(request, "microtasks/guest_ask.html", shown, status=422 if form.errors else 200)


def _seldom(request: HttpRequest, asked_for: str) -> bool:
    """Counted by address and network together: who asks for somebody else's link locks nobody out elsewhere. What one
    mailbox gets in a day has an end as well."""
    near = client_address(request)
    network = network_of_host(near) if near else ""
    return bool(
        ratelimit.consume(request, action="guest_link", key=f"{asked_for} {network}")
        and ratelimit.consume(request, action="guest_mail", key=asked_for)
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def come(request: HttpRequest, token: str) -> HttpResponse:
    """GET: a button, as scanners of mail follow links. POST: in."""
    if request.method != "POST":
        return render(request, "microtasks/guest_enter.html", {"guest": open_link(token).guest})
    guest = come_in(by=Entering(None), token=token)
    assert guest.person is not None
    enter(request, guest.person, "guest-link")
    request.session[VISIT] = guest.code
    return redirect("guest_home")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: Asking) -> HttpResponse:
    """The words a guest accepts, once for each version of them."""
    guest, form = access_visit(request.subject), TermsForm(request.POST or None)
    if request.method == "POST" and went_well(form, lambda _data: accept_terms(by=request.subject)):
        return redirect("guest_home")
    context = {"guest": guest, "form": form, "agreed": request.subject.visit and request.subject.visit.agreed}
    return render(request, "microtasks/guest_terms.html", context, status=422 if form.errors else 200)


@signed_in
@require_safe
def home(request: Asking) -> HttpResponse:
    """What a guest may do here, and for how long."""
    guest = access_visit(request.subject)
    context = {
        "guest": guest,
        "batch": guest.batch,
        "open": guest.batch.state == BatchState.OPEN and not guest.batch.sensitivity,
        "share": my_share(request.subject, guest.batch),
    }
    return render(request, "microtasks/guest_home.html", context)
