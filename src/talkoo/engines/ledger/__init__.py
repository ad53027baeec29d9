"""A log that outsiders can verify: a Merkle tree over events, proofs, signed checkpoints. Use it through this door.

>>> leaves = [leaf_hash(canonical({"n": number})) for number in range(5)]
>>> tree = Frontier().extended(leaves)
>>> tree.root == root_of(leaves)
True
>>> stored = {(0, position): value for position, value in enumerate(leaves)}
>>> proof = resolved(inclusion_path(3, 5), stored)
>>> includes(leaves[3], 3, 5, proof, tree.root)
True

Tree and proofs: RFC 6962 section 2.1 and RFC 9162 section 2.1. Checkpoints: C2SP tlog-checkpoint. Signatures: C2SP
signed-note with Ed25519 (RFC 8032).
"""

from talkoo.engines.ledger.canonical import NotCanonical, canonical, commitment
from talkoo.engines.ledger.checkpoint import Checkpoint, read_checkpoint
from talkoo.engines.ledger.note import BadKey, BadNote, Signer, VerifierKey, new_signer, opened, signed
from talkoo.engines.ledger.proofs import consistency_path, includes, inclusion_path, is_consistent
from talkoo.engines.ledger.tiles import Node, Run, edge, new_tiles, peaks, resolved, runs_needed
from talkoo.engines.ledger.tree import Frontier, Span, leaf_hash, node_hash, root_of

__all__ = [
    "BadKey",
    "BadNote",
    "Checkpoint",
    "Frontier",
    "Node",
    "NotCanonical",
    "Run",
    "Signer",
    "Span",
    "VerifierKey",
    "canonical",
    "commitment",
    "consistency_path",
    "edge",
    "includes",
    "inclusion_path",
    "is_consistent",
    "leaf_hash",
    "new_signer",
    "new_tiles",
    "node_hash",
    "opened",
    "peaks",
    "read_checkpoint",
    "resolved",
    "root_of",
    "runs_needed",
    "signed",
]
