"""What the verifier of an export finds, run as others run it: a process of its own, with Python and nothing else."""

import ast
import base64
import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from talkoo.audit import actions as audit
from talkoo.audit import outside, verify
from talkoo.audit.actions.erasing import erase_person_payloads
from talkoo.audit.actions.sequencing import sequence_all
from talkoo.audit.actions.signing import begin_key, sign
from talkoo.audit.exporting import export
from talkoo.engines.ledger import Checkpoint, Frontier, leaf_hash, new_signer, signed
from tests.people import erased_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 9, tzinfo=UTC)
RFC_8032 = [  # section 7.1: secret, public, message, signature
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.fixture
def log(house):
    """An export of a log with three checkpoints on two days, and what it was made from."""
    key = begin_key(name="talkoo.test/audit", renew=False)
    for day in range(3):
        for number in range(4):
            audit.record(by=None, action="test.done", on=("thing", str(number)), day=day)
        sequence_all()
        sign(now=NOW + timedelta(hours=15 * day))
    folder = house / "log"
    export(folder, every_checkpoint=True)
    return Log(folder, key)


class Log:
    def __init__(self, folder, key):
        self.folder, self.key = folder, key

    def lines(self):
        return (self.folder / "events.jsonl").read_text().splitlines()

    def write(self, lines):
        (self.folder / "events.jsonl").write_text("".join(f"{line}\n" for line in lines))

    def points(self):
        return sorted((self.folder / "checkpoints").iterdir())

    def verify(self, *words):
        return run(str(self.folder), "--key", str(self.key.key), *words)


def run(*words):
    """The verifier without our packages: -I leaves out everything but Python's own."""
    script = Path(words[0], "verify.py") if Path(words[0]).is_dir() else Path(verify.__file__)
    return subprocess.run(
        [sys.executable, "-I", str(script), *words], capture_output=True, text=True, timeout=60, check=False
    )


def faults(done):
    assert done.returncode == 1, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if line.startswith("FAULT")]


def test_a_log_that_nobody_touched_is_good(log):
    done = log.verify("--all")
    assert (done.returncode, done.stderr) == (0, "")
    assert "13 entries, facts of 0 erased; 3 checkpoints, 3 signatures verified." in done.stdout
    assert "Nothing was found" in done.stdout


def test_it_may_be_verified_where_it_lies_with_the_key_that_came_along_and_a_word_of_warning(log):
    done = subprocess.run(
        [sys.executable, "-I", str(log.folder / "verify.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "Compare it with the one you were given" in done.stdout


def test_the_verifier_needs_only_python():
    tree = ast.parse(Path(verify.__file__).read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_newer_entries_than_the_last_checkpoint_are_named_as_such(log):
    log.points()[-1].unlink()
    assert "The last 4 entries are newer than every checkpoint" in log.verify().stdout


def test_a_changed_entry_is_found_and_the_stretch_is_named(log):
    lines = log.lines()
    lines[6] = lines[6].replace('"thing"', '"other"')
    log.write(lines)
    found = faults(log.verify())
    assert "Something from entry 5 to 8 was changed" in found[0]


def test_changed_facts_are_found_to_the_entry(log):
    lines = log.lines()
    lines[6] = lines[6].replace('\\"day\\": 1', '\\"day\\": 2')
    log.write(lines)
    assert faults(log.verify()) == ["FAULT  Entry 6: its facts are not those that were written."]


def test_facts_taken_away_without_an_entry_that_says_so_are_found(log):
    lines = log.lines()
    event = json.loads(lines[6])
    log.write([*lines[:6], json.dumps(event | {"salt": None, "payload": None}), *lines[7:]])
    assert faults(log.verify()) == ["FAULT  Facts are missing, and no entry says that they were erased: entries 6."]
    log.write([*lines[:6], json.dumps(event | {"salt": None}), *lines[7:]])
    assert "in part only" in faults(log.verify())[0]


def test_a_log_that_was_cut_off_is_found(log):
    log.write(log.lines()[:-2])
    assert (
        "13 entries were signed at 2026-11-29T15:00:00Z, 11 are here. The end was cut off." in faults(log.verify())[0]
    )


@pytest.mark.parametrize("numbered_anew", [False, True])
def test_a_dropped_entry_is_found_even_where_the_rest_was_numbered_anew(log, numbered_anew):
    lines = log.lines()
    del lines[3]
    log.write(renumbered(lines) if numbered_anew else lines)
    found = faults(log.verify())
    assert any("0 to 4 was changed, removed" in fault for fault in found)
    assert any("After entry 2 stands entry 4" in fault for fault in found) is not numbered_anew


@pytest.mark.parametrize("numbered_anew", [False, True])
def test_entries_in_another_order_are_found(log, numbered_anew):
    lines = log.lines()
    lines[6], lines[7] = lines[7], lines[6]
    log.write(renumbered(lines) if numbered_anew else lines)
    assert any("5 to 8 was changed, removed, added or moved" in fault for fault in faults(log.verify()))


def renumbered(lines):
    return [json.dumps(json.loads(line) | {"n": number}) for number, line in enumerate(lines)]


def test_a_fork_is_found_by_the_checkpoint_that_somebody_kept(log, tmp_path):
    """Whoever has database and key rewrites an entry and signs all of it anew: within the export all is well."""
    kept = shutil.copy(log.points()[1], tmp_path / "kept.txt")
    lines = log.lines()
    lines[6] = lines[6].replace('"thing"', '"other"')
    log.write(lines)
    tree = Frontier().extended(leaf_hash(verify.canonical(json.loads(line)["entry"])) for line in lines)
    for place in log.points():
        place.unlink()
    again = Checkpoint("talkoo.test/audit", 13, tree.root, "2026-11-29T15:00:00Z")
    (log.folder / "checkpoints" / "again.txt").write_text(signed(again.text(), log.key))
    assert log.verify().returncode == 0
    assert "Something from entry 0 to 8 was changed" in faults(log.verify("--checkpoint", str(kept)))[0]


def test_two_checkpoints_of_the_same_length_are_named_a_fork(log, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_text(signed(Checkpoint("talkoo.test/audit", 13, bytes(32), "2026-11-29T15:00:00Z").text(), log.key))
    assert any(
        "Two pasts were signed: the log was forked." in fault for fault in faults(log.verify("--checkpoint", str(kept)))
    )


def test_a_checkpoint_by_another_key_is_found(log):
    forger = new_signer("talkoo.test/audit", bytes(32))
    text = log.points()[-1].read_text().rpartition("\n\n")[0] + "\n"
    log.points()[-1].write_text(signed(text, forger))
    assert "its signature is not by a key of talkoo.test/audit" in faults(log.verify())[0]


def test_an_earlier_forged_checkpoint_is_found_when_all_are_asked_for(log):
    forger = new_signer("talkoo.test/audit", bytes(32))
    text = log.points()[1].read_text().rpartition("\n\n")[0] + "\n"
    log.points()[1].write_text(signed(text, forger))
    assert len(faults(log.verify("--all"))) == 1


def test_a_log_without_checkpoints_proves_nothing(log):
    shutil.rmtree(log.folder / "checkpoints")
    assert "nothing was ever signed" in faults(log.verify())[0]


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"n": 0, "entry": [], "salt": "zz", "payload": ""}', "[" * 5000])
def test_what_is_no_log_is_told_from_a_log_that_is_wrong(log, line):
    log.write([line])
    done = log.verify()
    assert (done.returncode, done.stderr) == (2, "It cannot be verified: line 1 of events.jsonl is no entry\n")


def test_erased_facts_leave_a_log_that_is_good(log, house):
    erased_person()
    for role in ("auditor", "coordinator"):
        audit.record(by=None, action="people.membership.granted", on=("person", "katta234"), role=role)
    erase_person_payloads(by=None, code="katta234")
    sequence_all()
    sign(now=NOW + timedelta(days=3))
    export(house / "after", every_checkpoint=False)
    done = Log(house / "after", log.key).verify("--checkpoint", str(log.points()[-1]))
    assert done.returncode == 0, done.stdout
    assert "17 entries, facts of 2 erased" in done.stdout
    assert '"salt":null,"payload":null' in (house / "after/events.jsonl").read_text().splitlines()[14]


def test_what_was_signed_under_the_key_before_is_still_good(log, house):
    begin_key(name="talkoo.test/audit", renew=True)
    sequence_all()
    sign(now=NOW + timedelta(days=3))
    export(house / "after", every_checkpoint=True)
    done = run(str(house / "after"), "--all")
    assert done.returncode == 0, done.stdout
    assert "4 checkpoints, 4 signatures" in done.stdout


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_signatures_of_the_standard_are_good_and_no_changed_one_is(secret, public, message, signature):
    public, message, signature = (bytes.fromhex(each) for each in (public, message, signature))
    assert Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).sign(message) == signature
    assert verify.has_signed(public, message, signature)
    assert not verify.has_signed(public, message + b"x", signature)
    for at in (0, 31, 32, 63):
        assert not verify.has_signed(public, message, signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :])
        assert not verify.has_signed(
            public[: at % 32] + bytes([public[at % 32] ^ 4]) + public[at % 32 + 1 :], message, signature
        )


def test_a_signature_is_written_in_one_way_only():
    public, message, signature = (bytes.fromhex(each) for each in RFC_8032[1][1:])
    larger = int.from_bytes(signature[32:], "little") + verify.ORDER
    assert not verify.has_signed(public, message, signature[:32] + larger.to_bytes(32, "little"))
    assert not verify.has_signed(public, message, signature[:-1])
    assert verify.point_of((verify.P + 1).to_bytes(32, "little")) is None


def test_the_newest_outside_is_the_last_that_was_signed(log):
    point, note = outside.newest()
    assert (point.size, note) == (13, log.points()[-1].read_text())
    assert base64.b64encode(point.root).decode() in note
