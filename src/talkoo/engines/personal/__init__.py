"""What in a text looks like a person: names, numbers, addresses, dates. Use it through this door.

>>> text = "Please call Ms Virtanen, +358 40 123 4567."
>>> [(hit.kind.value, masked(text[hit.start:hit.end])) for hit in find(text)]
[('name', 'M• V•••••••'), ('phone', '+••• •• ••• ••67')]

These are shapes, not knowledge: a shape can be there without a person, and a person without any of them. Whoever uses
this lets a person have the last word. Every expression is bounded, so that the time is linear in the length of the text.
"""

from talkoo.engines.personal.finding import Hit, Kind, find
from talkoo.engines.personal.masking import masked
from talkoo.engines.personal.redacting import own_words, pieces, redacted

__all__ = ["Hit", "Kind", "find", "masked", "own_words", "pieces", "redacted"]
