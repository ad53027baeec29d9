"""What every view of a signed-in person stands behind."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Let people with a subject in; show others the sign-in page and bring them back."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.subject is None:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return checked
