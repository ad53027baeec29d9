"""What people write, without signs that nobody sees and that hide or turn what stands beside them."""

import unicodedata

# Joiners and marks of direction belong to the spelling of languages; embeddings, overrides and isolates do not.
KEPT = frozenset("\u200c\u200d\u200e\u200f")
UNSEEN = frozenset({"Cf", "Co", "Cs"})
FILLERS = frozenset("\u115f\u1160\u3164\uffa0")  # letters by name that leave a blank


def plain(text: str) -> str:
    """The text without overrides of direction, invisible signs, private characters and halves of characters.

    Line breaks stay, and so does a zero byte: who checks the text names it.
    """
    return "".join(letter for letter in text if letter in KEPT or unicodedata.category(letter) not in UNSEEN)


def one_line(text: str) -> str:
    """The same with single spaces only."""
    return " ".join(plain(text).split())


def says_something(text: str) -> bool:
    """Whether there is a letter or a number in it that can be seen."""
    return any(letter not in FILLERS and unicodedata.category(letter)[0] in "LN" for letter in text)
