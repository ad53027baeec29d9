"""The replay from end to end."""

import argparse
import json
import signal
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import TYPE_CHECKING

from talkoo.desk.replay.house import own_house
from talkoo.desk.replay.recording import Recording, read

if TYPE_CHECKING:
    from talkoo.desk.replay.clients import Count
    from talkoo.desk.replay.figures import Figures


def run(arguments: argparse.Namespace) -> int:
    """0 where every answer was kept and nothing allocated twice, else 1."""
    recording = read(arguments.folder)
    signal.signal(signal.SIGTERM, _stop)
    sizes = f"{len(recording.sent)} answers of {len(recording.people)} people to {len(recording.tasks)} tasks"
    _tell(f"{recording.name}: {sizes}")
    house: AbstractContextManager[str] = own_house(keep=arguments.keep)
    if arguments.url:
        house = nullcontext(arguments.url.rstrip("/"))
    with house as address:
        found = _replay(recording, address, arguments)
    print(json.dumps(found.as_dict()) if arguments.json else _text(found))
    return 0 if found.answers_kept >= found.answers_sent and not found.double_allocations else 1


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Told to end: clean up as after Ctrl-C."""
    raise KeyboardInterrupt


def _replay(recording: Recording, address: str, arguments: argparse.Namespace) -> "Figures":
    """Within a running house. Django is set up only now: its settings are those of that house."""
    import django

    django.setup()
    with _database():
        from django.db import connections

        try:
            return _staged(recording, address, arguments)
        finally:
            connections.close_all()
            connections["default"].close_pool()  # type: ignore[attr-defined]


def _database() -> AbstractContextManager[object]:
    """Hold the embedded server of these settings, where they have one."""
    from django.conf import settings

    from talkoo.lib import postgres

    return postgres.attach(postgres.cluster(settings.VAR / "postgres")) if settings.EMBEDDED else nullcontext()


def _staged(recording: Recording, address: str, arguments: argparse.Namespace) -> "Figures":
    from django.conf import settings

    from talkoo.desk.replay import stage
    from talkoo.desk.replay.clients import Count, Place, Work, run_clients
    from talkoo.desk.replay.figures import figures
    from talkoo.microtasks.actions.refit import refit_batch

    set_up = stage.build(recording, _progress)
    options = {label: number for number, label in enumerate(recording.labels, 1)}
    people = [
        Work(set_up.sessions[worker], [(set_up.numbers[task], options[label]) for task, label in answers])
        for worker, answers in recording.people.items()
    ]
    count, begun = Count(len(recording.sent)), time.monotonic()
    cookies = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
    try:
        place = Place(address, set_up.batch.code, *cookies)
        run_clients(place, people, arguments.clients, count, lambda: _watch(count, begun))
        seconds = time.monotonic() - begun
        _tell(f"answered in {seconds:.0f} s; refitting")
        method = refit_batch(set_up.batch)
        return figures(recording, set_up.batch, set_up.numbers, sent=count.sent, method=method, seconds=seconds)
    finally:
        if arguments.url and not arguments.keep:
            _tell("signing the people out and closing the batch; what was answered stays in that database")
            stage.strike(set_up)


def _watch(count: "Count", begun: float) -> None:
    rate = count.sent / max(time.monotonic() - begun, 0.1)
    _progress(f"answers, {rate:.0f} a second", count.sent, count.total)


def _progress(what: str, done: int, total: int) -> None:
    end = "\n" if done == total else ""
    if sys.stderr.isatty() or end:
        print(f"\r{done} of {total} {what}", end=end, file=sys.stderr, flush=True)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


def _text(found: "Figures") -> str:
    rows = [(name.replace("_", " "), value) for name, value in found.as_dict().items()]
    width = max(len(name) for name, _value in rows)
    return "\n".join(f"{name:<{width}}  {'–' if value is None else value}" for name, value in rows)
