"""Background work of microtasks. Every job may be run twice: a worker that dies leaves it to the next one."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from talkoo.microtasks.actions import guest_links, guests, telling
from talkoo.microtasks.actions.data_check import LOOK, look_through
from talkoo.microtasks.actions.due import close_due_batches, forget_reliability, release_lapsed
from talkoo.microtasks.actions.pushing import push_waiting
from talkoo.microtasks.actions.quarantine import scan_upload, scan_waiting
from talkoo.microtasks.actions.reading import read_upload
from talkoo.microtasks.actions.redaction import CARRY_OUT, carry_out
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.actions.reorganising import carry_out_due, follow_successors
from talkoo.microtasks.actions.retention import erase_due
from talkoo.microtasks.actions.uploads import SCAN, sweep_files
from talkoo.microtasks.actions.viewings import forget_viewings
from talkoo.microtasks.models import Batch


@app.task(name="talkoo.microtasks.jobs.refit", retry=RetryStrategy(max_attempts=3, wait=20))
def refit(batch: int) -> None:
    found = Batch.objects.filter(pk=batch).first()
    if found is not None:
        refit_batch(found)


@app.task(name="talkoo.microtasks.jobs.read")
def read(upload: int, run: str) -> None:
    read_upload(upload=upload, run=UUID(run))


@app.task(name=SCAN)
def scan(upload: int) -> None:
    scan_upload(upload=upload)


@app.periodic(cron="1-59/2 * * * *")
@app.task(name="talkoo.microtasks.jobs.scan_again", queueing_lock="scan_waiting", lock="scan_waiting")
def scan_again(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    scan_waiting()


@app.task(name=CARRY_OUT, retry=RetryStrategy(max_attempts=5, wait=20))
def redact(batch: int, run: str) -> None:
    carry_out(batch=batch, run=UUID(run))


@app.task(name=LOOK)
def look(check: int, run: str) -> None:
    look_through(check=check, run=UUID(run))


@app.periodic(cron="*/10 * * * *")
@app.task(name="talkoo.microtasks.jobs.close_due", queueing_lock="close_due")
def close_due(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    close_due_batches()


@app.task(name=telling.OFFER, retry=RetryStrategy(max_attempts=5, wait=20))
def tell_offered(batch: int) -> None:
    telling.tell_offered(batch)


@app.task(name=telling.CLOSED, retry=RetryStrategy(max_attempts=5, wait=20))
def tell_closed(batch: int, by_deadline: bool) -> None:
    telling.tell_closed(batch, by_deadline=by_deadline)


@app.task(name=telling.REWORDED, retry=RetryStrategy(max_attempts=5, wait=20))
def tell_reworded(batch: int) -> None:
    telling.tell_reworded(batch)


@app.periodic(cron="3-59/10 * * * *")
@app.task(name="talkoo.microtasks.jobs.tell_progress", queueing_lock="tell_progress")
def tell_progress(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    telling.tell_progress()


@app.periodic(cron="*/5 * * * *")
@app.task(name="talkoo.microtasks.jobs.release", queueing_lock="release_lapsed")
def release(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    release_lapsed()
    push_waiting()


@app.periodic(cron="*/5 * * * *")
@app.task(name="talkoo.microtasks.jobs.reorganise", queueing_lock="reorganise")
def reorganise(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    """Plans whose day has come, and ends dated by hand; every few minutes, so that neither waits for a night."""
    try:
        carry_out_due()
    finally:
        follow_successors()


@app.task(name=guests.INVITED, retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def mail_guest(guest: int, site: str) -> None:
    guest_links.mail_invitation_to_guest(number=guest, site=site)


@app.task(name=guest_links.LINK, retry=RetryStrategy(max_attempts=4, wait=20))
def mail_guest_links(guests: list[int], site: str) -> None:
    """A link runs out soon, so the mail server is not asked for long."""
    for number in guests:
        guest_links.mail_link(number=number, site=site)


@app.periodic(cron="40 3 * * *")
@app.task(name="talkoo.microtasks.jobs.forget", queueing_lock="forget_reliability")
def forget(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_reliability()
    forget_viewings()


@app.periodic(cron="50 3 * * *")
@app.task(name="talkoo.microtasks.jobs.sweep", queueing_lock="sweep_files")
def sweep(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    sweep_files()


@app.periodic(cron="10 4 * * *")
@app.task(name="talkoo.microtasks.jobs.erase", queueing_lock="erase_due")
def erase(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    telling.tell_erasing()
    erase_due()
