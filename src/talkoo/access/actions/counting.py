"""Counts of decisions, added up by day, and deleted."""

import json
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from talkoo.access.counting import FEWEST, Counts, facts_of
from talkoo.access.models import DecisionCount
from talkoo.audit import actions as audit

DAYS = 30
ADD = """
INSERT INTO access_decisioncount (day, organisation_id, facts, number)
SELECT %s, counted.organisation, counted.facts::jsonb, counted.number
FROM unnest(%s::bigint[], %s::text[], %s::int[]) AS counted (organisation, facts, number)
ORDER BY 2, 3
ON CONFLICT (day, organisation_id, facts) DO UPDATE SET number = access_decisioncount.number + excluded.number
"""


def keep_counts(*, counts: Counts) -> None:
    """Add what a web process has counted to the sums of today. One statement, in a transaction of its own."""
    if not counts:
        return
    rows = [(place, json.dumps(facts_of(request)), number) for (place, request), number in counts.items()]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [timezone.localdate(), *(list(column) for column in zip(*rows, strict=True))])


@transaction.atomic
def forget_counts(*, today: date) -> int:
    """Delete counts of more than 30 days ago, and of days that are over what occurred fewer than five times."""
    old = Q(day__lt=today - timedelta(days=DAYS)) | Q(day__lt=today, number__lt=FEWEST)
    rows, _kinds = DecisionCount.objects.filter(old).delete()
    if rows:
        audit.record(by=None, action="access.decisions.forgotten", on=("decisions", "all"), rows=rows)
    return rows
