"""What every view of a signed-in person stands behind."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from talkoo.access.subject import Subject

View = Callable[..., HttpResponse]


class Asking(HttpRequest):
    """A request of somebody signed in, as views behind `signed_in` get it. Only a name for the type checker."""

    subject: Subject


def signed_in(view: View) -> View:
    """Let people with a subject in; show others the sign-in page and bring them back."""

    @wraps(view)
    def checked(request: Asking, *args: Any, **kwargs: Any) -> HttpResponse:
        if getattr(request, "subject", None) is None:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return checked
