"""Many calls at the same moment, each on a database connection of its own."""

import threading

from django.db import connection


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
