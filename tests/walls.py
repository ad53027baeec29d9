"""The second wall in tests: the application is held to it, what a test itself looks up passes.

In test databases `wall_scope` does not hide: where nothing is open it raises, so that no page is empty without a word.
And it knows a word that opens everything, which is said for statements that come from a test and not from the product.
"""

import sys
from pathlib import Path

import talkoo
from talkoo.lib import wall, walls

PRODUCT = str(Path(talkoo.__file__).parent) + "/"
TESTS = str(Path(__file__).parent) + "/"
EVERYTHING = frozenset({-1})
TELLING = """
    IF current_setting('talkoo.scope', true) = 'a test' THEN
        RETURN (SELECT coalesce(array_agg(id), '{}') FROM public.microtasks_batch);
    END IF;
    RAISE EXCEPTION 'a protected table is read or written, and no batch was opened' USING ERRCODE = 'WALL1';
"""


def strict(cursor):
    """Install what raises; as the owner of the tables."""
    cursor.execute(walls.SCOPE.replace("--otherwise", TELLING))


def real(cursor):
    cursor.execute(walls.SCOPE)


def from_a_test():
    """Whether the innermost frame of ours is one of a test."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(TESTS):
            if not name.endswith(("/walls.py", "/watching.py", "/databases.py", "/conftest.py")):
                return True
        elif name.startswith(PRODUCT) and "/lib/database/" not in name and "/lib/wall.py" not in name:
            return "/migrations/" in name
        frame = frame.f_back
    return True


def settle(walled, _settle=wall.settle):
    if not from_a_test():
        _settle(walled)
        return
    scope, held = walled.scope, walled.scope.numbers
    scope.numbers = EVERYTHING
    try:
        _settle(walled)
    finally:
        scope.numbers = held


def words(numbers, backend, _words=wall.words, **named):
    return "a test" if numbers == EVERYTHING else _words(numbers, backend, **named)
