"""What a plan makes of a tree, worked out in memory: what each step does, what does not go, and laws of any plan."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.people.models import Organisation, Step, StepKind
from talkoo.people.queries.reshaping import Node, above, in_order, reshape, shortened, under

NAMES = {1: "Region", 2: "North", 3: "South", 4: "Parks", 5: "Streets"}
PLACES = {key: Organisation(pk=key, name=name) for key, name in NAMES.items()}


def tree(**busy):
    stands = {1: None, 2: 1, 3: 1, 4: 2, 5: 4}
    return {key: Node(key, NAMES[key], parent, busy=f"n{key}" in busy) for key, parent in stands.items()}


def step(number, kind, of=None, to=None, *, name="", new=None):
    made = Step(
        pk=100 + number, number=number, kind=kind, organisation=PLACES.get(of), target=PLACES.get(to), name=name
    )
    made.target_step = new
    return made


def shape(outcome):
    """Who stands below whom, by name."""
    names = {key: node.name for key, node in outcome.after.items()}
    return {node.name: names.get(node.parent) for node in outcome.after.values()}


def test_each_kind_of_step_changes_the_tree_and_says_so_on_both_sides():
    new = step(1, "add", to=1, name="Works")
    outcome = reshape(
        tree(), [new, step(2, "merge", 4, new=new), step(3, "rename", 2, name="North City"), step(4, "move", 3, 2)]
    )
    assert not outcome.troubles
    assert shape(outcome) == {
        "Region": None, "North City": "Region", "South": "North City", "Works": "Region", "Streets": "Works",
    }  # fmt: skip
    notes = {node.name: node.notes for node in outcome.after.values() if node.notes}
    assert notes == {
        "Works": ("new", "takes in Parks"), "Streets": ("was in Parks",), "North City": ("was called North",),
        "South": ("was in Region",),
    }  # fmt: skip
    assert outcome.before[4].notes == ("merges into Works",)
    assert outcome.before[3].notes == ("moves to North",)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([step(1, "move", 2, 5)], "stands below"),
        ([step(1, "move", 2, 2)], "to itself"),
        ([step(1, "merge", 2, 4)], "stands below"),
        ([step(1, "move", 4, 2)], "already"),
        ([step(1, "rename", 4, name="Parks")], "already"),
        ([step(1, "rename", 3, name="north")], "already"),
        ([step(1, "add", to=2, name="PARKS")], "already"),
        ([step(1, "close", 1, 2)], "top of the tree"),
        ([step(1, "close", 4)], "still belong"),
        ([step(1, "merge", 5, 3), step(2, "merge", 3, 2)], "takes in another"),
        ([step(1, "close", 4, 3), step(2, "move", 4, 1)], "does not exist"),
        ([step(1, "close", 3, 2), step(2, "move", 4, 3)], "does not exist"),
        ([step(1, "move", 3, 5), step(2, "move", 4, 3)], "stands below"),
    ],
)
def test_a_step_that_does_not_go_is_named_with_what_to_do_and_changes_nothing(steps, words):
    outcome = reshape(tree(), steps)
    assert list(outcome.troubles) == [steps[-1].number]
    trouble = outcome.troubles[steps[-1].number]
    assert words in trouble.message
    assert trouble.remedy
    assert outcome.after == reshape(tree(), steps[:-1]).after


def test_an_empty_unit_closes_without_an_heir_and_one_with_people_does_not():
    assert not reshape(tree(), [step(1, "close", 5)]).troubles
    assert reshape(tree(n5=True), [step(1, "close", 5)]).troubles


def test_a_move_that_is_recorded_for_later_stands_against_one_before_it():
    planned = tree()
    planned[4] = Node(4, "Parks", 2, moves=date(2030, 1, 1))
    assert "recorded already" in reshape(planned, [step(1, "move", 4, 3)]).troubles[1].message


steps_of_any_plan = st.lists(
    st.tuples(st.sampled_from(StepKind.values), st.sampled_from(list(NAMES)), st.sampled_from([None, *NAMES]),
              st.sampled_from(["North", "Parks", "Works"])), max_size=8,
)  # fmt: skip


@given(steps_of_any_plan)
def test_whatever_is_planned_the_tree_stays_a_tree_and_nobody_is_lost(drawn):
    steps = [
        step(
            number,
            kind,
            None if kind == "add" else of,
            None if kind == "rename" else to or (1 if kind != "close" else None),
            name=name,
        )
        for number, (kind, of, to, name) in enumerate(drawn, start=1)
    ]
    outcome = reshape(tree(n5=True), steps)
    after = outcome.after
    tops = [key for key, node in after.items() if node.parent is None]
    assert tops == [1]
    assert under(after, 1) == set(after), "everything hangs on the top: no circle, no loose end"
    assert any(node.busy for node in after.values()), "the people of Streets are somewhere"
    assert in_order(after)[0].key == 1
    assert all(set(above(after, key)) <= set(after) for key in after)
    siblings = [(node.parent, node.name.casefold()) for node in after.values()]
    changed_by_end = any(each.kind in {"merge", "close"} for each in steps)
    assert changed_by_end or len(siblings) == len(set(siblings))


def test_a_large_tree_is_shown_as_far_as_it_changes():
    large = tree() | {key: Node(key, f"Unit {key}", 3) for key in range(10, 90)}
    outcome = reshape(large, [step(1, "rename", 5, name="Roads")])
    assert {node.name for node in shortened(outcome.after, [5], 60).values()} == {"Region", "North", "Parks", "Roads"}
    assert len(shortened(tree(), [5], 60)) == 5
