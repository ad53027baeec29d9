"""The log as files that anybody can verify without us: entries, checkpoints, public keys and the verifier itself."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from talkoo.audit import outside, verify
from talkoo.audit.faults import LogFault
from talkoo.audit.keys import known_keys
from talkoo.audit.models import Leaf
from talkoo.engines.ledger import BadNote, Checkpoint, read_checkpoint

PORTION = 2_000
ABOUT = """The log of Talkoo, to be verified by anybody: python3 verify.py

events.jsonl  one entry a line: its number, what the tree holds of it, and its facts with their salt (null where erased)
checkpoints/  what was signed: how many entries there were, and the root of their tree
keys.pub      the public keys. Compare them with those you were given; what comes in this folder proves nothing by itself
verify.py     needs only Python 3.9 or newer. It takes checkpoints that you kept: --checkpoint FILE
"""


def line_of(leaf: Leaf) -> dict[str, Any]:
    """An entry as it leaves the house, with facts and salt unless they are erased."""
    event = leaf.event
    salt = None if event.salt is None else bytes(event.salt).hex()
    return {"n": leaf.position, "entry": event.entry(), "salt": salt, "payload": event.payload}


def lines() -> Iterator[str]:
    """All entries in order, in portions: a log of millions takes no more memory than one of thousands."""
    at = 0
    while True:
        found = list(Leaf.objects.filter(position__gte=at).order_by("position").select_related("event")[:PORTION])
        yield from (json.dumps(line_of(leaf), ensure_ascii=False, separators=(",", ":")) + "\n" for leaf in found)
        if len(found) < PORTION:
            return
        at = found[-1].position + 1


def export(folder: Path, *, every_checkpoint: bool) -> tuple[int, int]:
    """Write the export into a folder that is new or empty; how many entries and checkpoints.

    Checkpoints are those outside: of each day the last, and all of the last day. They are read before the entries, so
    that one which is longer than the log means what it says. Raises LogFault.
    """
    if folder.exists() and any(folder.iterdir()):
        raise LogFault(f"{folder} is not empty.", "Name a new folder: nothing is mixed with what is there.")
    folder.mkdir(parents=True, exist_ok=True)
    checkpoints = _checkpoints(folder / "checkpoints", every_checkpoint)
    entries = 0
    with (folder / "events.jsonl").open("w", encoding="utf-8") as file:
        for line in lines():
            file.write(line)
            entries += 1
    (folder / "keys.pub").write_text("".join(f"{key}\n" for key in known_keys()))
    (folder / "README.txt").write_text(ABOUT)
    shutil.copyfile(verify.__file__, folder / "verify.py")
    return entries, checkpoints


def _checkpoints(folder: Path, everyone: bool) -> int:
    folder.mkdir()
    found = list(_outside())
    last_day = found[-1][0].at[:10] if found else ""
    last = {point.at[:10]: point for point, _note in found}
    chosen = [(p, note) for p, note in found if everyone or p.at[:10] == last_day or last[p.at[:10]] is p]
    for point, note in chosen:
        (folder / f"{point.at[:10]}-{point.size:012}.txt").write_text(note)
    return len(chosen)


def _outside() -> Iterator[tuple[Checkpoint, str]]:
    for note in outside.every():
        try:
            yield read_checkpoint(note.rpartition("\n\n")[0] + "\n"), note
        except BadNote as error:
            raise LogFault(f"A file of TALKOO_AUDIT_CHECKPOINTS is no checkpoint: {error}.", "Look at it.") from None
