"""The order in which the demonstration is loaded, and what one sees meanwhile."""

import argparse
import contextlib
import time

from django.conf import settings
from django.db import transaction

from talkoo.audit.actions.signing import begin_key
from talkoo.desk.demo import cast
from talkoo.desk.demo.answering import play
from talkoo.desk.demo.batches import open_batch
from talkoo.desk.demo.content import json_of
from talkoo.desk.demo.knowing import know
from talkoo.desk.demo.planning import plan_reorganisation
from talkoo.lib.errors import Conflict
from talkoo.microtasks.models import Batch
from talkoo.people.models import Person


def run(arguments: argparse.Namespace) -> int:
    """Load what is not there yet. Each batch comes whole or not at all, so a run that was stopped is simply repeated."""
    begun = time.monotonic()

    def say(words: str) -> None:
        if not arguments.quiet:
            print(words, flush=True)

    with contextlib.suppress(Conflict):  # there already
        begin_key(name="harbour.example/audit", renew=False)
    by = cast.add_organisations(cast.administrator())
    if settings.DEMO:
        cast.declare_own_machine(by)
    say("· Harbour Region: organisations")
    cast.add_people(by)
    cast.agree_to_measures()
    cast.invite_some(by)
    plan_reorganisation(by)
    say(f"· {Person.objects.count()} people with roles and skills")
    answering = json_of("answering.json")
    for raw in json_of("batches.json")["batches"]:
        if Batch.objects.filter(title=raw["title"], ties__person__email=raw["owner"]).exists():
            say(f"· {raw['title']}: there already")
            continue
        with transaction.atomic():
            batch = open_batch(raw)
            play(batch, raw, answering)
            know(batch, raw)
        say(f"· {raw['title']}: {batch.tasks_total} tasks")
    offered = cast.offer_personas()
    say(f"The demonstration is ready after {time.monotonic() - begun:.0f} s. You can be:")
    for name, part, see in offered:
        print(f"  {name} ({part}): {see}")
    return 0
