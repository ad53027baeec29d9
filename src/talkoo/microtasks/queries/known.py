"""What the last refit of a batch learnt, as combining needs it."""

from talkoo.microtasks.aggregation import Known
from talkoo.microtasks.models import Model

NOTHING = Known()


def known_of(model: Model | None) -> Known:
    return NOTHING if model is None else Known(model.class_prior, model.pooled, model.temperature)
