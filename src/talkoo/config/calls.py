"""Before and after every call of the API: who speaks, how often, in which form, and whether it came before.

Cookies are not looked at, so nothing here can be forged by another site; there is no CORS, so no page of another site
reads an answer.
"""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions.calls import count_call, keep_response, kept_response
from talkoo.access.keys import PERSONAL
from talkoo.access.models import Token
from talkoo.access.queries.tokens import token_of, why_over
from talkoo.access.subject import Subject
from talkoo.config.refusals import is_call, refusal, too_large, unreadable, unserved, with_problem
from talkoo.lib.api.problems import PROBLEM, problem
from talkoo.lib.errors import DomainError, Missing
from talkoo.lib.networks import client_address
from talkoo.people.queries.subject import subject_of_token

Handler = Callable[[HttpRequest], HttpResponse]
KEY_LIMIT = 255
KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Link")
ACCEPTED = ("application/json", PROBLEM, "application/x-ndjson", "text/csv")


def calls(get_response: Handler) -> Handler:
    """Everything an operation may rely on. What is refused here is refused before any operation is looked for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_call(request):
            return get_response(request)
        try:
            early = _readable(request) or _not_served(request) or _form(request)
            response = early or with_problem(_answered(request, get_response))
        except (OperationalError, InterfaceError) as error:
            response = unserved(request, error)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


# Who speaks


def _readable(request: HttpRequest) -> HttpResponse | None:
    """Refuse plain http. A redirect would work, and nobody would notice that the token went readable before it."""
    if request.is_secure() or settings.INSECURE_HTTP:
        return None
    detail = _("This came over plain http: on its way everybody could read the token.")
    return problem(
        403, detail, _("Revoke that token, make another, and call https:// only."), title=_("Only over https")
    )


def _not_served(request: HttpRequest) -> HttpResponse | None:
    """Find out who speaks, and set `request.subject` and `request.token`; or say why they are not heard."""
    said = request.headers.get("Authorization", "")
    scheme, _space, secret = said.partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        return _unknown(_("This needs a token."), error="")
    try:
        token = token_of(secret.strip())
    except Missing as unknown:
        return _unknown(unknown.message)
    if over := why_over(token):
        return _unknown(over)
    subject = subject_of_token(token, address=client_address(request))
    if subject is None:
        return _unknown(_("Whoever this token speaks for holds no role here any more."))
    return _counted(request, token, subject)


def _counted(request: HttpRequest, token: Token, subject: Subject) -> HttpResponse | None:
    most = settings.API_CALLS_PER_MINUTE
    if count_call(token) > most:
        wait = 60 - int(timezone.now().timestamp()) % 60
        detail = _("More than %(most)d calls came with this token in a minute.") % {"most": most}
        remedy = _("Wait %(wait)d seconds, then go on more slowly.") % {"wait": wait}
        return problem(429, detail, remedy, title=_("Too many calls"), headers={"Retry-After": str(wait)})
    request.subject, request.token = subject, token  # type: ignore[attr-defined]
    return None


def _unknown(detail: str, error: str = "invalid_token") -> HttpResponse:
    challenge = 'Bearer realm="Talkoo"' + (f', error="{error}"' if error else "")
    remedy = _("Make a token under “Sign-in and security” and send it: Authorization: Bearer %(prefix)s…") % {
        "prefix": PERSONAL
    }
    title = _("Talkoo does not know who asks")
    return problem(401, detail, remedy, title=title, headers={"WWW-Authenticate": challenge})


# In which form


def _form(request: HttpRequest) -> HttpResponse | None:
    """Refuse what no operation reads or writes: another type of body (415), an answer in another form (406)."""
    accept = request.headers.get("Accept", "*/*")
    if accept.strip() and request.get_preferred_type(ACCEPTED) is None:
        remedy = _("Accept application/json, or */*.")
        return problem(406, _("The API does not speak any of the forms asked for."), remedy, title=_("Another form"))
    if request.method in {"POST", "PUT", "PATCH"} and int(request.headers.get("Content-Length") or 0):
        wanted = "multipart/form-data" if request.path.endswith("/file") else "application/json"
        if request.content_type != wanted:
            detail = _("This operation reads %(wanted)s, not %(found)s.") % {
                "wanted": wanted,
                "found": request.content_type or _("a body of no type"),
            }
            return problem(415, detail, _("Set the Content-Type."), title=_("Another form"))
    return None


# Whether it came before


def _answered(request: HttpRequest, get_response: Handler) -> HttpResponse:
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return get_response(request)
    if not 1 <= len(key) <= KEY_LIMIT or not key.isprintable():
        detail = _("An Idempotency-Key has 1 to %(most)d characters that can be printed.") % {"most": KEY_LIMIT}
        errors = [{"header": "Idempotency-Key", "detail": detail}]
        return problem(400, detail, _("Send a fresh UUID with each new request."), errors=errors)
    try:
        return _once(request, key, get_response)
    except DomainError as error:
        return refusal(request, error)
    except RequestDataTooBig:
        return too_large()
    except (MultiPartParserError, SuspiciousOperation):
        return unreadable()


def _once(request: HttpRequest, key: str, get_response: Handler) -> HttpResponse:
    """Do it and keep the answer in one transaction, or answer as before. Refusals did nothing and are not kept."""
    token: Token = request.token  # type: ignore[attr-defined]
    mark = _fingerprint(request)
    with transaction.atomic():
        kept = kept_response(token, key, mark)
        if kept is not None:
            again = HttpResponse(kept.body, status=kept.status, headers=kept.headers)
            again["Idempotent-Replayed"] = "true"
            return again
        response = get_response(request)
        if response.status_code < 400 and not response.streaming:
            headers = {name: response[name] for name in KEPT_HEADERS if name in response}
            body = response.content.decode()
            keep_response(token, key, mark, status=response.status_code, headers=headers, body=body)
    return response


def _fingerprint(request: HttpRequest) -> str:
    """SHA-256 of what is asked: method, address and body; of an upload its fields and the bytes of its files."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type == "multipart/form-data":
        digest.update(repr(sorted(request.POST.lists())).encode())
        for name in sorted(request.FILES):
            for file in request.FILES.getlist(name):
                digest.update(f"\n{name} {file.name}\n".encode())
                for chunk in file.chunks():
                    digest.update(chunk)
                file.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()
