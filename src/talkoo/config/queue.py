"""What the tables of Procrastinate say of workers and jobs, as parts of a statement."""

ALIVE = "(SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds')"
WAITING = "(SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo')"
LONGEST_DUE = """(
    SELECT coalesce(max(extract(epoch FROM now() - coalesce(j.scheduled_at, e.at))), 0)
    FROM procrastinate_jobs j JOIN procrastinate_events e ON e.job_id = j.id AND e.type = 'deferred'
    WHERE j.status = 'todo' AND coalesce(j.scheduled_at, e.at) <= now())"""
