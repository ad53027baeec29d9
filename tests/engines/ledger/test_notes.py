"""Entries have one form, notes one signature, and what was changed on the way is not opened."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.engines.ledger import (
    BadKey,
    BadNote,
    Checkpoint,
    NotCanonical,
    Signer,
    VerifierKey,
    canonical,
    commitment,
    new_signer,
    opened,
    read_checkpoint,
    signed,
)  # fmt: skip

SIGNER = new_signer("talkoo.example.org/audit", bytes(range(32)))
STRANGER = new_signer("talkoo.example.org/audit", bytes(32))
POINT = Checkpoint("talkoo.example.org/audit", 12, bytes(32), "2026-11-28T09:00:00Z")
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"  # example of Go's x/mod/sumdb/note
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_an_entry_is_written_in_one_way():
    assert canonical({"b": "ä\n\x01", "a": None, "c": -3}) == '{"a":null,"b":"ä\\n\\u0001","c":-3}'.encode()


@pytest.mark.parametrize("value", [1.5, True, 2**53, [], {}, "\ud800", b"x"])
def test_what_could_be_written_in_two_ways_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical({"a": value})


@given(st.dictionaries(st.sampled_from("abcdef"), st.none() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()))
def test_an_entry_reads_back_and_its_order_does_not_matter(entry):
    try:
        written = canonical(entry)
    except NotCanonical:
        assert any(isinstance(value, str) and not value.isprintable() for value in entry.values())
        return
    assert json.loads(written) == entry
    assert canonical(dict(reversed(entry.items()))) == written


def test_a_commitment_binds_to_text_and_salt():
    assert commitment(b"a" * 16, "x") != commitment(b"b" * 16, "x") != commitment(b"b" * 16, "y")


def test_a_note_that_others_have_signed_is_opened():
    """The example in the documentation of the note package of Go, which the specification follows."""
    assert opened(GO_NOTE, [VerifierKey.read(GO_KEY)]).startswith("If you think")
    assert str(VerifierKey.read(GO_KEY)) == GO_KEY


def test_a_signed_checkpoint_reads_back():
    note = signed(POINT.text(), SIGNER)
    assert note.startswith("talkoo.example.org/audit\n12\nAAAA")
    assert read_checkpoint(opened(note, [STRANGER.key, SIGNER.key])) == POINT
    assert read_checkpoint("other.example\n0\n" + "A" * 43 + "=\nan extension\n") == Checkpoint(
        "other.example", 0, bytes(32)
    )


def test_signatures_of_strangers_are_passed_over_but_do_not_count():
    note = signed(POINT.text(), SIGNER)
    both = note + signed(POINT.text(), STRANGER).rpartition("\n\n")[2]
    assert opened(both, [SIGNER.key]) == POINT.text()
    with pytest.raises(BadNote, match="nobody whose key is known"):
        opened(note, [STRANGER.key])


def test_no_changed_note_is_opened():
    note = signed(POINT.text(), SIGNER)
    for at in range(len(note) - 1):
        with pytest.raises(BadNote):
            opened(note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1 :], [SIGNER.key])


@pytest.mark.parametrize("text", ["", "no signature\n", "a\n\nb", "a\n\n— x\n", "a\n\n— x !!\n", "a\n\n- x AAAAAAAA\n"])
def test_what_is_no_note_is_refused(text):
    with pytest.raises(BadNote):
        opened(text, [SIGNER.key])


@pytest.mark.parametrize(
    "text", ["", "a\n1\n", "a\nx\nAAAA\n", "a\n01\n" + "A" * 43 + "=\n", "\n1\n" + "A" * 43 + "=\n"]
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(BadNote, match="no checkpoint"):
        read_checkpoint(text)


@pytest.mark.parametrize("text", ["no line break", "a\tb\n"])
def test_what_cannot_be_told_from_something_else_is_not_signed(text):
    with pytest.raises(BadNote):
        signed(text, SIGNER)


def test_keys_read_back_and_a_secret_one_never_shows():
    assert Signer.read(SIGNER.line()) == SIGNER
    assert VerifierKey.read(f" {SIGNER.key}\n") == SIGNER.key
    assert base64.b64encode(SIGNER.seed).decode() not in repr(SIGNER)
    assert repr(SIGNER.seed) not in repr(SIGNER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a+b",
        "name+00000000+AAAA",
        "name+00000000+!",
        GO_KEY.replace("c74", "c75"),
        "two words+" + GO_KEY.partition("+")[2],
    ],
)
def test_what_is_no_key_is_refused_in_words(text):
    with pytest.raises(BadKey):
        VerifierKey.read(text)
    for line in (text, f"PRIVATE+KEY+{text}"):
        with pytest.raises(BadKey):
            Signer.read(line)
