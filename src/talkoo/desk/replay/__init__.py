"""`talkoo replay DIR`: recorded answers of real people, claimed and sent over HTTP, held against the known truth."""

import argparse
from pathlib import Path

from talkoo.desk.replay.command import run

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", metavar="DIR", type=Path, help="holds answers.csv (task,worker,label) and truth.csv (task,label)"
    )
    parser.add_argument(
        "--url", help="a running server whose database this process's settings name; default: one of its own"
    )
    parser.add_argument(
        "--clients", type=_clients, default=8, metavar="N", help="people who answer at the same time (default 8)"
    )
    parser.add_argument(
        "--keep", action="store_true", help="leave the database, people and batch behind, and say where"
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")


def _clients(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be used; take a number from 1 to 64")
    return int(text)
