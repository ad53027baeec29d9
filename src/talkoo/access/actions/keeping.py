"""Forms that were sent while something was missing: kept sealed for their person, never sent by themselves."""

import json
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from talkoo.access.models import KeptForm, token_code
from talkoo.access.queries.keeping import FIELDS, OFFERED, row_of
from talkoo.access.subject import Subject

MOST_BYTES, MOST_FORMS = 500_000, 5  # of one form; of one person, the newest
SECRETS = ("csrf", "password", "credential", "secret", "token")


@transaction.atomic
def keep_form(*, by: Subject, fields: Iterable[tuple[str, list[str]]]) -> str:
    """Seal what was typed, less what is secret, and return the code it is found by; empty where it is too much."""
    typed = {name: values for name, values in fields if not any(mark in name.lower() for mark in SECRETS)}
    text = json.dumps(typed)
    if not typed or len(text) > MOST_BYTES:
        return ""
    code = token_code()
    older = KeptForm.objects.filter(person_id=by.person_id).order_by("-at", "-pk").values("pk")[MOST_FORMS - 1 :]
    KeptForm.objects.filter(pk__in=list(older.values_list("pk", flat=True))).delete()
    KeptForm.objects.create(code=code, person_id=by.person_id, fields=FIELDS.seal(text, row_of(by, code)))
    return code


@transaction.atomic
def forget_form(*, by: Subject, code: str) -> None:
    """It was sent again, or is no longer wanted."""
    KeptForm.objects.filter(person_id=by.person_id, code=code).delete()


@transaction.atomic
def forget_forms() -> int:
    """Delete the forms whose time is over; how many."""
    return KeptForm.objects.filter(at__lte=timezone.now() - OFFERED).delete()[0]
