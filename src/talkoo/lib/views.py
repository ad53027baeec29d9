"""The page of elements: every element in every state, so that each can be looked at and tested."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from talkoo.lib import samples


@require_safe
def elements(request: HttpRequest) -> HttpResponse:
    """All elements with invented words; ?part=progress is what the live progress asks for."""
    if request.GET.get("part") == "progress":
        return render(request, "elements/progress.html", samples.live())
    return render(request, "elements_page.html", samples.everything())
