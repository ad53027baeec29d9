"""What changed is told in whole words, and both texts can be read out of it again."""

from hypothesis import given
from hypothesis import strategies as st

from talkoo.lib.difference import difference

WORDS = st.lists(st.sampled_from(["choose", "one", "every", "topic", ",", " ", "  ", "\n", "it’s", "Ärger", "東"])).map(
    "".join
)


@given(WORDS, WORDS)
def test_both_texts_can_be_read_out_of_the_difference(before, after):
    pieces = difference(before, after)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == before
    assert "".join(piece.text for piece in pieces if piece.kind != "gone") == after
    assert all(piece.text for piece in pieces)


@given(WORDS)
def test_a_text_does_not_differ_from_itself(text):
    assert all(piece.kind == "same" for piece in difference(text, text))


def test_a_rewritten_sentence_is_one_change_and_not_confetti():
    pieces = difference("Take the red ones. Stop.", "Leave all blue tins. Stop.")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("gone", "Take the red ones"),
        ("new", "Leave all blue tins"),
        ("same", ". Stop."),
    ]


def test_words_stay_whole_with_their_apostrophes_and_hyphens():
    pieces = difference("It’s well-known", "It’s well-worn")
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("same", "It’s "),
        ("gone", "well-known"),
        ("new", "well-worn"),
    ]
