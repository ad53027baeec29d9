"""The same small world as for the tables of routes and operations; every try is rolled back."""

from tests.architecture.conftest import uploads, world

__all__ = ["uploads", "world"]
