"""Many people's answers in, one result with a modest probability out. Use it through this door.

>>> given = [("letter 1", "ann", "roads"), ("letter 1", "bo", "roads"), ("letter 1", "cy", "parks")]
>>> answers = Answers.from_triples(given)
>>> fit, choice = combine(answers)
>>> answers.labels[fit.labels[0]], choice.method
('roads', 'majority')

The model's `posteriors` are too sure; `published`, `interval` and `next_step` take them and make them modest.
"""

from talkoo.engines.consensus.agreement import Agreement, Metric, krippendorff_alpha
from talkoo.engines.consensus.answers import Answers
from talkoo.engines.consensus.certainty import interval, published
from talkoo.engines.consensus.dawid_skene import dawid_skene
from talkoo.engines.consensus.effort import effort_table, expected_answers
from talkoo.engines.consensus.fit import Fit
from talkoo.engines.consensus.forecast import Forecast, forecast
from talkoo.engines.consensus.incremental import (
    Reliability,
    confusion_of,
    diagonal_prior,
    pooled_prior,
    retract,
    revise,
    score,
    update,
)
from talkoo.engines.consensus.majority import majority
from talkoo.engines.consensus.selection import Choice, Why, choose, combine
from talkoo.engines.consensus.stopping import AskMore, Close, Reason, Review, Step, next_step

__all__ = [
    "Agreement",
    "Answers",
    "AskMore",
    "Choice",
    "Close",
    "Fit",
    "Forecast",
    "Metric",
    "Reason",
    "Reliability",
    "Review",
    "Step",
    "Why",
    "choose",
    "combine",
    "confusion_of",
    "dawid_skene",
    "diagonal_prior",
    "effort_table",
    "expected_answers",
    "forecast",
    "interval",
    "krippendorff_alpha",
    "majority",
    "next_step",
    "pooled_prior",
    "published",
    "retract",
    "revise",
    "score",
    "update",
]
