"""Numbers from forms: whatever is sent, a number comes out or none, never an error."""

import pytest

from talkoo.lib.numbers import decimal, whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("17", 17), ("-3", -3), ("999999999", 999999999)])
def test_a_whole_number_is_read(text, number):
    assert whole(text) == number


@pytest.mark.parametrize(
    "text", ["", "-", "--5", "1_0", " 7", "+7", "1.0", "²", "9" * 10, "9" * 5000, "-" + "9" * 5000]
)
def test_anything_else_is_no_number(text):
    assert whole(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("12.5", 12.5), ("12,50", 12.5), (" -0,25 ", -0.25), ("\u22127", -7), ("+3", 3)]
)
def test_a_decimal_is_read_with_a_point_or_a_comma(text, number):
    assert decimal(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ",5",
        "1 000",
        "1.000,5",
        "1,000.5",
        "1e999",
        "NaN",
        "inf",
        "0x10",
        "1_0",
        "²",
        "9" * 16,
        "9" * 5000,
    ],
)
def test_what_separates_thousands_or_is_no_plain_number_is_not_guessed_at(text):
    assert decimal(text) is None
