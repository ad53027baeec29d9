"""Turns for what must not happen twice at once although no single row stands for it. Held until the transaction ends."""

from typing import Literal

from django.db import connection


def take_turn(name: Literal["tree", "administrators", "first run"]) -> None:
    """Wait until nobody else holds this turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"talkoo.people {name}"])
