"""Many calls at the same moment, each on a database connection of its own."""

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import OperationalError, connection, transaction
from psycopg.errors import LockNotAvailable


def storm(calls):
    """Run all calls at the same moment, each on a connection of its own; their results, errors raised."""
    barrier, results, errors = threading.Barrier(len(calls)), [], []

    def run(call):
        try:
            barrier.wait(30)
            results.append(call())
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread of the test
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def pile_up(calls, behind):
    """Let all calls run into rows that are held (`behind`), and go on together when every one waits; returns as `storm`."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            list(behind.select_for_update())
            stormed, given_up = pool.submit(storm, calls), time.monotonic() + 30
            while _waiting() < len(calls) and not stormed.done() and time.monotonic() < given_up:
                time.sleep(0.01)
        return stormed.result()


def finds_locked(call):
    """Whether a call on a connection of its own has to wait for another transaction; it is done where it has not."""

    def hurried():
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
                call()
        except OperationalError as error:
            if isinstance(error.__cause__, LockNotAvailable):
                return True
            raise
        return False

    return storm([hurried])[0]


@contextlib.contextmanager
def overtaken(call):
    """What the block does is committed while `call`, on a connection of its own, waits for it; then that goes on."""

    def alone():
        try:
            call()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as others:
        with transaction.atomic():
            yield
            waiting = others.submit(alone)
            while not waiting.done() and not _waiting():
                time.sleep(0.01)
            assert not waiting.done(), "it did not wait"
        waiting.result(30)


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]
