"""Shapes of personal data as several countries write them, and what only looks like them."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.engines.personal import Kind, accounts, find, finding, identity, masked, masking, names

MOST = re._constants.MAXREPEAT

FOUND = {
    Kind.EMAIL: ["Write to anna.berg@town.example today", "x_y+z@a-b.co.uk"],
    Kind.ACCOUNT: [
        "FI21 1234 5600 0007 85", "DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "NO93 8601 1117 947",
        "Pay to FR14 2004 1010 0505 0001 3M02 606, please",
    ],
    Kind.IDENTITY: [
        "HETU 131052-308T", "811218-9876", "19811218-9876", "CPR 070761-4285", "44051401359", "2 55 08 14 168 025 38",
        "12345678Z", "X1234567L", "RSSMRA85T10A562S", "AB 12 34 56 C", "1234567T", "756.9217.0769.85",
        "85.07.30-033.28", "BSN 111222333", "37605030299", "078-05-1120",
    ],
    Kind.PHONE: [
        "+358 40 123 4567", "0045 12 34 56 78", "Tel. 0401234567", "030 1234567", "(555) 123-4567", "06 12 34 56 78",
        "+44 (0)20 7946 0958", "puh 09 123 4567",
    ],
    Kind.ADDRESS: [
        "12 Harbour Road", "Hafenstraße 12", "Mannerheimintie 5 A", "Storgatan 7", "12 rue de la Paix", "Via Garibaldi 14",
        "Calle de Alcalá 45", "ulica Marszałkowska 10", "Kalverstraat 92", "Karl Johans gate 22",
    ],
    Kind.BIRTH: ["born 12.3.1970", "geb. 01.02.1960", "née le 3 mai 1955", "Date of birth: 1980-05-06", "født 1. mai 1990"],
    Kind.PLATE: ["ABC-123", "XYZ 12A", "AB12 CDE", "AB-123-CD", "B-MW 1234", "1234 BCD"],
    Kind.NAME: [
        "Ms Virtanen called", "Herr van der Berg", "My name is Aino Virtanen", "Kind regards,\nPetra Lund\n",
        "Jonas Lindqvist wrote", "LINDA BERG", "Name: Wei Zhang", "Lindqvist, Jonas", "Je m'appelle Zoé Martin",
    ],
}  # fmt: skip
INNOCENT = [
    "The Harbour Region has 5,000 letters on 12 topics.", "COVID-19, ISO 9001, EN 301 549 and section 12 of the act",
    "01-02-2024 10:20", "2024-05-06", "12 345 678 euros", "1500 GBP", "FI00 1234 5600 0007 85", "131052-308U",
    "Road traffic at 5 pm", "Dear Sir or Madam", "Kind regards", "12345678901234567890", "a @ b", "Version 1.2.3.4",
    "Trams run every 10 minutes, the bus at 07:30", "See page 12 of the plan", "100 200 300",
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in FOUND.items() for text in texts])
def test_a_shape_is_found_for_what_it_is(kind, text):
    assert kind in {hit.kind for hit in find(text)}, find(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_resembles_one_is_left_alone(text):
    assert find(text) == []


def test_a_wrong_check_digit_is_no_identity_number():
    for right, wrong in (("131052-308T", "131052-308U"), ("811218-9876", "811218-9875"), ("12345678Z", "12345678A")):
        assert [hit.kind for hit in find(right)] == [Kind.IDENTITY]
        assert Kind.IDENTITY not in {hit.kind for hit in find(wrong)}


def test_masking_keeps_the_shape_and_hides_the_rest():
    assert masked("Jonas Lindqvist") == "J•••• L••••••••"
    assert masked("+358 40 123 4567") == "+••• •• ••• ••67"
    assert masked("12") == "••"


@given(st.text(max_size=300))
def test_any_text_is_taken_and_no_place_is_named_twice(text):
    hits = find(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in hits)
    assert all(one.end <= two.start for one, two in itertools.pairwise(hits))
    assert all(len(masked(text[hit.start : hit.end])) == hit.end - hit.start for hit in hits)


@given(
    st.lists(
        st.sampled_from(["Aa", "born", "rue de", "+1", "0", "12", "@", "a.b", "-", " ", "(0)", "\n", "Mr", "AB1", "."])
    )
)
def test_pieces_of_shapes_in_any_order_are_taken(pieces):
    text = "".join(pieces)
    assert all(text[hit.start : hit.end].strip() for hit in find(text))


def repeats(pattern):
    """Every repetition in an expression, however deep: how often at most."""
    waiting = [re._parser.parse(pattern.pattern, pattern.flags)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, tuple) and part and str(part[0]) in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            yield part[1][1]
        if isinstance(part, tuple | list | re._parser.SubPattern):
            waiting += list(part)


@pytest.mark.parametrize("module", [accounts, finding, identity, masking, names])
def test_no_expression_repeats_without_a_bound(module):
    """So the work at one place of a text is bounded, and that on a text grows with its length and no faster."""
    values = [each for value in vars(module).values() for each in (value if isinstance(value, tuple) else (value,))]
    patterns = [getattr(value, "expression", value) for value in values]
    patterns = [pattern for pattern in patterns if isinstance(pattern, re.Pattern)]
    assert patterns
    assert [pattern.pattern for pattern in patterns if any(most is MOST for most in repeats(pattern))] == []


def test_the_count_of_repeats_sees_a_missing_bound():
    assert MOST in list(repeats(re.compile(r"(?:a|b{2,})c")))
    assert MOST not in list(repeats(re.compile(r"(?:a|b{2,9})c?")))
