"""What a token looks like: `talkoo_pat_` or `talkoo_svc_`, forty random letters and digits, six of checksum.

The prefix lets scanners of sources find one that was left lying about, the checksum lets them and us tell a token from
something that only looks like one, without asking the database (the form that GitHub describes for its own tokens).
"""

import hashlib
import re
import secrets
import string
import zlib

PERSONAL, SERVICE = "talkoo_pat_", "talkoo_svc_"
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
FORM = re.compile(rf"(?:{PERSONAL}|{SERVICE})[0-9A-Za-z]{{46}}")


def new_secret(prefix: str) -> str:
    """A fresh secret of 238 random bits. It is shown once and kept by whoever asked for it, never here."""
    head = prefix + "".join(secrets.choice(LETTERS) for _ in range(40))
    return head + _checksum(head)


def well_formed(secret: str) -> bool:
    """Whether this can be one of our tokens: prefix, length and checksum fit."""
    return bool(FORM.fullmatch(secret)) and secrets.compare_digest(secret[-6:], _checksum(secret[:-6]))


def hashed(secret: str) -> str:
    """SHA-256, without salt and without slowness: nobody guesses 238 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(head: str) -> str:
    """CRC-32 in six digits to the base of 62."""
    rest, digits = zlib.crc32(head.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, len(LETTERS))
        digits = LETTERS[digit] + digits
    return digits
