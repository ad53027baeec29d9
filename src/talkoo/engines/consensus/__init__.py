"""Many people's answers in, one result with a modest probability out. Use it through this door.

>>> given = [("letter 1", "ann", "roads"), ("letter 1", "bo", "roads"), ("letter 1", "cy", "parks")]
>>> answers = Answers.from_triples(given)
>>> fit, choice = combine(answers)
>>> answers.labels[fit.labels[0]], choice.method
('roads', 'majority')

The model's `posteriors` are too sure; `published`, `interval` and `next_step` take them and make them modest.
"""

from talkoo.engines.consensus.agreement import Agreement, Metric, krippendorff_alpha
from talkoo.engines.consensus.agreement_of_values import sameness_alpha, vector_alpha
from talkoo.engines.consensus.answers import Answers
from talkoo.engines.consensus.calibration import (
    FEWEST_KNOWN,
    Accuracy,
    accuracy_of,
    fit_temperature,
    recalibrated,
)
from talkoo.engines.consensus.centre import Centre, weighted_mean, weighted_median
from talkoo.engines.consensus.certainty import bounds, interval, published
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
from talkoo.engines.consensus.kendall import concordance, signs, tau
from talkoo.engines.consensus.majority import majority
from talkoo.engines.consensus.medoid import alike, medoid, plain
from talkoo.engines.consensus.open_votes import chance_right, open_votes
from talkoo.engines.consensus.ranking import borda, consensus_order, preferences
from talkoo.engines.consensus.scatter import residual, weight_of
from talkoo.engines.consensus.selection import Choice, Why, choose, combine
from talkoo.engines.consensus.shares import mean_shares, rounded
from talkoo.engines.consensus.stopping import AskMore, Close, Reason, Review, Step, next_step, step_at

__all__ = [
    "FEWEST_KNOWN",
    "Accuracy",
    "Agreement",
    "Answers",
    "AskMore",
    "Centre",
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
    "accuracy_of",
    "alike",
    "borda",
    "bounds",
    "chance_right",
    "choose",
    "combine",
    "concordance",
    "confusion_of",
    "consensus_order",
    "dawid_skene",
    "diagonal_prior",
    "effort_table",
    "expected_answers",
    "fit_temperature",
    "forecast",
    "interval",
    "krippendorff_alpha",
    "majority",
    "mean_shares",
    "medoid",
    "next_step",
    "open_votes",
    "plain",
    "pooled_prior",
    "preferences",
    "published",
    "recalibrated",
    "residual",
    "retract",
    "revise",
    "rounded",
    "sameness_alpha",
    "score",
    "signs",
    "step_at",
    "tau",
    "update",
    "vector_alpha",
    "weight_of",
    "weighted_mean",
    "weighted_median",
]
