"""Between a form and an action."""

from collections.abc import Callable

from django import forms

from talkoo.lib.errors import Conflict, Invalid


def went_well(form: forms.Form, act: Callable[[], object]) -> bool:
    """Whether the form could be read and the action did it; what was wrong stands at its field afterwards."""
    if not form.is_valid():
        return False
    try:
        act()
    except (Invalid, Conflict) as error:
        fields = error.fields if isinstance(error, Invalid) else {}
        for name, words in fields.items():
            form.add_error(name if name in form.fields else None, words)
        if not form.errors:
            form.add_error(None, " ".join(filter(None, (error.message, error.remedy))))
        return False
    return True
