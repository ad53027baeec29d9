"""What people write keeps the signs of its language, and loses those that nobody sees."""

import pytest

from talkoo.lib.plain import one_line, plain, says_something


def test_overrides_of_direction_and_invisible_signs_go_and_line_breaks_stay():
    assert plain("Yes\u202e or\u2066 no\u200b?\n\tThen\ue000 \ufeffgo\ud800") == "Yes or no?\n\tThen go"
    assert one_line("  Harbour \u2067 letters\n") == "Harbour letters"


@pytest.mark.parametrize("word", ["می\u200cخواهم", "क्\u200dष", "שלום\u200f!", "Ǆ", "a\u0301", "🙂"])
def test_joiners_and_marks_that_belong_to_a_language_stay(word):
    assert plain(word) == word


def test_something_is_said_by_a_letter_or_a_number_that_can_be_seen():
    assert says_something("？ 7")
    assert not any(map(says_something, ("", " ", "\u200d\u200c", "\u3164", "?!", "\u0301")))
