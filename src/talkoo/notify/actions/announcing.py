"""The door for other slices to tell other systems: an event, written in the transaction of the action that did it."""

import json
from collections.abc import Collection
from typing import Any

from django.db import connection

from talkoo.notify.events import EVENTS
from talkoo.notify.queries.things import CONFIDENTIAL

ANNOUNCE = """
INSERT INTO notify_happening (type, organisation_id, about, data, at)
SELECT %(type)s, %(organisation)s, %(about)s, %(data)s::jsonb, now()
WHERE EXISTS (SELECT FROM notify_endpoint
              WHERE organisation_id = %(organisation)s AND state = 'active' AND %(type)s = ANY(events))
"""
ANNOUNCE_ALL = ANNOUNCE.replace("%(about)s,", "thing,").replace(
    "WHERE", "FROM unnest(%(about)s::text[]) AS t (thing) WHERE", 1
)


def announce_all(*, event: str, about: Collection[str], organisation_id: int, **data: Any) -> None:
    """The same event of many things at once, as a reorganisation makes it: one statement, however many there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            ANNOUNCE_ALL,
            {
                "type": EVENTS[event].code, "organisation": organisation_id, "about": list(about),
                "data": json.dumps(data),
            },
        )  # fmt: skip


def announce(
    *, event: str, about: str, organisation_id: int, sensitivity: int = 0, title: str = "", **data: Any
) -> None:
    """Note an event for the webhooks of an organisation; where none listens, it costs one look into a small index.

    `event` is a code of `notify.events`, `about` the code of the thing, by which bundled events travel together.
    `data` are plain JSON values: codes, numbers, dates. The title of what is confidential is left out here.
    """
    named = {"title": title} if title and sensitivity < CONFIDENTIAL else {}
    with connection.cursor() as cursor:
        cursor.execute(
            ANNOUNCE,
            {
                "type": EVENTS[event].code, "organisation": organisation_id, "about": about,
                "data": json.dumps({**named, **data}),
            },
        )  # fmt: skip
