"""Many calls at the same moment, each on a database connection of its own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction


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


def _waiting() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return cursor.fetchone()[0]
