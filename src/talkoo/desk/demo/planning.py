"""A reorganisation that somebody in the demonstration prepares: a draft, to be looked at, changed and decided."""

from datetime import timedelta

from django.db import transaction

from talkoo.access.subject import Subject
from talkoo.desk.demo.content import code_of
from talkoo.people.actions.plans import add_step, begin_plan
from talkoo.people.models import Organisation, Plan
from talkoo.people.queries.plans import first_day

NAME = "Roads and flood recovery become one agency"


@transaction.atomic
def plan_reorganisation(by: Subject) -> None:
    """A new agency takes in two of today, with what stands below them, and a unit gets a name. Done again, it is there."""
    if Plan.objects.filter(name=NAME).exists():
        return
    region, roads, flood, maps = (
        Organisation.objects.get(code=code_of(code)) for code in ("harbour", "roads", "flood", "maps")
    )
    plan = begin_plan(by=by, name=NAME, organisation=region, day=first_day() + timedelta(days=60))
    agency = add_step(by=by, plan=plan, kind="add", target=region, name="Roads and Water Agency")
    for gone in (roads, flood):
        add_step(by=by, plan=plan, kind="merge", organisation=gone, target_step=agency)
    add_step(by=by, plan=plan, kind="rename", organisation=maps, name="Maps, water and roads")
