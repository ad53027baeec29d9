"""`talkoo demo`: the Harbour Region, loaded through the ordinary actions. Stop it and run it again as you like."""

import argparse

from talkoo.desk.demo.loading import run

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing but who you can be")
