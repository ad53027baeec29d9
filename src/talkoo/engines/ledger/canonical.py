"""One way to write an entry, so that it has one hash: JSON as RFC 8785 has it, for texts, whole numbers and null."""

import json
from collections.abc import Mapping
from hashlib import sha256

SAFE = 2**53 - 1


class NotCanonical(ValueError):
    """It could be written in more than one way."""


def canonical(entry: Mapping[str, str | int | None]) -> bytes:
    """The bytes of a flat object: names in order, no white space, UTF-8. Raises NotCanonical for any other value.

    Numbers beyond 2 ** 53 are refused, since other readers of JSON round them; so are fractions and what is nested.
    """
    for name, value in entry.items():
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= SAFE
        if not (name.isascii() and (value is None or isinstance(value, str) or whole)):
            raise NotCanonical(f"{name}: {value!r} has no place in a canonical entry")
    try:
        return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(f"half a character: {error}") from None


def commitment(salt: bytes, payload: str) -> str:
    """What stands in an entry for a text that may be erased: it binds to the text and, without the salt, tells nothing.

    The salt has 16 random bytes; without it, a text of few possibilities could be guessed from the hash.
    """
    return sha256(salt + payload.encode()).hexdigest()
