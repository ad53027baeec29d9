"""`talkoo audit key|checkpoint|verify|export`: the key of the log, and its proof for those outside."""

import argparse
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

WORDS = {"key": "make the key that signs the log", "checkpoint": "number and sign what there is, and print it",
         "verify": "verify the whole log against what was signed", "export": "write the log for verification elsewhere"}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(dest="what", required=True, metavar="|".join(WORDS))
    made = {name: parts.add_parser(name, help=words, description=words) for name, words in WORDS.items()}
    made["key"].add_argument("--name", help="name of the log in every checkpoint (default: host of TALKOO_URL, /audit)")
    made["key"].add_argument(
        "--renew", action="store_true", help="sign with a new key; the old one still opens what it signed"
    )
    made["export"].add_argument("folder", type=Path, help="a new or empty folder")
    made["export"].add_argument("--every-checkpoint", action="store_true", help="not only the last of each day")
    made["verify"].add_argument(
        "--checkpoint", action="append", default=[], metavar="FILE", help="one that you kept; repeat"
    )


def run(arguments: argparse.Namespace) -> int:
    return {"key": _key, "checkpoint": _checkpoint, "verify": _verify, "export": _export}[arguments.what](arguments)


def _key(arguments: argparse.Namespace) -> int:
    from django.conf import settings

    from talkoo.audit.actions.signing import begin_key
    from talkoo.audit.keys import signer

    held = signer() if arguments.renew and not arguments.name else None
    name = held.key.name if held else f"{urlsplit(settings.BASE_URL).hostname or 'localhost'}/audit"
    made = begin_key(name=arguments.name or name, renew=arguments.renew)
    print(f"The key is in {settings.AUDIT_KEY}. Keep a copy of it apart from the backups of the database.")
    print("Give the public key to auditors and witnesses, by a way of its own:")
    print(made.key)
    return 0


def _checkpoint(_arguments: argparse.Namespace) -> int:
    from django.utils import timezone

    from talkoo.audit import outside
    from talkoo.audit.actions.sequencing import sequence_all
    from talkoo.audit.actions.signing import sign
    from talkoo.audit.faults import LogFault
    from talkoo.audit.keys import signer

    if signer() is None:
        raise LogFault("There is no key to sign with.", "Run: talkoo audit key")
    sequence_all(portions=1_000_000)
    sign(now=timezone.now())
    outside.hand_over()
    last = outside.newest()
    print(last[1] if last else "There is nothing to sign yet.", end="" if last else "\n")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    """Export into a folder that goes again, and let the verifier that others use look at it."""
    from talkoo.audit import verify
    from talkoo.audit.exporting import export
    from talkoo.audit.keys import known_keys

    with tempfile.TemporaryDirectory(prefix="talkoo-log-") as folder:
        place = Path(folder) / "log"
        export(place, every_checkpoint=True)
        keys = [word for key in known_keys() for word in ("--key", str(key))]
        kept = [word for file in arguments.checkpoint for word in ("--checkpoint", file)]
        return verify.main([str(place), *keys, *kept])


def _export(arguments: argparse.Namespace) -> int:
    from talkoo.audit.actions import record
    from talkoo.audit.exporting import export

    entries, checkpoints = export(arguments.folder, every_checkpoint=arguments.every_checkpoint)
    record(by=None, action="audit.log.exported", on=("log", "all"), entries=entries)
    print(f"{entries:,} entries and {checkpoints:,} checkpoints are in {arguments.folder}.")
    print(f"Anybody can verify them: python3 {arguments.folder / 'verify.py'}")
    return 0
