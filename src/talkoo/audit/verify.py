"""Verify a log of Talkoo without Talkoo: this one file and Python 3.9 or newer, no network, nothing to install.

    python3 verify.py FOLDER [--key KEY] [--checkpoint FILE ...] [--origin NAME] [--all]
    python3 verify.py PROOF.json [--key KEY]

FOLDER is what `talkoo audit export` wrote. Give the public key and checkpoints that you keep yourself: what comes in the
folder was written by those whose log you look at. It finds entries that were changed, removed, added, moved or cut off,
pasts that were signed twice, forged signatures, and facts that are missing without an entry that says so.

Exit code: 0 nothing was found, 1 something was, 2 it could not be looked at.
Standards: RFC 6962 and RFC 9162 (tree), RFC 8032 (Ed25519), C2SP signed-note and tlog-checkpoint.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

Coordinates = tuple[int, int, int, int]
Keys = dict[tuple[str, bytes], bytes]
Entry = dict[str, Any]
ERASURE = "audit.payload.erased"

# --- Ed25519, verification only (RFC 8032, 5.1); points as (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z ---------------
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def plus(a: Coordinates, b: Coordinates) -> Coordinates:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, point: Coordinates) -> Coordinates:
    result = NEUTRAL
    while number:
        if number & 1:
            result = plus(result, point)
        point, number = plus(point, point), number >> 1
    return result


def same(a: Coordinates, b: Coordinates) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_of(data: bytes) -> Coordinates | None:
    """The point that 32 bytes encode; None where there is none."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or NEUTRAL


def has_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the key (32 bytes) has signed the message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return same(times(s, BASE), plus(r, times(h, key)))


# --- the tree (RFC 6962, 2.1; RFC 9162, 2.1.3.2 and 2.1.4.2) ---------------------------------------------------------
def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """Extended entry by entry; keeps one hash for each set bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        carry = self.size
        while carry & 1:
            leaf, carry = node_hash(self.peaks.pop(), leaf), carry >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        top = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            top = node_hash(peak, top)
        return top


def includes(leaf: bytes, index: int, size: int, proof: list[bytes], root: bytes) -> bool:
    if not 0 <= index < size:
        return False
    at, last, here = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            here = node_hash(sibling, here)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            here = node_hash(here, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and here == root


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]) -> bool:
    if old == new:
        return not proof and old_root == new_root
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not 0 < old < new or not hashes:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


# --- notes and checkpoints -------------------------------------------------------------------------------------------
class Broken(Exception):
    """It is not what it should be; the words say where."""


def read_key(line: str) -> tuple[tuple[str, bytes], bytes]:
    """(name, four bytes that tell keys apart) and the 32 bytes of the key, from name+hash+key."""
    try:
        name, key_hash, encoded = line.strip().split("+", 2)
        body = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise Broken("this is no public key: " + line[:60]) from None
    if len(body) != 33 or hashlib.sha256(name.encode() + b"\n" + body).hexdigest()[:8] != key_hash:
        raise Broken("this public key is damaged: " + line[:60])
    return (name, bytes.fromhex(key_hash)), body[1:]


class Point:
    """A checkpoint: which log, how many entries, their root, when it was signed, and whether that is so."""

    def __init__(self, note: str, place: str) -> None:
        text, found, lines = note.rpartition("\n\n")
        self.text, self.lines, self.place = text + "\n", lines.splitlines(), place
        parts = self.text.split("\n")
        try:
            self.origin, self.size, self.root = parts[0], int(parts[1]), base64.b64decode(parts[2], validate=True)
        except (IndexError, ValueError):
            raise Broken(f"{place} is no checkpoint") from None
        self.at = next((line[3:] for line in parts[3:] if line.startswith("at ")), "at a time that is not said")
        if not found or len(self.root) != 32 or self.size < 0:
            raise Broken(f"{place} is no checkpoint")

    def is_signed(self, keys: Keys) -> bool:
        """Whether one of the keys has signed it, in the name of the log itself."""
        for line in self.lines:
            mark, name, encoded = [*line.split(" "), "", "", ""][:3]
            try:
                body = base64.b64decode(encoded, validate=True)
            except ValueError:
                body = b""
            public = keys.get((name, body[:4]))
            if mark == "\u2014" and name == self.origin and public and has_signed(public, self.text.encode(), body[4:]):
                return True
        return False


# --- entries ---------------------------------------------------------------------------------------------------------
def canonical(entry: Entry) -> bytes:
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def fault_of_payload(entry: Entry, salt: str | None, payload: str | None) -> str:
    """What is wrong with the facts of an entry; empty where nothing is, or where they are erased."""
    if payload is None and salt is None:
        return ""
    if payload is None or salt is None:
        return "its facts are there in part only"
    if hashlib.sha256(bytes.fromhex(salt) + payload.encode()).hexdigest() != entry.get("payload"):
        return "its facts are not those that were written"
    return ""


class Reading:
    """What is learnt on one way through all entries: the tree, its roots, which facts are erased, and which say so."""

    def __init__(self, wanted: set[int], faults: list[str]) -> None:
        self.tree, self.wanted, self.faults = Tree(), wanted, faults
        self.roots = {0: self.tree.root()}
        self.erased: set[int] = set()
        self.declared: set[int] = set()
        self.next = 0

    def take(self, found: Entry) -> None:
        number, entry, payload = self.tree.size, found["entry"], found["payload"]
        if found["n"] != self.next:
            self.faults.append(f"After entry {self.next - 1} stands entry {found['n']}: entries were removed or moved.")
        self.next = int(found["n"]) + 1
        wrong = fault_of_payload(entry, found["salt"], payload)
        if wrong:
            self.faults.append(f"Entry {found['n']}: {wrong}.")
        if payload is None:
            self.erased.add(number)
        elif entry["action"] == ERASURE:
            self.declared.update(json.loads(payload)["entries"])
        self.tree.add(leaf_hash(canonical(entry)))
        if self.tree.size in self.wanted:
            self.roots[self.tree.size] = self.tree.root()

    def missing(self) -> list[int]:
        """Entries whose facts were taken away without an entry that says so."""
        return sorted(self.erased - self.declared)


def read_events(place: Path, wanted: set[int], faults: list[str]) -> Reading:
    reading = Reading(wanted, faults)
    with place.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            try:
                reading.take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                raise Broken(f"line {number + 1} of {place.name} is no entry") from None
    missing = reading.missing()
    if missing:
        some = ", ".join(map(str, missing[:10])) + (" and more" if len(missing) > 10 else "")
        faults.append(f"Facts are missing, and no entry says that they were erased: entries {some}.")
    return reading


# --- what is asked ---------------------------------------------------------------------------------------------------
def verify_folder(folder: Path, options: argparse.Namespace, keys: Keys, faults: list[str]) -> None:
    found = [place for place in sorted(folder.glob("checkpoints/**/*")) if place.is_file()]
    given = [point for point in map(read_point, options.checkpoint) if options.origin in ("", point.origin)]
    points = given + [point for point in map(read_point, found) if options.origin in ("", point.origin)]
    if not points:
        faults.append("There is no checkpoint: nothing was ever signed, so anything may have been changed.")
    checked = check_signatures(points, len(given), keys, faults, options.all)
    reading = read_events(folder / "events.jsonl", {point.size for point in points}, faults)
    check_roots(points, reading, faults)
    size, erased, last = reading.tree.size, len(reading.erased), max((point.size for point in points), default=0)
    print(
        f"{size:,} entries, facts of {erased:,} erased; {len(points):,} checkpoints, {checked:,} signatures verified."
    )
    if size > last:
        print(f"The last {size - last:,} entries are newer than every checkpoint: nothing speaks for them yet.")


def read_point(place: Path) -> Point:
    return Point(place.read_text(encoding="utf-8"), str(place))


def check_signatures(points: list[Point], given: int, keys: Keys, faults: list[str], everyone: bool) -> int:
    """Of each day the last, all that were given, or all: each takes some thousandths of a second."""
    last_of_day = {point.at[:10]: point for point in sorted(points[given:], key=lambda point: point.size)}
    chosen = points if everyone else [*points[:given], *last_of_day.values()]
    strange = [point for point in chosen if not point.is_signed(keys)]
    faults += [f"{point.place}: its signature is not by a key of {point.origin}." for point in strange]
    return len(chosen)


def check_roots(points: list[Point], reading: Reading, faults: list[str]) -> None:
    """Each checkpoint must be the root of the entries as they stand here; the first that is not says where to look."""
    good, size = 0, reading.tree.size
    seen: dict[tuple[str, int], Point] = {}
    for point in sorted(points, key=lambda point: point.size):
        fault, when = "", f"{point.size} entries were signed at {point.at}"
        twin = seen.setdefault((point.origin, point.size), point)
        if twin.root != point.root:
            fault = f"{twin.place} has another root for as many entries. Two pasts were signed: the log was forked."
        elif point.size > size:
            fault = f"{when}, {size} are here. The end was cut off."
        elif reading.roots[point.size] != point.root:
            fault = (
                f"{when}. Something from entry {good} to {point.size - 1} was changed, removed, added or moved since."
            )
        faults += [f"{point.place}: {fault}"] if fault else []
        good = good if fault else point.size


def verify_proof(place: Path, keys: Keys, faults: list[str]) -> None:
    """One entry in a log, or a log that begins with an earlier one."""
    found = json.loads(place.read_text(encoding="utf-8"))
    proof = [bytes.fromhex(each) for each in found["proof"]]
    point = Point(found["checkpoint"], "its checkpoint")
    if not point.is_signed(keys):
        faults.append(f"The checkpoint is not signed by a key of {point.origin}.")
    if "earlier" in found:
        old = Point(found["earlier"], "the earlier checkpoint")
        if not old.is_signed(keys) or old.origin != point.origin:
            faults.append("The earlier checkpoint is not signed by the same log.")
        if not is_consistent(old.size, point.size, old.root, point.root, proof):
            faults.append(f"The log of {point.size} entries does not begin with the one of {old.size}.")
        print(
            f"{point.origin}: the {old.size:,} entries signed at {old.at} begin the {point.size:,} signed at {point.at}."
        )
        return
    wrong = fault_of_payload(found["entry"], found["salt"], found["payload"])
    if wrong:
        faults.append(f"The entry: {wrong}.")
    if not includes(leaf_hash(canonical(found["entry"])), found["index"], point.size, proof, point.root):
        faults.append("The entry is not in the log that was signed.")
    print(f"{point.origin}: entry {found['index']:,} of {point.size:,} signed at {point.at}.")
    print(json.dumps(found["entry"], ensure_ascii=False))


def trusted(options: argparse.Namespace) -> Keys:
    """The keys to believe: those given, else those that came along, with a word of warning."""
    lines = options.key
    if not lines and options.what.is_dir():
        lines = (options.what / "keys.pub").read_text(encoding="utf-8").split()
    elif not lines:
        lines = [json.loads(options.what.read_text(encoding="utf-8"))["key"]]
    if not options.key:
        print("The key came with the log. Compare it with the one you were given, or give that one by --key:")
        print("\n".join(f"  {line}" for line in lines))
    return dict(read_key(line) for line in lines)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Verify a log of Talkoo without Talkoo.")
    here = Path(__file__).resolve().parent
    parser.add_argument("what", nargs="?", type=Path, default=here, help="an export, or a proof; default: this folder")
    parser.add_argument("--key", action="append", default=[], help="a public key that you trust; repeat for several")
    parser.add_argument("--checkpoint", action="append", default=[], type=Path, help="one that you kept; repeat")
    parser.add_argument("--origin", default="", help="look only at checkpoints of the log of this name")
    parser.add_argument("--all", action="store_true", help="verify every signature, not the last of each day")
    return parser


def main(words: list[str] | None = None) -> int:
    options = arguments().parse_args(words)
    faults: list[str] = []
    try:
        keys = trusted(options)
        if options.what.is_dir():
            verify_folder(options.what, options, keys, faults)
        else:
            verify_proof(options.what, keys, faults)
    except (Broken, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        print(f"It cannot be verified: {error}", file=sys.stderr)
        return 2
    for fault in faults:
        print(f"FAULT  {fault}")
    print(
        f"{len(faults)} faults. Do not trust this log." if faults else "Nothing was found: the log is as it was signed."
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
