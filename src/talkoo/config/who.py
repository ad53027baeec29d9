"""Who asks: the person of the session, how surely and from where; or nobody, once a session has lasted long enough."""

from dataclasses import replace

from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions.sessions import note_use
from talkoo.access.context import Context
from talkoo.access.devices import device_of
from talkoo.access.proofs import GRAIN, lasting
from talkoo.access.sign_ins import SignIn
from talkoo.access.signing import agent, lapsed
from talkoo.access.stepping import KEPT, keep_typed
from talkoo.access.subject import Subject
from talkoo.access.visiting import LOOK, VISIT
from talkoo.lib.networks import client_address
from talkoo.people.queries import subject_of
from talkoo.people.queries.looking import eyes_of

BY_THEMSELVES = ("/renew/", "/progress/", "/reading/", "/looking/")  # what pages ask while nobody touches them


def who_asks(request: HttpRequest) -> Subject | None:
    """The subject of this request, or None for a visitor; somebody whose session is over becomes one."""
    if not request.user.is_authenticated:
        return None
    by = subject_of(request.user, address=client_address(request), visit=request.session.get(VISIT, ""))
    if _is_shown_out(request, by):
        return None
    sign_in = SignIn.read(request.session)
    known = by if sign_in is None else _recognised(request, by, sign_in, by.context)
    return known if known is None or LOOK not in request.session else _through_other_eyes(request, known)


def _through_other_eyes(request: HttpRequest, by: Subject) -> Subject:
    """Who agreed to be looked along with, in place of the helper; who is themselves again once that is over."""
    seen = eyes_of(by, request.session[LOOK])
    if seen is None:
        del request.session[LOOK]
        messages.info(request, _("You look through your own eyes again."))
    return seen or by


def _recognised(request: HttpRequest, by: Subject, sign_in: SignIn, around: Context) -> Subject | None:
    now = timezone.now()
    seen = getattr(request.session, "seen", None) or now
    level = lasting(sign_in.assurance, proved=sign_in.proved, seen=seen, now=now, guest=by.visit is not None)
    if level is None:
        _sign_out(request, by)
        return None
    if level < sign_in.assurance:
        sign_in = lapsed(request, sign_in, level)
    if now - seen >= GRAIN and not request.path.endswith(BY_THEMSELVES):
        note_use(by=by, key=request.session.session_key or "", now=now)
    around = replace(around, device=device_of(request, by, sign_in, now))
    return replace(by, context=sign_in.context(around, level=level, agent=agent(request)))


def _is_shown_out(request: HttpRequest, by: Subject) -> bool:
    """Whether this is a guest to whom nothing is open any more, or a guest's session of somebody who joined meanwhile:
    a link by mail opens no account."""
    invited = VISIT not in request.session if by.visit is None else bool(by.visit.batch)
    if invited:
        return False
    request.session.flush()
    request.user = AnonymousUser()
    messages.info(request, _("Your visit has ended. What you answered is kept."))
    return True


def _sign_out(request: HttpRequest, by: Subject) -> None:
    """The session is over: whoever asks is a visitor from here, and finds their way back by the sign-in page.

    What they sent just now waits for them; the new session knows no more of it than its code.
    """
    keep_typed(request, by)
    kept = request.session.get(KEPT)
    request.session.flush()
    if kept:
        request.session[KEPT] = kept
    request.user = AnonymousUser()
    messages.info(
        request, _("You were signed out because this was open for long. What you typed is kept: sign in and go on.")
    )
