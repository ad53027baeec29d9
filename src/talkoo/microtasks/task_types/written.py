"""What types have in common whose answer is text that somebody writes."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from talkoo.engines.consensus import plain


def misfit(value: Any, longest: int) -> Mapping[str, str]:
    """Why `value` is no answer of at most `longest` characters, by the field of the form; empty where it is one."""
    if not isinstance(value, str) or not plain(value) or "\x00" in value:
        return {"choice": _("Write an answer, or say why you cannot.")}
    if len(value) > longest:
        words = _("Shorten this to %(limit)d characters; it has %(length)d.")
        return {"choice": words % {"limit": longest, "length": len(value)}}
    return {}
