"""Items with a known answer tell how far the probabilities of a batch may be trusted."""

import numpy as np
import pytest

from talkoo.access.permissions import Role
from talkoo.engines.consensus import published
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.aggregation import Control, Known, Row, Spoken
from talkoo.microtasks.aggregation.measuring import parties
from talkoo.microtasks.models import Model, Task
from talkoo.microtasks.task_types import task_type
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject

CONFIG = {"options": ["a", "b"]}


def crowd(tasks, *, misled, seed=1):
    """Rows and controls: five of 15 people at each item, right in 9 of 10, but on `misled` of the items all misread it."""
    rng, rows, controls = np.random.default_rng(seed), [], []
    for task in range(tasks):
        right = rng.integers(0, 2)
        seems = 1 - right if rng.random() < misled else right
        known = task % 3 == 0
        people = rng.choice(15, 15 if known else 5, replace=False)
        for person in people:
            value = "ab"[seems if rng.random() < 0.9 else 1 - seems]
            rows.append(Control(task, int(person), value, "ab"[right]) if known else Row(task, int(person), value, 0))
    controls = [row for row in rows if isinstance(row, Control)]
    return [row for row in rows if isinstance(row, Row)], controls


def test_an_item_that_everybody_answered_counts_as_several_items_of_the_usual_size():
    rows = [Row(task, person, "a", 0) for task in (1, 2, 3) for person in range(3)]
    controls = [Control(9, person, "a", "b") for person in range(8)] + [Control(12, 1, "b", "b")]
    found = parties(rows, controls)
    assert list(found.items) == [9, 9, 12]
    assert list(found.known) == ["b", "b", "b"]
    assert [row.task for row in found.rows] == [-1] * 3 + [-2] * 3 + [-3]
    assert len(parties(rows, [])) == 0


def test_where_people_share_their_errors_the_probabilities_become_modest_and_nothing_else_moves():
    aggregation, config = task_type("choice").aggregation, CONFIG
    rows, controls = crowd(300, misled=0.25)
    plain = aggregation.fit(config, rows, seed=1)
    measured = aggregation.fit(config, rows, seed=1, controls=controls)
    assert plain.known.temperature is None
    assert measured.known.temperature > 2
    assert list(measured.tasks) == list(plain.tasks)
    assert [len(column) for column in (measured.estimates, measured.probabilities, measured.differ)] == [200] * 3
    assert np.mean(measured.probabilities) < np.mean(plain.probabilities) - 0.05
    leads = [np.array(fitted.estimates)[:, 0].argmax(axis=1) for fitted in (plain, measured)]
    assert (leads[0] == leads[1]).mean() > 0.98
    assert measured.agreement == plain.agreement, "agreement is of the work alone"
    estimate, chance = np.array(measured.estimates[0]), measured.probabilities[0]
    assert published(estimate, np.array([5])).max() == pytest.approx(chance, abs=1e-4)
    spoken = [Spoken("a") for _ in range(3)]
    before, after = (aggregation.combine(config, spoken, known, 1) for known in (Known(), Known(temperature=5.0)))
    assert after.probability < before.probability
    assert after.inner.tolist() == before.inner.tolist(), "what is learnt of people stays as it was"


def test_where_people_err_each_for_themselves_the_usual_rule_stands():
    aggregation = task_type("choice").aggregation
    rows, controls = crowd(300, misled=0.02)
    assert aggregation.fit(CONFIG, rows, seed=1, controls=controls).known.temperature is None


@pytest.mark.django_db
def test_a_refit_keeps_what_known_answers_say_and_the_next_answers_are_combined_by_it():
    region = organisation("Region")
    owner = subject("Jonas", region, Role.TASK_OWNER)
    batch = open_batch(owner, region, tasks=46, adaptive=False, least=2, most=2, control_every=3)
    for number in range(1, 25):
        mark_known(by=owner, code=batch.code, number=number, value="b")
    batch.refresh_from_db()
    for name in ("Amina", "Rashid", "Mei"):
        by = subject(name, region)
        for _n in range(22):
            held = take(by, batch)
            wrong = held.task.state == "control" and held.task.number % 2
            send(by, held, "a" if wrong or held.task.state != "control" else "b")
            if name == "Mei":
                break
    assert refit_batch(batch) == "dawid-skene"
    model = Model.objects.get(batch=batch)
    assert model.accuracy is None, "fewer than five people"
    assert model.temperature is None, "too few known answers were met"
    Model.objects.filter(batch=batch).update(temperature=8.0)
    by = subject("Ines", region)
    held = take(by, batch)
    while held.task.state == "control":
        send(by, held)
        held = take(by, batch)
    assert Task.objects.get(pk=held.task_id).done <= 1
    send(by, held, "a")
    task = Task.objects.get(pk=held.task_id)
    assert task.probability < 0.9
