"""`talkoo policy replay FILE…`: what was decided on a day, decided again under changed rules of the product."""

import argparse
from datetime import date
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parts = parser.add_subparsers(dest="what", required=True, metavar="replay")
    words = "decide a day's decisions again under changed rules; changes nothing"
    replay = parts.add_parser("replay", help=words, description=words)
    replay.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE.cedar",
        help="each takes the place of the shipped file of its name, or is added",
    )
    replay.add_argument("--day", type=date.fromisoformat, help="as in 2026-11-28 (default: yesterday)")


def run(arguments: argparse.Namespace) -> int:
    """0 where nothing turns round, 1 where something does."""
    from datetime import timedelta

    from django.utils import timezone

    from talkoo.access.deciding import odd_minutes, with_files
    from talkoo.access.queries.replay import counted_on, replayed
    from talkoo.engines.policy import BrokenPolicies
    from talkoo.lib.errors import Invalid

    try:
        given = {path.name: path.read_text(encoding="utf-8") for path in arguments.files}
        policies = with_files(given)
    except (BrokenPolicies, OSError, UnicodeDecodeError) as error:
        raise Invalid(f"These rules cannot be used: {error}.", "Mend them, then run this again.") from None
    day = arguments.day or timezone.localdate() - timedelta(days=1)
    found = replayed(day, counted_on(day), changed=lambda asked: asked.request, policies=policies)
    print(
        f"{found.total:,} decisions of {day} are counted; {found.refused:,} that were allowed would be refused, {found.allowed:,} that were refused would be allowed."
    )
    for words, flips in (("refused", found.closed), ("allowed", found.opened)):
        for flip in flips:
            rules = " ".join(flip.rules) or "No permit covers it."
            print(f"{flip.number:8,} would be {words}: {flip.act}, sensitivity {flip.level}, zone {flip.zone}: {rules}")
    for minutes in odd_minutes(given.values()):
        print(
            f"Note: {minutes} minutes are compared with, which counts do not tell apart: see access.deciding.MINUTES."
        )
    return 1 if found.closed or found.opened else 0
