"""Which method a batch gets, and why."""

from dataclasses import dataclass
from enum import StrEnum

from talkoo.engines.consensus.answers import Answers
from talkoo.engines.consensus.counting import MOST_CELLS, cells_of_people, cells_of_tasks
from talkoo.engines.consensus.dawid_skene import dawid_skene
from talkoo.engines.consensus.fit import Fit
from talkoo.engines.consensus.majority import majority

FEWEST_TASKS = 20
FEWEST_EACH = 2.0


class Why(StrEnum):
    """Why this method; the pages say it in words."""

    ONE_CLASS = "one-class"
    FEW_TASKS = "few-tasks"
    FEW_ANSWERS = "few-answers-each"
    TOO_LARGE = "too-many-classes"
    ENOUGH = "enough-to-know-people"


@dataclass(frozen=True)
class Choice:
    """The chosen method, `majority` or `dawid-skene`, and the reason."""

    method: str
    reason: Why


def choose(answers: Answers) -> Choice:
    """Majority where there is too little to know anybody by, else Dawid–Skene.

    Too little: fewer than 20 tasks answered, or fewer than 2 answers a person on average. A plain rule that stands
    until predictive likelihood chooses per batch.

    >>> choose(Answers.from_triples([("a", "ann", "x"), ("a", "bo", "y")])).reason
    <Why.FEW_TASKS: 'few-tasks'>
    """
    if answers.n_classes < 2:
        return Choice("majority", Why.ONE_CLASS)
    if int((answers.per_task > 0).sum()) < FEWEST_TASKS:
        return Choice("majority", Why.FEW_TASKS)
    if len(answers) < FEWEST_EACH * answers.n_workers:
        return Choice("majority", Why.FEW_ANSWERS)
    if max(cells_of_people(answers), cells_of_tasks(answers)) > MOST_CELLS:
        return Choice("majority", Why.TOO_LARGE)
    return Choice("dawid-skene", Why.ENOUGH)


def combine(answers: Answers, *, seed: int = 0) -> tuple[Fit, Choice]:
    """The batch's result by the method that `choose` names."""
    choice = choose(answers)
    return (majority(answers, seed=seed) if choice.method == "majority" else dawid_skene(answers, seed=seed)), choice
