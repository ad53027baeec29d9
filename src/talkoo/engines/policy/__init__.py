"""May this person do this with that, asked in this way? Rules in files (Cedar), behind one small door that fails closed.

`load` reads and proves the rules once; `Policies.decide` and `decide_many` answer from what they are handed and nothing
else. Cedar itself fails open: a `forbid` that meets an error is skipped. So here a decision is yes only where Cedar says
yes and met no error, the schema is always enforced, and the person and the thing asked about are always present.
Language and semantics: Cutler et al., Cedar: A New Language for Expressive, Fast, Safe, and Analyzable Authorization, 2024.
"""

from talkoo.engines.policy.deciding import BrokenPolicies, Decision, Policies, Reason, load
from talkoo.engines.policy.facts import NEVER, NO_RULES, Act, Circumstances, Person, Request, Rules, Thing

__all__ = [
    "NEVER",
    "NO_RULES",
    "Act",
    "BrokenPolicies",
    "Circumstances",
    "Decision",
    "Person",
    "Policies",
    "Reason",
    "Request",
    "Rules",
    "Thing",
    "load",
]
