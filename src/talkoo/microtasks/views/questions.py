"""The page on which owners and reviewers find what people asked about items, and reply once for all."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import Resource
from talkoo.access.views import Asking, signed_in
from talkoo.microtasks import forms
from talkoo.microtasks.actions.questions import reply_to_questions
from talkoo.microtasks.models import Batch, Question
from talkoo.microtasks.queries import questions
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.views.showing import source

PAGE = 20
SHORT = 160  # characters of another question beside its box


@signed_in
@require_safe
def overview(request: Asking, code: str) -> HttpResponse:
    """What waits for a reply, the oldest first; or what has one."""
    batch, touched = access_tied_batch(request.subject, code, Permission.QUESTION_REPLY)
    waiting = request.GET.get("show") != "replied"
    found = questions.asked_questions(batch, waiting=waiting, names=Relation.OWNER in touched.relations)
    open_ones, replied = questions.counts(batch)
    context = {
        "trail": _trail(batch, touched),
        "batch": batch,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "waiting": waiting,
        "asked": open_ones + replied,
        "tabs": [
            {"label": _("Waiting for a reply"), "href": "?", "current": waiting, "count": open_ones},
            {"label": _("Replied to"), "href": "?show=replied", "current": not waiting, "count": replied},
        ],
    }
    return render(request, "microtasks/questions.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: Asking, code: str, number: int) -> HttpResponse:
    """One question beside its item, with the reply to be written, and the others that it may answer as well."""
    batch, touched = access_tied_batch(request.subject, code, Permission.QUESTION_REPLY)
    found = questions.access_question(batch, number, names=Relation.OWNER in touched.relations)
    others = [(each.pk, _line(each)) for each in questions.others_waiting(found)]
    form = forms.ReplyForm(request.POST if request.method == "POST" else None, initial=_stored(found), others=others)
    if request.method == "POST" and forms.saved(
        form, lambda said: reply_to_questions(by=request.subject, batch=batch, question=number, **said)
    ):
        return _sent(request, batch, len(form.cleaned_data["also"]))
    context = {
        "trail": [
            *_trail(batch, touched),
            {"label": _("Questions"), "href": reverse("batch_questions", args=[code])},
        ],
        "batch": batch,
        "question": found,
        "form": form,
        "seen": questions.edition(found),  # who sends again has read the reply that stands now
        **source(request, batch, found.task),
    }
    return render(request, "microtasks/question.html", context, status=422 if form.errors else 200)


def _trail(batch: Batch, touched: Resource) -> list[dict[str, str]]:
    """From where this person comes: owners from the page of the batch, reviewers, who may not open that, from theirs."""
    if Relation.OWNER not in touched.relations:
        return [{"label": _("Reviews"), "href": reverse("reviews")}]
    return [
        {"label": _("My batches"), "href": reverse("batches")},
        {"label": batch.title, "href": reverse("batch", args=[batch.code])},
    ]


def _stored(found: Question) -> dict[str, Any]:
    """What the form begins with: the reply that stands, or the question in its own words."""
    if found.reply is None:
        return {"seen": "", "shown": found.text}
    reply = found.reply
    return {
        "seen": questions.edition(found), "text": reply.text, "shown": reply.question, "everywhere": reply.everywhere,
    }  # fmt: skip


def _line(other: Question) -> str:
    return f"{other.task.name}: {Truncator(other.text).chars(SHORT, truncate='…')}"


def _sent(request: Asking, batch: Batch, others: int) -> HttpResponse:
    words = _("Your reply is sent.")
    if others:
        words = ngettext(
            "Your reply is sent, to one other question as well.",
            "Your reply is sent, to %(n)d other questions as well.",
            others,
        ) % {"n": others}
    messages.success(request, words)
    return redirect("batch_questions", batch.code)
