"""Every statement runs in the scope of its connection; a rollback takes back what the backend was told, so it is told again."""

from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base

from talkoo.lib import wall


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *words: Any, **named: Any) -> None:
        super().__init__(*words, **named)
        self.scope = wall.Scope()
        self.execute_wrappers.append(self._in_scope)

    def _in_scope(self, execute: Callable[..., Any], *words: Any) -> Any:
        wall.settle(self)
        return execute(*words)

    def connect(self) -> None:
        super().connect()
        self.scope.told = frozenset()

    def close_if_unusable_or_obsolete(self) -> None:
        """Django calls this before and after each request, after one when all of a stream was sent."""
        super().close_if_unusable_or_obsolete()
        self.scope.numbers = frozenset()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self.scope.told = None

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)  # type: ignore[misc]
        self.scope.told = None
