"""Everything is agreed to in tests, as where there is no works council; tests of councils ask the database."""

from talkoo.access.queries import measuring

asked = measuring.known


class Everything(dict):
    def get(self, _organisation, _default=None):
        return frozenset({measuring.ANYTHING})


def everything():
    return Everything()
