"""The key that signs the log lies in a file, never in the database: who can write the one cannot forge the other."""

import os
import secrets
from pathlib import Path

from django.conf import settings

from talkoo.audit.faults import LogFault
from talkoo.engines.ledger import BadKey, Signer, VerifierKey, new_signer

OPEN_TO_OTHERS = 0o077


def signer() -> Signer | None:
    """Who signs here, or None where no key was made yet. Raises LogFault for a file that cannot be trusted."""
    place = Path(settings.AUDIT_KEY)
    try:
        mode = place.stat().st_mode
        text = place.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise LogFault(f"The key of the log in {place} cannot be read ({error}).", "See TALKOO_AUDIT_KEY.") from None
    if mode & OPEN_TO_OTHERS:
        raise LogFault(f"Others than its owner may use the key of the log in {place}.", f"Run: chmod 600 {place}")
    try:
        return Signer.read(text)
    except BadKey as error:
        remedy = "Put the right file back from its own backup, or begin anew: talkoo audit key --renew"
        raise LogFault(f"There is no key in {place}: {error}.", remedy) from None


def known_keys() -> list[VerifierKey]:
    """The public keys of this log, the newest last; those given up still open what they signed."""
    place = public_file()
    return [VerifierKey.read(line) for line in place.read_text().splitlines() if line] if place.exists() else []


def public_file() -> Path:
    key = Path(settings.AUDIT_KEY)
    return key.with_name(f"{key.name}.pub")


def make_key(name: str, *, renew: bool) -> Signer:
    """A new key in its file (mode 0600), its public half appended beside it. Raises LogFault where there is one already."""
    place = Path(settings.AUDIT_KEY)
    try:
        made = new_signer(name, secrets.token_bytes(32))
    except BadKey as error:
        raise LogFault(f"{error}.", "Name it by host and purpose, as in talkoo.example.org/audit") from None
    if place.exists() and not renew:
        raise LogFault(f"There is a key in {place} already.", "Add --renew to sign with another one from now on.")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f"{place.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(made.line() + "\n")
        with public_file().open("a") as file:
            file.write(f"{made.key}\n")
        draft.replace(place)
    except OSError as error:
        raise LogFault(f"The key cannot be written to {place} ({error.strerror}).", "See TALKOO_AUDIT_KEY.") from None
    return made
