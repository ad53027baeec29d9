"""Between a refusal that more proof would lift, and the page where it is given: what is asked, and what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils import timezone

from talkoo.access.actions.keeping import forget_form, keep_form
from talkoo.access.context import Assurance
from talkoo.access.models import Identity
from talkoo.access.proofs import Proof
from talkoo.access.queries.keeping import kept_fields
from talkoo.access.sign_ins import SignIn
from talkoo.access.subject import Subject

SECOND_FACTOR, SECURITY_KEY, AGAIN = "second-factor", "security-key", "sign-in-again"
NEEDS = (SECOND_FACTOR, SECURITY_KEY, AGAIN)
KEPT = "kept_form"  # its name in the session


@dataclass(frozen=True, slots=True)
class Kept:
    """A form of before: where it stands (`page`), where it goes (`action`), what was typed."""

    page: str
    action: str
    fields: dict[str, list[str]]

    @property
    def pairs(self) -> Sequence[tuple[str, str]]:
        return [(name, value) for name, values in self.fields.items() for value in values]


def page_of(request: HttpRequest) -> str:
    """The page that somebody was on: that of a form is told by the browser, and believed only of this site."""
    said = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if request.method in {"GET", "HEAD"} and not request.headers.get("HX-Request"):
        return request.get_full_path()
    try:
        parts = urlsplit(said)
    except ValueError:
        return "/"
    here = parts.netloc == request.get_host() and parts.path.startswith("/")
    return (parts.path + (f"?{parts.query}" if parts.query else "")) if here else "/"


def keep_typed(request: HttpRequest, by: Subject) -> None:
    """Lay aside the form of a refused request, sealed; the session remembers which and where it stood."""
    if request.method != "POST":
        return
    try:
        fields = list(request.POST.lists())
    except (SuspiciousOperation, UnreadablePostError):
        return
    if code := keep_form(by=by, fields=fields):
        request.session[KEPT] = {"code": code, "page": page_of(request), "action": request.get_full_path()}


def kept_form(request: HttpRequest, by: Subject) -> Kept | None:
    """The form laid aside in this session, on the page where it stood. No query where there is none."""
    marks = request.session.get(KEPT)
    if not marks or marks["page"].partition("?")[0] != request.path:
        return None
    fields = kept_fields(by, marks["code"], now=timezone.now())
    return Kept(marks["page"], marks["action"], fields) if fields else None


def comes_back(request: HttpRequest) -> str:
    """The code of the kept form that this request sends again, by its person's own hand; empty where it sends none."""
    marks = request.session.get(KEPT)
    if not marks or request.method != "POST" or request.path != marks["action"].partition("?")[0]:
        return ""
    return str(marks["code"])


def forget_typed(request: HttpRequest, by: Subject, code: str) -> None:
    """It was taken, or stands on the page again: it is not kept any longer, unless another was laid aside meanwhile."""
    if request.session.get(KEPT, {}).get("code") == code:
        del request.session[KEPT]
        forget_form(by=by, code=code)


def step_up_href(need: str, page: str) -> str:
    return f"{reverse('step_up')}?{urlencode({'need': need, 'next': page})}"


def organisation_href(by: Subject, need: str, page: str) -> str:
    """Where the organisation's provider is asked for it; empty for those whom it does not know."""
    if (
        not settings.OIDC_ISSUER
        or not Identity.objects.filter(person_id=by.person_id, issuer=settings.OIDC_ISSUER).exists()
    ):
        return ""
    return f"{reverse('oidc_start')}?{urlencode({'need': need, 'next': page})}"


def is_met(need: str, last: Proof | None, sign_in: SignIn | None) -> bool:
    """Whether what was given `last` is what was asked for; what the session held before does not count for it."""
    if last is None or sign_in is None:
        return False
    if need == SECURITY_KEY:
        return last.key_at is not None
    return last.assurance >= (sign_in.assurance if need == AGAIN else Assurance.TWO)


def ways_of(person: AbstractBaseUser, need: str, level: Assurance) -> list[str]:
    """What this person can give for it, best first. Again means: at the level that the session has."""
    types = set(Authenticator.objects.filter(user_id=person.pk).values_list("type", flat=True))
    key = ["passkey"] if Authenticator.Type.WEBAUTHN in types else []
    code = ["code"] if types & {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES} else []
    if need == SECURITY_KEY:
        return key
    if need == SECOND_FACTOR or (level >= Assurance.TWO and (key or code)):
        return key + code
    return (["password"] if person.has_usable_password() else []) + key + code
