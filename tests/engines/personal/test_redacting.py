"""What is redacted is gone, what is not stays to the letter, and words of one's own are found whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.engines.personal import find, own_words, pieces, redacted

TEXT = "Please call Ms Virtanen, +358 40 123 4567, about case HR-2041 of the Quay Street house."
BLOCKS = {"name": "‹name›", "phone": "‹telephone›"}


def test_kinds_that_are_named_become_blocks_and_others_stay():
    assert redacted(TEXT, BLOCKS).startswith("Please call ‹name›, ‹telephone›, about case HR-2041")
    assert "Virtanen" in redacted(TEXT, {"phone": "‹telephone›"})
    assert redacted(TEXT, {}) == TEXT


@pytest.mark.parametrize(
    ("word", "left"),
    [
        ("HR-####", "case ‹x› of"),
        ("hr-*", "case ‹x› of"),
        ("quay  street", "the ‹x› house"),
        ("Quay*", "the ‹x› Street"),
        ("Qua**", "the ‹x› Street"),
    ],
)
def test_words_of_ones_own_are_found_whole_in_any_case(word, left):
    assert left in redacted(TEXT, {}, own_words([word]), "‹x›")


def test_a_part_of_a_word_is_no_word():
    assert redacted("a house, houses, warehouse", {}, own_words(["house"]), "‹x›") == "a ‹x›, houses, warehouse"


def test_ones_own_words_go_before_kinds_that_they_overlap():
    assert redacted(TEXT, BLOCKS, own_words(["Virtanen, +358 40"]), "‹x›").count("‹") == 1


@pytest.mark.parametrize("word", ["", "  ", "***", "-", "x" * 101, "*a", "H*R", "*a*a*b", "Quay* Street"])
def test_what_would_match_anything_or_try_many_ways_is_no_word(word):
    with pytest.raises(ValueError, match=r".*"):
        own_words([word])


@given(st.text(max_size=200), st.lists(st.sampled_from(["a", "b*", "#", "x y"]), max_size=3))
def test_pieces_make_up_the_text_and_nothing_found_is_left(text, words):
    blocks = {hit.kind.value: "" for hit in find(text)}
    made = pieces(text, blocks, own_words(words), "")
    assert "".join(part for part, _block in made) == text
    kept = "".join(part for part, block in made if block is None)
    assert kept == redacted(text, blocks, own_words(words))
