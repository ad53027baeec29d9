"""Signed notes (C2SP signed-note): a text, an empty line, and lines of who signed. Ed25519 (RFC 8032), key kind 1.

Keys are lines of text: `name+hash+key` is public, `PRIVATE+KEY+name+hash+key` is not. A name has neither space nor plus.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "\u2014 "
PRIVATE = "PRIVATE+KEY+"
BODY = 33  # the kind and 32 bytes


class BadNote(ValueError):
    """It is no signed note, or nobody we know has signed it."""


class BadKey(ValueError):
    """It is no key of the form that is expected."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """Who signs: the name and the public key, 32 bytes."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(letter.isspace() for letter in self.name):
            raise BadKey(f"{self.name!r} cannot name a key: it may hold neither spaces nor plus signs")

    @property
    def hash(self) -> bytes:
        """Four bytes that tell keys of one name apart."""
        return sha256(f"{self.name}\n".encode() + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def read(cls, text: str) -> "VerifierKey":
        """A line as `str()` writes it. Raises BadKey."""
        name, key_hash, body = _parts(text.strip())
        key = cls(name, body)
        if key.hash.hex() != key_hash:
            raise BadKey("the key and its hash do not belong together: a part of the line is wrong")
        return key


@dataclass(frozen=True, slots=True)
class Signer:
    """Who may sign: the 32 secret bytes, which never show when it is printed."""

    key: VerifierKey
    seed: bytes = field(repr=False)

    def line(self) -> str:
        """The private key as it is kept in a file."""
        body = base64.b64encode(ED25519 + self.seed).decode()
        return f"{PRIVATE}{self.key.name}+{self.key.hash.hex()}+{body}"

    @classmethod
    def read(cls, text: str) -> "Signer":
        """A line as `line()` writes it. Raises BadKey, never with a part of the key in its words."""
        line = text.strip()
        if not line.startswith(PRIVATE):
            raise BadKey(f"it does not begin with {PRIVATE}")
        name, key_hash, seed = _parts(line.removeprefix(PRIVATE))
        signer = new_signer(name, seed)
        if signer.key.hash.hex() != key_hash:
            raise BadKey("the key and its hash do not belong together: a part of the line is wrong")
        return signer


def from_base64(text: str) -> bytes:
    """What was encoded, from the one way to write it. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("the same bytes are written otherwise")
    return data


def _parts(text: str) -> tuple[str, str, bytes]:
    try:
        name, key_hash, encoded = text.split("+", 2)
        body = from_base64(encoded)
    except ValueError:
        raise BadKey("it is not of the form name+hash+key") from None
    if len(body) != BODY or body[:1] != ED25519:
        raise BadKey("it is no Ed25519 key")
    return name, key_hash, body[1:]


def new_signer(name: str, seed: bytes) -> Signer:
    """The signer of this name; `seed` is 32 random bytes."""
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return Signer(VerifierKey(name, public), seed)


def signed(text: str, signer: Signer) -> str:
    """The note: the text, which must end with a line break, and one signature. Raises BadNote."""
    if not text.endswith("\n") or any(letter < " " and letter != "\n" for letter in text):
        raise BadNote("a text to be signed ends with a line break and holds no control characters")
    signature = Ed25519PrivateKey.from_private_bytes(signer.seed).sign(text.encode())
    body = base64.b64encode(signer.key.hash + signature).decode()
    return f"{text}\n{DASH}{signer.key.name} {body}\n"


def opened(note: str, keys: Iterable[VerifierKey]) -> str:
    """The text of a note that at least one of these keys has signed. Raises BadNote.

    Signatures by others are passed over; one that claims to be by a known key and is not spoils the note.
    """
    text, found, lines = note.rpartition("\n\n")
    text += "\n"
    if not found or not lines.endswith("\n"):
        raise BadNote("it has no signatures")
    known = {(key.name, key.hash): key for key in keys}
    by = [key for line in lines.splitlines() if (key := _signed_by(line, text, known))]
    if not by:
        raise BadNote("nobody whose key is known has signed it")
    return text


def _signed_by(line: str, text: str, known: dict[tuple[str, bytes], VerifierKey]) -> VerifierKey | None:
    name, _space, encoded = line.removeprefix(DASH).partition(" ")
    try:
        body = from_base64(encoded)
    except ValueError:
        body = b""
    if not line.startswith(DASH) or not name or len(body) < 5:
        raise BadNote(f"this is no line of a signature: {line[:80]}")
    key = known.get((name, body[:4]))
    if key is not None:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(body[4:], text.encode())
        except InvalidSignature:
            raise BadNote(f"the signature of {name} does not belong to this text") from None
    return key
