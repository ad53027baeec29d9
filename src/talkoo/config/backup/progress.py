"""What a long command says meanwhile: one moving line at a terminal, nothing in a log."""

import sys


class Progress:
    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet
        self.moving = sys.stderr.isatty() and not quiet

    def step(self, what: str) -> None:
        if self.moving:
            print(f"\r\033[K· {what[:70]}", end="", file=sys.stderr, flush=True)

    def say(self, words: str) -> None:
        if self.moving:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        if not self.quiet:
            print(words, flush=True)
