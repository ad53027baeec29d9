"""What must hold for numbers, open votes, long texts, ranks and shares, whatever people answer."""

import math
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talkoo.engines.consensus import (
    alike,
    bounds,
    chance_right,
    concordance,
    consensus_order,
    mean_shares,
    medoid,
    open_votes,
    plain,
    preferences,
    published,
    residual,
    rounded,
    sameness_alpha,
    signs,
    step_at,
    tau,
    vector_alpha,
    weight_of,
    weighted_mean,
    weighted_median,
)

numbers = st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 3)), min_size=1, max_size=9)
seeds = st.integers(0, 2**32 - 1)
orders = st.integers(2, 6).flatmap(lambda n: st.lists(st.permutations(list(range(n))), min_size=1, max_size=7))
shares = st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1, max_size=6)
votes = st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 0.95)), min_size=1, max_size=8)


def shuffled(rows, seed):
    return [rows[at] for at in np.random.default_rng(seed).permutation(len(rows))]


# Numbers


@given(values=numbers, seed=seeds)
def test_the_centre_does_not_depend_on_the_order_of_answers(values, seed):
    weights = [1 + at % 3 for at in range(len(values))]
    pairs = shuffled(list(zip(values, weights, strict=True)), seed)
    one = weighted_mean(values, weights, tolerance=5)
    other = weighted_mean([value for value, _w in pairs], [weight for _v, weight in pairs], tolerance=5)
    assert other.value == pytest.approx(one.value, abs=1e-6)
    assert other.probability == pytest.approx(one.probability, abs=1e-9)
    median = weighted_median([value for value, _w in pairs], [weight for _v, weight in pairs])
    assert median == pytest.approx(weighted_median(values, weights))


@given(values=numbers, shift=st.integers(-1000, 1000), scale=st.sampled_from([0.5, 2.0, 10.0]))
def test_shifted_and_scaled_numbers_give_a_shifted_and_scaled_centre_with_the_same_probability(values, shift, scale):
    ones = [1.0] * len(values)
    moved = [value * scale + shift for value in values]
    one, other = weighted_mean(values, ones, tolerance=7), weighted_mean(moved, ones, tolerance=7 * scale)
    assert other.value == pytest.approx(one.value * scale + shift, rel=1e-6, abs=1e-3)
    assert other.low == pytest.approx(one.low * scale + shift, rel=1e-6, abs=1e-3)
    assert other.probability == pytest.approx(one.probability, abs=1e-6)
    assert weighted_median(moved, ones) == pytest.approx(
        [end * scale + shift for end in weighted_median(values, ones)], rel=1e-9, abs=1e-6
    )


@given(values=numbers)
def test_the_centre_lies_among_the_answers_and_inside_its_interval(values):
    ones = [1.0] * len(values)
    mean = weighted_mean(values, ones, tolerance=1)
    assert min(values) - 1e-6 <= mean.value <= max(values) + 1e-6
    assert mean.low <= mean.value <= mean.high
    assert 0 <= mean.probability < 1
    median, low, high = weighted_median(values, ones)
    assert min(values) <= low <= median <= high <= max(values)


@given(value=st.integers(-1000, 1000), number=st.integers(1, 12))
def test_unanimous_numbers_are_the_result_and_more_of_them_are_surer(value, number):
    fewer, more = (weighted_mean([value] * n, [1] * n, tolerance=3) for n in (number, number + 1))
    assert fewer.value == pytest.approx(value)
    assert fewer.probability < more.probability < 1
    assert more.high - more.low < fewer.high - fewer.low


@given(values=numbers, tolerance=st.floats(0.1, 100))
def test_a_wider_tolerance_is_never_less_certain(values, tolerance):
    ones = [1.0] * len(values)
    tight, loose = (
        weighted_mean(values, ones, tolerance=one, variance=25.0).probability for one in (tolerance, 2 * tolerance)
    )
    assert loose >= tight - 1e-12


def test_two_equal_numbers_of_strangers_are_no_certainty_and_three_are():
    assert [weighted_mean([7] * n, [1] * n, tolerance=2).probability >= 0.9 for n in (2, 3, 4)] == [False, False, True]


def test_one_misreading_moves_the_mean_and_leaves_the_median():
    given_numbers, ones = [1250, 1250, 1250, 12500], [1, 1, 1, 1]
    assert weighted_median(given_numbers, ones)[0] == 1250
    assert weighted_mean(given_numbers, ones, tolerance=1).value > 4000


@pytest.mark.parametrize(
    ("values", "weights", "tolerance"), [([], [], 1), ([1], [1, 1], 1), ([1], [0], 1), ([1], [1], 0)]
)
def test_what_is_no_set_of_numbers_is_refused(values, weights, tolerance):
    with pytest.raises(ValueError, match="give values"):
        weighted_mean(values, weights, tolerance=tolerance)


@given(values=st.lists(st.floats(-100, 100), min_size=2, max_size=8))
def test_residuals_sum_to_the_unbiased_variance(values):
    total = sum(residual(value, values) for value in values)
    assert total / len(values) == pytest.approx(np.var(values, ddof=1), abs=1e-6)


@given(answers=st.integers(0, 200), squares=st.floats(0, 1e6), pool=st.tuples(st.integers(1, 500), st.floats(0.1, 1e6)))
def test_nobody_weighs_more_than_four_times_or_less_than_a_quarter_of_everybody(answers, squares, pool):
    assert 0.25 <= weight_of(answers, squares, pool) <= 4


# Open votes


@given(rows=votes, seed=seeds)
def test_votes_do_not_depend_on_their_order_and_sum_to_one(rows, seed):
    one, other = open_votes(rows), open_votes(shuffled(rows, seed))
    assert np.allclose(one, other)
    assert one.sum() == pytest.approx(1)


@given(rows=votes, seed=seeds)
def test_renaming_candidates_renames_their_probabilities(rows, seed):
    rows = [*rows, *((candidate, 0.5) for candidate in range(4))]
    names = np.random.default_rng(seed).permutation(4)
    other = open_votes([(int(names[candidate]), chance) for candidate, chance in rows])
    assert np.allclose(other[:-1][names], open_votes(rows)[:-1])


@given(number=st.integers(1, 9), chance=st.floats(0.5, 0.95))
def test_unanimity_wins_grows_and_never_becomes_certain(number, chance):
    fewer, more = (published(open_votes([(0, chance)] * n), n)[0] for n in (number, number + 1))
    assert fewer < more < 1


def test_one_answer_alone_leaves_mass_for_what_nobody_wrote_and_two_do_not_close_a_task():
    alone = open_votes([(0, 0.75)])
    assert alone[-1] >= 0.2
    assert [bool(published(open_votes([(0, 0.75)] * n), n)[0] >= 0.9) for n in (2, 3)] == [False, True]


@given(right=st.floats(0, 1000), wrong=st.floats(0, 1000))
def test_a_chance_of_being_right_stays_between_the_ends_and_grows_with_what_was_right(right, wrong):
    assert 0.05 <= chance_right(right, wrong) <= chance_right(right + 1, wrong) <= 0.995


def test_votes_that_are_none_are_refused():
    with pytest.raises(ValueError, match="no votes"):
        open_votes([])
    with pytest.raises(ValueError, match="between 0 and 1"):
        open_votes([(0, 1.0)])


# Texts

words = st.text(min_size=1, max_size=40)


@given(one=words, other=words)
def test_likeness_is_mutual_and_whole_only_for_the_same_runs(one, other):
    assert alike(one, other) == alike(other, one)
    assert 0 <= alike(one, other) <= 1
    assert alike(one, one) == 1


@given(text=words)
def test_case_spaces_and_unicode_forms_tell_nothing_apart(text):
    assert plain(plain(text)) == plain(text)
    assert plain(f"  {text} \n") == plain(text)


@given(texts=st.lists(words, min_size=1, max_size=6), seed=seeds)
def test_the_medoid_is_the_same_text_in_any_order(texts, seed):
    moved = shuffled(texts, seed)
    one, other = (medoid(rows, [1] * len(rows), enough=0.9)[0] for rows in (texts, moved))
    assert texts[one] == moved[other]


@given(text=words, number=st.integers(1, 5))
def test_equal_texts_all_count_as_the_same(text, number):
    assert medoid([text] * number, [1] * number, enough=1)[1] == [True] * number


# Ranks


@given(rows=orders, seed=seeds)
def test_the_consensus_does_not_depend_on_the_order_of_people(rows, seed):
    moved = shuffled(rows, seed)
    assert consensus_order(preferences(rows, [1] * len(rows))) == consensus_order(preferences(moved, [1] * len(rows)))


@settings(max_examples=60)
@given(rows=orders)
def test_no_order_is_contradicted_less_than_the_consensus(rows):
    before = preferences(rows, [1] * len(rows))

    def against(order):
        return sum(before[later, first] for at, first in enumerate(order) for later in order[at + 1 :])

    best = min(against(order) for order in permutations(range(len(before))))
    assert against(consensus_order(before)) == pytest.approx(best)


@given(rows=orders, seed=seeds)
def test_renaming_options_renames_the_consensus_unless_several_are_as_good(rows, seed):
    options = len(rows[0])
    names = np.random.default_rng(seed).permutation(options)
    nudge = 1e-6 * np.random.default_rng(7).random((options, options))
    nudge -= nudge.T
    before = preferences(rows, [1] * len(rows)) + nudge
    renamed = np.empty_like(before)
    renamed[np.ix_(names, names)] = before
    assert [int(names[option]) for option in consensus_order(before)] == consensus_order(renamed)


@given(order=st.permutations(list(range(11))), number=st.integers(1, 5))
def test_a_unanimous_order_is_the_consensus_also_where_it_is_found_step_by_step(order, number):
    assert consensus_order(preferences([order] * number, [1] * number)) == list(order)


@given(order=st.permutations(list(range(6))), other=st.permutations(list(range(6))))
def test_tau_counts_the_pairs_that_two_orders_put_otherwise(order, other):
    apart = int((signs(order) != signs(other)).sum())
    assert tau(order, other) == pytest.approx(1 - 2 * apart / 15)
    assert tau(order, order[::-1]) == -1


@given(rows=orders)
def test_concordance_lies_between_none_and_full(rows):
    assert -1e-9 <= concordance(rows) <= 1 + 1e-9
    assert concordance([rows[0]] * 3) == pytest.approx(1)


def test_orders_that_are_none_are_refused():
    for rows in ([], [[0, 0]], [[0, 1], [0, 1, 2]], [[1, 2]]):
        with pytest.raises(ValueError, match=r"ranking|order"):
            preferences(rows, [1] * len(rows))


# Shares


@given(rows=shares, seed=seeds)
def test_shares_sum_to_the_total_in_any_order_of_people_and_options(rows, seed):
    given_rows = [[*row[:2], 150 - sum(row[:2])] for row in rows]
    ones = [1.0] * len(rows)
    found = mean_shares(given_rows, ones, total=150, tolerance=5)
    assert sum(one.value for one in found) == pytest.approx(150)
    names = np.random.default_rng(seed).permutation(3)
    moved = mean_shares([[row[at] for at in names] for row in shuffled(given_rows, seed)], ones, total=150, tolerance=5)
    assert [one.value for one in moved] == pytest.approx([found[at].value for at in names])
    assert all(0 <= one.low <= one.value + 1e-9 and one.value <= one.high + 1e-9 <= 150 + 1e-6 for one in found)


@given(rows=st.lists(st.floats(0, 100), min_size=1, max_size=12), total=st.integers(1, 1000))
def test_rounding_keeps_the_sum_and_moves_no_share_by_a_whole_point(rows, total):
    size = sum(rows)
    exact = [row / size * total for row in rows] if size else [total / len(rows)] * len(rows)
    whole = rounded(exact, total)
    assert sum(whole) == total
    assert all(abs(one - other) < 1 + 1e-6 for one, other in zip(whole, exact, strict=True))


def test_a_row_that_shares_out_another_sum_is_refused():
    with pytest.raises(ValueError, match="share out"):
        mean_shares([[50, 40]], [1], total=100, tolerance=5)


# Agreement


@settings(max_examples=40)
@given(seed=seeds)
def test_alpha_of_values_is_the_alpha_of_classes_where_both_are_defined(seed):
    from talkoo.engines.consensus import Answers, krippendorff_alpha

    rng = np.random.default_rng(seed)
    task, worker, label = np.repeat(np.arange(12), 3), np.tile(np.arange(3), 12), rng.integers(0, 4, 36)
    classes = Answers(task, worker, label, n_tasks=12, n_workers=3, n_classes=4)
    nominal, interval = (krippendorff_alpha(classes, metric, rng=rng).alpha for metric in ("nominal", "interval"))
    same, near = sameness_alpha(task, label.tolist(), rng=rng), vector_alpha(task, label.astype(float), rng=rng)
    assert same.alpha == (None if nominal is None else pytest.approx(nominal))
    assert near.alpha == (None if interval is None else pytest.approx(interval))
    if near.alpha is not None:
        assert near.low <= near.alpha <= near.high


@given(shift=st.floats(-1e3, 1e3), scale=st.floats(0.1, 100))
def test_alpha_does_not_mind_units(shift, scale):
    rng, values = np.random.default_rng(1), np.random.default_rng(2).normal(size=30)
    task = np.repeat(np.arange(10), 3)
    one, other = (vector_alpha(task, rows, rng=rng).alpha for rows in (values, values * scale + shift))
    assert other == pytest.approx(one, abs=1e-6)


def test_without_a_second_answer_or_any_difference_there_is_no_alpha():
    rng = np.random.default_rng(0)
    assert vector_alpha([0, 1, 2], [1.0, 2.0, 3.0], rng=rng).alpha is None
    assert vector_alpha([0, 0, 1, 1], [4.0] * 4, rng=rng).alpha is None
    assert sameness_alpha([0, 1], ["a", "b"], rng=rng).alpha is None
    assert math.isclose(sameness_alpha([0, 0, 1, 1, 2], ["a", "b", "a", "b", "c"], rng=rng).alpha, -0.5)


# Certainty


@given(chance=st.floats(0, 1), answers=st.integers(1, 50))
def test_the_interval_of_a_probability_holds_it_and_narrows(chance, answers):
    low, high = bounds(chance, answers)
    assert 0 <= low <= chance <= high <= 1
    more = bounds(chance, answers * 4)
    assert more[1] - more[0] <= high - low + 1e-9


def test_the_rule_for_a_published_probability_is_that_for_classes():
    rule = {"answers": 3, "active": 0, "least": 2, "most": 5, "target": 0.9}
    assert [type(step_at(chance, **rule)).__name__ for chance in (0.95, 0.6)] == ["Close", "AskMore"]
    assert type(step_at(0.6, **{**rule, "answers": 5})).__name__ == "Review"
