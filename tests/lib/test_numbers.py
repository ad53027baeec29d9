"""Numbers from forms: whatever is sent, a number comes out or none, never an error."""

import pytest

from talkoo.lib.numbers import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("17", 17), ("-3", -3), ("999999999", 999999999)])
def test_a_whole_number_is_read(text, number):
    assert whole(text) == number


@pytest.mark.parametrize(
    "text", ["", "-", "--5", "1_0", " 7", "+7", "1.0", "²", "9" * 10, "9" * 5000, "-" + "9" * 5000]
)
def test_anything_else_is_no_number(text):
    assert whole(text) is None
