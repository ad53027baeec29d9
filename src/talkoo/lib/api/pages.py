"""Lists in pages. A cursor names the last row of a page, so rows that come or go meanwhile shift nothing.

It is signed: a client can keep it and send it back, but not make or change one; and it belongs to the list, with the
filters, that it came from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Field, Schema

from talkoo.lib.errors import DomainError

MOST = 200


class BadCursor(DomainError):
    """The cursor of the address cannot be read."""

    status = 400


class Paging(Schema):
    """The part of an address that asks for a page."""

    limit: int = Field(50, ge=1, le=MOST, description="How many at most.")
    cursor: str = Field("", max_length=400, description="Where the last page ended: its `next`. Empty for the first.")


@dataclass(frozen=True, slots=True)
class Page:
    items: Sequence[Any]
    next: str | None


def page_of(
    rows: QuerySet[Any], paging: Paging, *, request: HttpRequest, response: HttpResponse, key: str = "-pk"
) -> Page:
    """One page of a query set, ordered by `key` (unique and never null; a minus turns it round). One query.

    The address of the next page goes into the Link header (RFC 8288). Raises BadCursor.
    """
    name, falls = key.lstrip("-"), key.startswith("-")
    salt = _salt(request)
    if paging.cursor:
        rows = rows.filter(**{f"{name}__{'lt' if falls else 'gt'}": _read(paging.cursor, salt)})
    found = list(rows.order_by(key)[: paging.limit + 1])
    if len(found) <= paging.limit:
        return Page(found, None)
    shown = found[: paging.limit]
    cursor = signing.dumps(_value(shown[-1], name), salt=salt)
    asked = {**request.GET.dict(), "cursor": cursor}
    response["Link"] = f'<{request.build_absolute_uri(request.path)}?{urlencode(asked)}>; rel="next"'
    return Page(shown, cursor)


def _value(row: Any, name: str) -> int:
    found: int = row.pk if name == "pk" else getattr(row, name)
    return found


def _salt(request: HttpRequest) -> str:
    """The list a cursor belongs to: its address with the filters, without the page."""
    asked = sorted((name, value) for name, value in request.GET.items() if name not in {"cursor", "limit"})
    return f"talkoo cursor {request.path}?{urlencode(asked)}"


def _read(cursor: str, salt: str) -> int:
    try:
        found = signing.loads(cursor, salt=salt)
    except (signing.BadSignature, ValueError):
        found = None
    if not isinstance(found, int):
        raise BadCursor(
            _("The cursor cannot be read, or belongs to another list."),
            _("Send the value of `next` as it came, to the same list with the same filters; or leave the cursor out."),
        )
    return found
