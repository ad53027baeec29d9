"""The tree and its proofs, held against another's tree, against the RFC's own definition, and against forgeries."""

import doctest
import os
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency

from talkoo.engines import ledger
from talkoo.engines.ledger import (
    Frontier,
    Span,
    consistency_path,
    edge,
    includes,
    inclusion_path,
    is_consistent,
    leaf_hash,
    new_tiles,
    node_hash,
    peaks,
    resolved,
    root_of,
    runs_needed,
)  # fmt: skip

MOST = 70
DATA = [f"entry {number}".encode() for number in range(MOST)]
LEAVES = [leaf_hash(data) for data in DATA]
KEPT = {(0, position): leaf for position, leaf in enumerate(LEAVES)}


def proof_of(index, size):
    return resolved(inclusion_path(index, size), KEPT)


def proof_between(old, new):
    return resolved(consistency_path(old, new), KEPT)


def test_the_example_in_the_docstring_runs():
    assert doctest.testmod(ledger).failed == 0


def test_the_empty_tree_and_one_entry_have_the_roots_of_the_standard():
    assert root_of([]) == Frontier().root == sha256(b"").digest()
    assert root_of(LEAVES[:1]) == sha256(b"\x00entry 0").digest()
    assert root_of(LEAVES[:3]) == node_hash(node_hash(LEAVES[0], LEAVES[1]), LEAVES[2])


def test_roots_and_proofs_are_those_of_pymerkle():
    other = InmemoryTree(algorithm="sha256")
    for size, data in enumerate(DATA, 1):
        other.append_entry(data)
        assert Frontier().extended(LEAVES[:size]).root == root_of(LEAVES[:size]) == other.get_root(size)
    for size in (1, 2, 3, 7, 8, 33, MOST):
        for index in range(size):
            assert sorted(proof_of(index, size)) == sorted(
                siblings(other.prove_inclusion(index + 1, size), LEAVES[index])
            )
        for old in range(1, size):
            assert is_consistent(old, size, other.get_root(old), other.get_root(size), proof_between(old, size))
            theirs = other.prove_consistency(old, size)
            verify_consistency(
                root_of(LEAVES[:old]), root_of(LEAVES[:size]), theirs, old, size
            )  # raises where they differ


def siblings(proof, leaf):
    """What is in a proof of pymerkle besides the entry itself."""
    path = [bytes.fromhex(each) for each in proof.serialize()["path"]]
    path.remove(leaf)
    return path


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 21, MOST])
def test_every_proof_holds_and_no_changed_one_does(size):
    root = root_of(LEAVES[:size])
    for index in range(size):
        proof = proof_of(index, size)
        assert includes(LEAVES[index], index, size, proof, root)
        assert not includes(LEAVES[index - 1], index, size, proof, root) or size == 1
        assert not includes(LEAVES[index], index, size, [*proof, root], root)
        for at in range(len(proof)):
            assert not includes(LEAVES[index], index, size, [*proof[:at], os.urandom(32), *proof[at + 1 :]], root)
            assert not includes(LEAVES[index], index, size, proof[:at] + proof[at + 1 :], root)
    for old in range(1, size + 1):
        before, proof = root_of(LEAVES[:old]), proof_between(old, size)
        assert is_consistent(old, size, before, root, proof)
        assert not is_consistent(old, size, os.urandom(32), root, proof)
        assert not is_consistent(old, size, before, os.urandom(32), proof)
        for at in range(len(proof)):
            assert not is_consistent(old, size, before, root, [*proof[:at], os.urandom(32), *proof[at + 1 :]])


def test_what_lies_outside_the_tree_has_no_proof():
    for index, size in ((5, 5), (-1, 5), (0, 0)):
        assert not includes(LEAVES[0], index, size, [], LEAVES[0])
        with pytest.raises(ValueError, match="is not in a tree"):
            inclusion_path(index, size)
    for old, new in ((0, 5), (6, 5)):
        assert not is_consistent(old, new, LEAVES[0], LEAVES[1], [LEAVES[0]])
        with pytest.raises(ValueError, match="no such proof"):
            consistency_path(old, new)


@given(st.integers(0, MOST), st.integers(0, MOST))
def test_a_frontier_may_be_extended_in_any_portions(first, second):
    first, second = min(first, second), max(first, second)
    begun = Frontier().extended(LEAVES[:first])
    assert begun.extended(LEAVES[first:second]) == Frontier().extended(LEAVES[:second])
    assert begun.peaks == tuple(resolved([Span(*bounds) for bounds in bounds_of(first)], KEPT))


def bounds_of(size):
    """The perfect subtrees of a tree, from the left."""
    return [(node.position << node.level, (node.position + 1) << node.level) for node in peaks(Span(0, size))]


def test_a_frontier_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="another number of peaks"):
        Frontier(3, (LEAVES[0],))


@pytest.mark.parametrize("portions", [[70_000], [256, 256, 1, 65_023, 300], [65_535, 1, 1, 513]])
def test_what_is_kept_of_a_large_tree_gives_every_root_and_few_of_it_are_read(portions):
    leaves = [sha256(number.to_bytes(4)).digest() for number in range(sum(portions))]
    kept, size = {}, 0
    for portion in portions:
        more = leaves[size : size + portion]
        here = {key: kept[key] for run in edge(size) for key in keys(run)}
        kept |= dict(new_tiles(size, more, here))
        kept |= {(0, size + offset): leaf for offset, leaf in enumerate(more)}
        size += portion
    assert {level for level, _position in kept} == {0, 8, 16}
    for spans in ([Span(0, size)], [Span(0, 65_535)], inclusion_path(40_000, size), consistency_path(300, size)):
        needed = {key for run in runs_needed(spans) for key in keys(run)}
        assert len(needed) < 1200
        found = resolved(spans, {key: kept[key] for key in needed})
        assert found == [root_of(leaves[span.start : span.end]) for span in spans]


def keys(run):
    return [(run.level, position) for position in range(run.first, run.end)]
