"""Between a form and an action."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest

from talkoo.lib.errors import Conflict, Invalid


def went_well(form: forms.Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Whether the form could be read and the action did it; what was wrong stands at its field afterwards."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except (Invalid, Conflict) as error:
        fields = error.fields if isinstance(error, Invalid) else {}
        for name, words in fields.items():
            placed = name in form.fields
            form.add_error(name if placed else None, words if placed else f"{error.message} {words}")
        if not form.errors:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        return False
    return True


def asked(request: HttpRequest, name: str) -> str:
    """What the address asks for under this name, without what no database takes."""
    return request.GET.get(name, "")[:200].replace("\0", "")


def site(request: HttpRequest) -> str:
    """Where links of mails begin: the address the operator gave, or the one this request came to (a checked host)."""
    return settings.BASE_URL or f"{request.scheme}://{request.get_host()}"
