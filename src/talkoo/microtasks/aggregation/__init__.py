"""How answers of each kind are taken together: the part of a task type between its form and its result."""

from talkoo.microtasks.aggregation.classes import Classes, alternatives, resume
from talkoo.microtasks.aggregation.numbers import Numbers
from talkoo.microtasks.aggregation.outcome import Aggregation, Combined, Control, Fitted, Known, Row, Spoken
from talkoo.microtasks.aggregation.prose import Prose
from talkoo.microtasks.aggregation.ranks import Ranks
from talkoo.microtasks.aggregation.sharing import Sharing
from talkoo.microtasks.aggregation.votes import Votes

__all__ = [
    "Aggregation",
    "Classes",
    "Combined",
    "Control",
    "Fitted",
    "Known",
    "Numbers",
    "Prose",
    "Ranks",
    "Row",
    "Sharing",
    "Spoken",
    "Votes",
    "alternatives",
    "resume",
]
