"""Which pages there are at all for guests, and for those who look through somebody else's eyes. Asked before any page is."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from talkoo.config import looking, visiting


class Gates:
    """The permissions and the rules are asked besides, by the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, words: Any, named: Any) -> HttpResponse | None:  # noqa: ARG002
        by = getattr(request, "subject", None)
        if by is None or request.resolver_match is None:
            return None
        name = request.resolver_match.url_name or ""
        return visiting.closed(request, by, name) or looking.closed(request, by, name)
