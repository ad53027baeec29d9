"""The folder in which signed checkpoints lie: what was said to the world, and cannot be unsaid by the database.

One file a checkpoint, `2026-11-28/000000012345`, written once; `checkpoint` is the newest (C2SP tlog-tiles has it at
that name), `keys.pub` the public keys, `.sent` the size of the last one that the command has carried away.
"""

import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from django.conf import settings

from talkoo.audit.faults import LogFault
from talkoo.audit.keys import known_keys
from talkoo.engines.ledger import BadNote, Checkpoint, opened, read_checkpoint

NEWEST, KEYS, SENT = "checkpoint", "keys.pub", ".sent"
LONGEST = 40  # seconds that the command may take


def newest() -> tuple[Checkpoint, str] | None:
    """The newest checkpoint outside, with its note; None where there is none. Raises LogFault where nobody of us signed it."""
    place = Path(settings.AUDIT_CHECKPOINTS) / NEWEST
    try:
        note = place.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LogFault(f"{place} cannot be read ({error}).", "See TALKOO_AUDIT_CHECKPOINTS.") from None
    try:
        return read_checkpoint(opened(note, known_keys())), note
    except BadNote as error:
        remedy = "Somebody has changed it, or the public keys beside TALKOO_AUDIT_KEY are not those of this log."
        raise LogFault(f"{place} is no checkpoint of this log: {error}.", remedy) from None


def every() -> Iterator[str]:
    """All notes in the folder, by day and size."""
    for place in sorted(Path(settings.AUDIT_CHECKPOINTS).glob("[0-9]*-*/[0-9]*")):
        yield place.read_text()


def put(checkpoint: Checkpoint, note: str, day: date) -> Path:
    """Write a checkpoint and make it the newest. A file that is there already is never written again."""
    folder = Path(settings.AUDIT_CHECKPOINTS)
    place = folder / day.isoformat() / f"{checkpoint.size:012}"
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        _write(place, note)
    _write(folder / KEYS, "".join(f"{key}\n" for key in known_keys()))
    _write(folder / NEWEST, note)
    return place


def _write(place: Path, text: str) -> None:
    """Wholly or not at all."""
    draft = place.with_name(f".{place.name}.draft")
    draft.write_text(text)
    draft.replace(place)


def hand_over() -> None:
    """Give the newest checkpoint to the command of TALKOO_AUDIT_CHECKPOINT_COMMAND, unless it has had it.

    Raises LogFault where the command fails; the next run gives it the newest again, which covers all before it.
    """
    command, folder = settings.AUDIT_CHECKPOINT_COMMAND, Path(settings.AUDIT_CHECKPOINTS)
    places = sorted(folder.glob("[0-9]*-*/[0-9]*"))
    if not command or not places or _sent(folder) == str(places[-1].relative_to(folder)):
        return
    try:
        done = subprocess.run([*command, str(places[-1])], timeout=LONGEST, check=False, capture_output=True, text=True)
        words = done.stderr.strip() if done.returncode else ""
        failed = bool(done.returncode)
    except (OSError, subprocess.TimeoutExpired) as error:
        words, failed = str(error), True
    if failed:
        raise LogFault(f"The checkpoint was not carried away: {words[:300]}", "See TALKOO_AUDIT_CHECKPOINT_COMMAND.")
    _write(folder / SENT, str(places[-1].relative_to(folder)))


def _sent(folder: Path) -> str:
    return (folder / SENT).read_text() if (folder / SENT).exists() else ""
