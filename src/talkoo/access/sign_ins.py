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
    proved: datetime
    key_at: datetime | None
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
            proved=proof.at,
            key_at=proof.key_at,
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
        key_at = kept.get("key_at")
        return cls(
            code=kept["code"],
            began=datetime.fromisoformat(kept["began"]),
            assurance=Assurance(kept["assurance"]),
            proved=datetime.fromisoformat(kept["proved"]),
            key_at=datetime.fromisoformat(key_at) if key_at else None,
            methods=tuple(kept["methods"]),
            agent=kept["agent"],
            zone=Zone(kept["zone"]),
        )

    def kept(self) -> dict[str, Any]:
        """As a session keeps it."""
        key_at = self.key_at.isoformat() if self.key_at else None
        times = {"began": self.began.isoformat(), "proved": self.proved.isoformat(), "key_at": key_at}
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
            signed_in=self.proved,
            key_used=None if moved else self.key_at,
            session_began=self.began,
        )
