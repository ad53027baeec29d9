"""The life of a house as its jobs left it, for what asks how long the clock has been right."""

from django.db import connection


def lived(*spans):
    """Jobs that left an event every five minutes, from so long ago until so long ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'lives') RETURNING id"
        )
        (job,) = cursor.fetchone()
        cursor.execute("DELETE FROM procrastinate_events")
        for begun, ended in spans:
            cursor.execute(
                "INSERT INTO procrastinate_events (job_id, type, at)"
                " SELECT %s, 'deferred', at FROM generate_series(now() - %s, now() - %s, interval '5 minutes') at",
                [job, begun, ended],
            )
