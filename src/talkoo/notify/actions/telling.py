"""The door for every other slice: tell people something, in the transaction of the action that did it."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connection

from talkoo.notify.kinds import KINDS

TELL = """
INSERT INTO notify_notice
    (person_id, kind, about_kind, about, facts, link, organisation_id, sensitivity, once, at, channel)
SELECT p.id, %(kind)s, %(about_kind)s, %(about)s, %(facts)s::jsonb, told.link, %(organisation)s, %(sensitivity)s,
       %(once)s, now(), CASE WHEN coalesce(pace.no_mail, false) AND wish.channel <> 'off' AND NOT %(firm)s
                             THEN 'in_app' ELSE wish.channel END
FROM unnest(%(people)s::bigint[], %(links)s::text[]) AS told (person_id, link)
JOIN {people} p ON p.id = told.person_id AND p.is_active
LEFT JOIN notify_choice chosen ON chosen.person_id = p.id AND chosen.kind = %(kind)s
LEFT JOIN notify_pace pace ON pace.person_id = p.id
CROSS JOIN LATERAL (SELECT coalesce(chosen.channel, %(channel)s) AS channel) wish
WHERE wish.channel <> 'off'
ORDER BY p.id
ON CONFLICT (person_id, once) DO NOTHING
"""


def tell(
    *,
    to: Collection[int],
    kind: str,
    about: tuple[str, str],
    link: str | Mapping[int, str],
    once: str,
    organisation_id: int | None = None,
    sensitivity: int = 0,
    **facts: Any,
) -> int:
    """Tell people (by id) that something happened; one statement for many. Returns how many were told.

    Call it in the transaction of the write, after `audit.record`: it is rolled back with it. `kind` is a code of
    `notify.kinds`; `about` (kind, code) is the thing whose title is looked up when the notice is read, so it is never
    stored; `link` is a path of Talkoo, one for all or one for each person. `once` names the occasion: whoever was told
    of it is not told again. `facts` are plain JSON values that the words of the kind ask for, never content.
    """
    declared = KINDS[kind]
    people = sorted(set(to))
    if not people:
        return 0
    links = [link] * len(people) if isinstance(link, str) else [link[person] for person in people]
    with connection.cursor() as cursor:
        cursor.execute(
            TELL.format(people=get_user_model()._meta.db_table),  # noqa: SLF001 - Django documents it
            {
                "kind": kind, "about_kind": about[0], "about": about[1], "facts": json.dumps(facts), "people": people,
                "links": links, "organisation": organisation_id, "sensitivity": sensitivity, "once": once,
                "channel": declared.channel.value, "firm": declared.firm,
            },
        )  # fmt: skip
        told: int = cursor.rowcount
    return told
