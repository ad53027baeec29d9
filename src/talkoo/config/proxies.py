"""What only our own proxies may say of a request is taken out of it where somebody else says it."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from talkoo.access.devices import CERTIFICATE, TOKEN
from talkoo.lib.networks import called_by_proxy
from talkoo.lib.seldom import warn_seldom

Handler = Callable[[HttpRequest], HttpResponse]
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
OURS = (*FORWARDED, *(f"HTTP_{name.upper()}" for name in (TOKEN, CERTIFICATE)))
PASSED_ON = "talkoo.passed_on"  # its name among the facts of a request
log = logging.getLogger(__name__)


def proxies(get_response: Handler) -> Handler:
    """Outermost: nothing behind it reads a header that the caller had no right to."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.META[PASSED_ON] = any(name in request.META for name in FORWARDED)
        if not called_by_proxy(request) and any(name in request.META for name in OURS):
            for name in OURS:
                request.META.pop(name, None)
            if settings.PROXIES:
                warn_seldom(log, WORDS, request.META.get("REMOTE_ADDR", ""))
        return get_response(request)

    return middleware


WORDS = "%s calls as a proxy would, and is in no network of TALKOO_PROXIES: what it says of callers is not believed"


def was_passed_on(request: HttpRequest) -> bool:
    """Whether somebody says that the request comes from elsewhere: a proxy, declared or not."""
    return bool(request.META.get(PASSED_ON)) or any(name in request.META for name in FORWARDED)
