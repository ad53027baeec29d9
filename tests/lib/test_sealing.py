"""What lies sealed opens where it was sealed, under a key that is known, and nowhere else."""

import base64

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from talkoo.lib.sealing import MARK, Column, Resealed, Unreadable, _key, _named

COLUMN = Column("test.row.secret", former="test former purpose")


@given(st.text(), st.integers(0))
def test_what_was_sealed_opens_in_its_row(text, row):
    assert COLUMN.unseal(COLUMN.seal(text, row), row) == text


def test_nothing_of_it_can_be_read_and_no_two_are_alike():
    one, two = COLUMN.seal("an open secret", 1), COLUMN.seal("an open secret", 1)
    assert one != two
    assert b"secret" not in base64.urlsafe_b64decode(one[len(MARK) :])


@pytest.mark.parametrize(
    ("column", "row"), [(COLUMN, 2), (COLUMN, "1 "), (Column("test.row.other"), 1), (Column("test.row"), "secret:1")]
)
def test_moved_to_another_place_it_does_not_open(column, row):
    sealed = COLUMN.seal("an open secret", 1)
    with pytest.raises(Unreadable):
        column.unseal(sealed, row)


def test_a_changed_byte_anywhere_closes_it():
    sealed = COLUMN.seal("an open secret", 1)
    raw = bytearray(base64.urlsafe_b64decode(sealed[len(MARK) :]))
    for place in range(len(raw)):
        raw[place] ^= 1
        with pytest.raises(Unreadable):
            COLUMN.unseal(MARK + base64.urlsafe_b64encode(bytes(raw)).decode(), 1)
        raw[place] ^= 1


@pytest.mark.parametrize(
    "sealed", ["", MARK, MARK + "A", MARK + "====", MARK + "AAAA", "gAAAA", "plain words", MARK + "ä"]
)
def test_what_was_never_sealed_is_unreadable(sealed):
    with pytest.raises(Unreadable):
        COLUMN.unseal(sealed, 1)


def test_a_former_key_opens_and_is_replaced(settings):
    sealed = COLUMN.seal("an open secret", 1)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of this installation"
    done = Resealed()
    fresh = done.take(COLUMN, sealed, 1)
    assert (done.anew, done.current, done.lost) == (1, 0, 0)
    assert done.take(COLUMN, fresh, 1) == fresh
    assert done.current == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert COLUMN.unseal(fresh, 1) == "an open secret"
    with pytest.raises(Unreadable):
        done.take(COLUMN, sealed, 1)
    assert done.lost == 1


def test_a_key_that_only_has_the_name_of_todays_is_not_taken_for_it(settings):
    sealed, today = COLUMN.seal("an open secret", 1), _named(_key(settings.SECRET_KEY, COLUMN.name))
    alike = next(name for name in map(str, range(5000)) if _named(_key(name, COLUMN.name)) == today)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], alike
    done = Resealed()
    assert done.take(COLUMN, sealed, 1) != sealed
    assert done.anew == 1


def test_what_release_0_1_0_sealed_opens_and_is_sealed_anew(settings):
    old = Fernet(base64.urlsafe_b64encode(_key(settings.SECRET_KEY, COLUMN.former))).encrypt(b"of before").decode()
    assert COLUMN.unseal(old, 1) == "of before"
    assert Resealed().take(COLUMN, old, 1).startswith(MARK)
    with pytest.raises(Unreadable):
        Column("test.row.secret").unseal(old, 1)
