"""What a plan makes of a tree, and which of its steps do not go: worked out in memory, the same for a look and for the day."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.utils.translation import gettext as _

from talkoo.lib.formats import day as written_day
from talkoo.people.models import Step, StepKind


@dataclass(frozen=True, slots=True)
class Node:
    """An organisation in the tree of some day. `key` is its id; below 0, the step that adds it. `notes` say in words
    what a plan does with it; `busy`: people or invitations belong to it; `moves`: a later move of it is planned;
    `later`: what is recorded to stand below it from a later day on; `heir`: it takes in another in the same plan.
    """

    key: int
    name: str
    parent: int | None
    kind: str = ""
    notes: tuple[str, ...] = ()
    busy: bool = False
    moves: date | None = None
    later: frozenset[int] = frozenset()
    heir: bool = False
    depth: int = 0


Tree = Mapping[int, Node]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a step does not go, and what to do."""

    message: str
    remedy: str


@dataclass(slots=True)
class Outcome:
    """The tree before and after, with notes on what changes, and by the number of a step why it does not go."""

    before: dict[int, Node]
    after: dict[int, Node]
    troubles: dict[int, Trouble] = field(default_factory=dict)


def reshape(tree: Tree, steps: Sequence[Step], within: frozenset[int] | None = None) -> Outcome:
    """Every step in its order. One that does not go changes nothing, and those after it are tried all the same.

    `within` are the only organisations that a step may name, None for any.
    """
    outcome = Outcome(dict(tree), dict(tree))
    for step in steps:
        trouble = _trouble(outcome.after, step, within)
        if trouble is not None:
            outcome.troubles[step.number] = trouble
        else:
            _CHANGES[StepKind(step.kind)](outcome, step)
    return outcome


def target_of(step: Step) -> int | None:
    return -step.target_step_id if step.target_step_id else step.target_id


def under(tree: Tree, root: int, *, later: bool = False) -> frozenset[int]:
    """The root and everything below it; with `later` also what is recorded to stand there from a later day on."""
    children: dict[int, list[int]] = {}
    for node in tree.values():
        if node.parent is not None:
            children.setdefault(node.parent, []).append(node.key)
        if later:
            children.setdefault(node.key, []).extend(node.later)
    return descend(children, root)


def descend(children: Mapping[int, Collection[int]], root: int) -> frozenset[int]:
    """The root and everything that is found by going down from it."""
    found, waiting = {root}, [root]
    while waiting:
        fresh = [key for key in children.get(waiting.pop(), ()) if key not in found]
        found.update(fresh)
        waiting += fresh
    return frozenset(found)


def above(tree: Tree, key: int | None) -> frozenset[int]:
    """Everything above an organisation, itself left out."""
    found: set[int] = set()
    node = tree.get(key) if key is not None else None
    while node is not None and node.parent is not None and node.parent not in found:
        found.add(node.parent)
        node = tree.get(node.parent)
    return frozenset(found)


def in_order(tree: Tree) -> list[Node]:
    """Parents before children, siblings by name, each with its depth."""
    children: dict[int | None, list[Node]] = {}
    for node in sorted(tree.values(), key=lambda each: (each.name.casefold(), each.key)):
        children.setdefault(node.parent if node.parent in tree else None, []).append(node)
    ordered: list[Node] = []
    waiting = [(node, 0) for node in reversed(children.get(None, []))]
    while waiting:
        node, depth = waiting.pop()
        ordered.append(replace(node, depth=depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(node.key, []))]
    return ordered


def seen_of(tree: Tree, reach: frozenset[int]) -> dict[int, Node]:
    """The tree as far as somebody's reach goes; what a plan adds is reached with what it is added to."""
    seen = {key: node for key, node in tree.items() if key in reach}
    for node in in_order(tree):
        if node.key < 0 and node.parent in seen:
            seen[node.key] = tree[node.key]
    return seen


def shortened(tree: Tree, keys: Iterable[int], most: int) -> dict[int, Node]:
    """A tree of more than `most` organisations as far as it concerns `keys`: those with a note, and what is above them."""
    if len(tree) <= most:
        return dict(tree)
    shown = {key for key in keys if key in tree} | {node.key for node in tree.values() if node.notes}
    shown |= {each for key in list(shown) for each in above(tree, key)}
    return {key: node for key, node in tree.items() if key in shown}


# --- what stands against a step


def _trouble(tree: Tree, step: Step, within: frozenset[int] | None) -> Trouble | None:
    return next((each for each in _troubles(tree, step, within) if each is not None), None)


def _troubles(tree: Tree, step: Step, within: frozenset[int] | None) -> Iterator[Trouble | None]:
    """In the order in which they are looked for: what is missing first, as the others need it to be there."""
    goal = target_of(step)
    yield _missing(tree, step.organisation_id, step.about)
    if goal is not None:
        yield _missing(tree, goal, step.to)
    if within is not None:
        yield _outside(within, step)
    if step.kind in {StepKind.MERGE, StepKind.CLOSE}:
        yield _cannot_end(tree, step, goal)
    if step.organisation_id is not None and goal is not None:
        yield _circle(tree, step, goal)
    if step.kind in {StepKind.MOVE, StepKind.RENAME} and step.organisation_id is not None:
        yield _nothing_new(tree[step.organisation_id], step, goal)
    yield _same_name(tree, step, goal)
    if step.kind != StepKind.RENAME and step.organisation_id is not None:
        yield _moves_later(tree[step.organisation_id])


def _missing(tree: Tree, key: int | None, name: str) -> Trouble | None:
    if key is None or key in tree:
        return None
    return Trouble(
        _("“%(name)s” does not exist on that day.") % {"name": name},
        _("Take this step out, or choose an organisation that exists then."),
    )


def _outside(within: frozenset[int], step: Step) -> Trouble | None:
    for key, name in ((step.organisation_id, step.about), (step.target_id, step.to)):
        if key is not None and key not in within:
            return Trouble(
                _("“%(name)s” is outside what this plan can change.") % {"name": name},
                _("Take this step out; whoever looks after both sides of it can plan it."),
            )
    return None


def _cannot_end(tree: Tree, step: Step, goal: int | None) -> Trouble | None:
    node = tree[step.organisation_id or 0]
    if node.parent is None:
        message = _("“%(name)s” stands at the top of the tree and cannot end.") % {"name": node.name}
        return Trouble(message, _("Take this step out, and rename it instead."))
    if node.heir:
        message = _("“%(name)s” takes in another organisation in this plan, and cannot end in it.") % {
            "name": node.name
        }
        return Trouble(message, _("Let that one go to where this one goes, so that you are asked about its roles."))
    if goal is None and (node.busy or len(under(tree, node.key, later=True)) > 1):
        message = _("People, invitations or organisations still belong to “%(name)s”.") % {"name": node.name}
        return Trouble(message, _("Take this step out, and say which organisation follows."))
    return None


def _circle(tree: Tree, step: Step, goal: int) -> Trouble | None:
    if goal not in under(tree, step.organisation_id or 0, later=True):
        return None
    if goal == step.organisation_id:
        return Trouble(_("“%(name)s” would go to itself.") % {"name": step.about}, _("Choose another organisation."))
    words = {"to": step.to, "name": step.about}
    return Trouble(
        _("“%(to)s” stands below “%(name)s”, or will later.") % words,
        _("Move it out first, or choose another organisation."),
    )


def _nothing_new(node: Node, step: Step, goal: int | None) -> Trouble | None:
    same = node.parent == goal if step.kind == StepKind.MOVE else node.name == step.name
    if not same:
        return None
    return Trouble(_("“%(name)s” is as this step wants it already.") % {"name": node.name}, _("Take this step out."))


def _same_name(tree: Tree, step: Step, goal: int | None) -> Trouble | None:
    """Two parts of one organisation do not share a name."""
    if step.kind not in {StepKind.ADD, StepKind.MOVE, StepKind.RENAME}:
        return None
    node = tree.get(step.organisation_id or 0)
    parent = node.parent if node and step.kind == StepKind.RENAME else goal
    name = node.name if node and step.kind == StepKind.MOVE else step.name
    others = [each for each in tree.values() if each.parent == parent and each.key != step.organisation_id]
    if parent is None or not any(each.name.casefold() == name.casefold() for each in others):
        return None
    words = {"name": name, "parent": tree[parent].name}
    return Trouble(_("“%(parent)s” has a part called “%(name)s” already.") % words, _("Choose another name."))


def _moves_later(node: Node) -> Trouble | None:
    if node.moves is None:
        return None
    words = {"name": node.name, "day": written_day(node.moves)}
    return Trouble(
        _("A move of “%(name)s” on %(day)s is recorded already.") % words, _("Choose that day or a later one.")
    )


# --- what a step makes of the tree


def _add(outcome: Outcome, step: Step) -> None:
    outcome.after[-step.pk] = Node(-step.pk, step.name, target_of(step), notes=(_("new"),))


def _move(outcome: Outcome, step: Step) -> None:
    node = outcome.after[step.organisation_id or 0]
    left = outcome.after.get(node.parent or 0)
    _note(outcome.before, node.key, _("moves to %(to)s") % {"to": step.to})
    outcome.after[node.key] = replace(node, parent=target_of(step))
    _note(outcome.after, node.key, _("was in %(name)s") % {"name": left.name} if left else _("stood at the top"))


def _rename(outcome: Outcome, step: Step) -> None:
    node = outcome.after[step.organisation_id or 0]
    _note(outcome.before, node.key, _("will be called %(name)s") % {"name": step.name})
    outcome.after[node.key] = replace(node, name=step.name)
    _note(outcome.after, node.key, _("was called %(name)s") % {"name": node.name})


def _end(outcome: Outcome, step: Step) -> None:
    node, goal = outcome.after.pop(step.organisation_id or 0), target_of(step)
    if goal is None:
        _note(outcome.before, node.key, _("closes"))
        return
    said = _("merges into %(to)s") if step.kind == StepKind.MERGE else _("closes; %(to)s follows")
    _note(outcome.before, node.key, said % {"to": step.to})
    heir = outcome.after[goal]
    outcome.after[goal] = replace(heir, busy=heir.busy or node.busy, later=heir.later | node.later, heir=True)
    _note(outcome.after, goal, _("takes in %(name)s") % {"name": node.name})
    for part in [each for each in outcome.after.values() if each.parent == node.key]:
        outcome.after[part.key] = replace(part, parent=goal)
        _note(outcome.after, part.key, _("was in %(name)s") % {"name": node.name})


def _note(tree: dict[int, Node], key: int, words: str) -> None:
    if key in tree:
        tree[key] = replace(tree[key], notes=(*tree[key].notes, words))


_CHANGES = {
    StepKind.ADD: _add, StepKind.MOVE: _move, StepKind.RENAME: _rename, StepKind.MERGE: _end, StepKind.CLOSE: _end,
}  # fmt: skip
