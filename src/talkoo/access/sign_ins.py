"""What a session knows of its signing in: written by whoever signs in or proves more, read at every request."""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self

from talkoo.access.context import Assurance, Context, Zone
from talkoo.access.proofs import Proof

FACTS = "sign_in"  # its name in the session


@dataclass(frozen=True, slots=True)
class SignIn:
    """One signing in. `code` names the session to its person, `agent` and `zone` are where it was proved last."""

    code: str
    began: datetime
    assurance: Assurance
    phishing_resistant: bool
    proved: datetime
    methods: tuple[str, ...]
    agent: str
    zone: Zone

    @classmethod
    def of(cls, proof: Proof, *, before: Self | None, now: datetime, agent: str, zone: Zone) -> Self:
        """A new one, or, where more was proved in the course of one, that one with what holds now."""
        return cls(
            code=before.code if before else secrets.token_hex(5),
            began=before.began if before else now,
            assurance=proof.assurance,
            phishing_resistant=proof.phishing_resistant,
            proved=proof.at,
            methods=proof.methods,
            agent=agent,
            zone=zone,
        )

    @classmethod
    def read(cls, session: Mapping[str, Any]) -> Self | None:
        """The one of this session; None for a visitor."""
        kept = session.get(FACTS)
        if kept is None:
            return None
        times = {name: datetime.fromisoformat(kept[name]) for name in ("began", "proved")}
        marks = {
            "assurance": Assurance(kept["assurance"]),
            "zone": Zone(kept["zone"]),
            "methods": tuple(kept["methods"]),
        }
        return cls(**{**kept, **times, **marks})

    def kept(self) -> dict[str, Any]:
        """As a session keeps it."""
        times = {"began": self.began.isoformat(), "proved": self.proved.isoformat()}
        return {**asdict(self), **times, "assurance": int(self.assurance), "methods": list(self.methods)}

    def moved(self, *, agent: str, zone: Zone) -> bool:
        """Whether another kind of browser or network asks than the one where this was proved."""
        return (agent, zone) != (self.agent, self.zone)

    def context(self, around: Context, *, level: Assurance, agent: str) -> Context:
        """The circumstances of a request: `around`, with how surely this was proved. What moved counts for little."""
        moved = self.moved(agent=agent, zone=around.zone)
        return replace(
            around,
            assurance=Assurance.ONE if moved else level,
            phishing_resistant=self.phishing_resistant and not moved,
            signed_in=self.proved,
            session_began=self.began,
        )
