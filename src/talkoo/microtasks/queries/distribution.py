"""How the results of a batch are spread: one aggregate statement a kind of picture, whatever the size of the batch."""

from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.models import Batch
from talkoo.microtasks.task_types import task_type

BINS = 12
SETTLED = """microtasks_task t JOIN microtasks_result r ON r.id = t.result_id
    WHERE t.batch_id = %(batch)s AND t.state = 'closed'"""
NOTHING = "SELECT NULL::jsonb"

VALUES = """
SELECT jsonb_agg(jsonb_build_array(value, n, sure, square)) FROM (
    SELECT r.value, count(*) AS n, sum(coalesce(r.probability, 1)) AS sure,
           sum(power(coalesce(r.probability, 1), 2)) AS square
    FROM microtasks_task t JOIN microtasks_result r ON r.id = t.result_id
    WHERE t.batch_id = %(batch)s AND t.state = 'closed' GROUP BY r.value
) counted
"""

LABELS = """
SELECT jsonb_agg(jsonb_build_array(label, n)) FROM (
    SELECT label, count(*) AS n
    FROM microtasks_task t JOIN microtasks_result r ON r.id = t.result_id,
         jsonb_array_elements_text(CASE jsonb_typeof(r.value) WHEN 'array' THEN r.value ELSE '[]' END) AS label
    WHERE t.batch_id = %(batch)s AND t.state = 'closed' GROUP BY label
) counted
"""

UNITS = """
SELECT jsonb_agg(jsonb_build_array(unit, done, yes, n)) FROM (
    SELECT u.unit, t.done, round((u.posterior ->> 1)::numeric, 2) AS yes, count(*) AS n
    FROM microtasks_task t JOIN microtasks_result r ON r.id = t.result_id,
         jsonb_array_elements(t.estimate) WITH ORDINALITY AS u(posterior, unit)
    WHERE t.batch_id = %(batch)s AND t.state = 'closed' AND r.probability IS NOT NULL GROUP BY 1, 2, 3
) counted
"""

TEXTS = f"""
SELECT jsonb_agg(jsonb_build_array(value, n) ORDER BY n DESC, value::text) FROM (
    SELECT r.value, count(*) AS n FROM {SETTLED} GROUP BY r.value ORDER BY n DESC, r.value::text LIMIT {BINS}
) counted
"""  # noqa: S608 - constants

DIFFERENT = f"SELECT to_jsonb(count(DISTINCT r.value)) FROM {SETTLED}"  # noqa: S608 - constants

BINNED = f"""
WITH given AS (SELECT %(number)s AS number FROM {SETTLED}),
     ends AS (SELECT min(number) AS low, max(number) AS high FROM given)
SELECT jsonb_agg(jsonb_build_array(bin, n, low, high) ORDER BY bin) FROM (
    SELECT CASE WHEN high > low THEN least(width_bucket(number, low, high, {BINS}), {BINS}) ELSE 1 END AS bin,
           count(*) AS n, low, high
    FROM given, ends GROUP BY bin, low, high
) counted
"""  # noqa: S608 - constants
NUMBERS = BINNED.replace("%(number)s", "(r.value #>> '{}')::float8")
DAYS = BINNED.replace("%(number)s", "((r.value #>> '{}')::date - date '1970-01-01')::float8")

FIELDS = f"""
SELECT jsonb_agg(jsonb_build_array(field, n) ORDER BY n DESC, field) FROM (
    SELECT w.field, count(*) AS n
    FROM {SETTLED.replace("WHERE", "CROSS JOIN LATERAL jsonb_object_keys(r.value -> 'wrong') AS w(field) WHERE")}
    GROUP BY w.field
) counted
"""  # noqa: S608 - constants
WRONG = f"SELECT to_jsonb(count(*) FILTER (WHERE r.value -> 'wrong' <> '{{}}')) FROM {SETTLED}"  # noqa: S608 - constants

PLACES = f"""
SELECT jsonb_agg(jsonb_build_array(option, place) ORDER BY place, option) FROM (
    SELECT o.option, avg(o.place) AS place
    FROM {SETTLED.replace("WHERE", "CROSS JOIN LATERAL jsonb_array_elements_text(r.value) WITH ORDINALITY AS o(option, place) WHERE")}
    GROUP BY o.option
) counted
"""  # noqa: S608 - constants

SHARES = f"""
SELECT jsonb_agg(jsonb_build_array(option, share) ORDER BY share DESC, option) FROM (
    SELECT o.option, avg(o.points::float8) AS share
    FROM {SETTLED.replace("WHERE", "CROSS JOIN LATERAL jsonb_each_text(r.value) AS o(option, points) WHERE")}
    GROUP BY o.option
) counted
"""  # noqa: S608 - constants


def distribution(batch: Batch) -> tuple[str, str]:
    """The two statements (parameter: batch) behind the picture of a batch's results.

    counts: (value, results, sum of p, sum of p squared), or of a multiple choice (label, results) and
    (unit from 1, answers, model's posterior of yes, tasks). texts: (value, results), the most frequent, and how many
    different ones there are. numbers, days: (bin from 1, results, lowest, highest), days counted from 1970. fields:
    (field, results that correct it), and how many results correct any. places: (option, mean place). shares: (option,
    mean points).
    """
    declared = task_type(batch.task_type)
    if declared.picture == "counts":
        aggregation = declared.aggregation
        several = isinstance(aggregation, Classes) and len(aggregation.units(batch.config)) > 1
        return (LABELS, UNITS) if several else (VALUES, NOTHING)
    return {
        "texts": (TEXTS, DIFFERENT),
        "numbers": (NUMBERS, NOTHING),
        "days": (DAYS, NOTHING),
        "fields": (FIELDS, WRONG),
        "places": (PLACES, NOTHING),
        "shares": (SHARES, NOTHING),
    }[declared.picture]
