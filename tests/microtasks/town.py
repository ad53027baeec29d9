"""A region with two towns and their offices, and reorganisations of it: planned, decided, carried out."""

from datetime import timedelta

from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.microtasks.actions.reorganising import carry_out_due, decide_plan
from talkoo.microtasks.queries.touched import mark_of, roles_there, touched
from talkoo.people.actions.plans import add_step, begin_plan
from talkoo.people.models import Organisation, Placement, Plan
from talkoo.people.queries.plans import expected_tree, steps_of, tree_on, tried
from tests.people import organisation, subject


class Town:
    """A region with two towns and their offices, an administrator, and work offered to an office."""

    def __init__(self):
        self.region = organisation("Region")
        self.north, self.south = (organisation(name, self.region) for name in ("North", "South"))
        self.parks, self.streets = (organisation(name, self.north) for name in ("Parks", "Streets"))
        Organisation.objects.update(starts=day(-400))
        Placement.objects.update(starts=day(-400))
        self.chief = subject("Aino", self.region, Role.ADMINISTRATOR)


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


def planned(town, *steps, by=None, when=30, about=None):
    """A draft with these steps, each a dictionary of what `add_step` takes."""
    by = by or town.chief
    plan = begin_plan(by=by, name="One office", organisation=about or town.region, day=day(when))
    for each in steps:
        add_step(by=by, plan=plan, **each)
    plan.refresh_from_db()
    return plan


def decided(plan, by, roles=None):
    """Looked at and decided at once."""
    plan.refresh_from_db()
    return decide_plan(by=by, plan=plan, seen=seen(plan, by), roles=roles or {})


def seen(plan, by):
    """The mark that the page of the decision carries."""
    return mark_of(plan, there(plan, by))


def there(plan, by):
    return roles_there(_outcome(plan, by), steps_of(plan), plan.day)


def said_of(plan, by):
    """What the page says that its first step touches."""
    return touched(_outcome(plan, by), steps_of(plan), plan.day).get(1, [])


def _outcome(plan, by):
    return tried(by, plan, steps_of(plan), expected_tree(plan.day, plan))


def comes(plan):
    """Its day is there, and the worker looks."""
    Plan.objects.filter(pk=plan.pk).update(day=day(0))
    carry_out_due()
    plan.refresh_from_db()
    return plan


def shape():
    tree = tree_on(day(0))
    return {node.name: tree[node.parent].name if node.parent else None for node in tree.values()}
