"""`talkoo reseal`: after the secret key was changed, everything sealed under a former one is sealed anew.

Safe to run at any time and twice: what is current is left alone, and people go on working meanwhile.
"""

import argparse

from talkoo.access.actions.factors import reseal_factors
from talkoo.notify.actions.webhooks import reseal_secrets
from talkoo.people.actions.homes import reseal_homes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser


def run(arguments: argparse.Namespace) -> int:
    """0 when everything can be read now; 1 when something lies under a key that nobody named."""
    del arguments
    every = {"second factors": reseal_factors(), "webhooks": reseal_secrets(), "home addresses": reseal_homes()}
    for name, done in every.items():
        print(f"{name}: {done.anew} sealed anew, {done.current} current, {done.lost} unreadable")
    lost = sum(done.lost for done in every.values())
    if lost:
        print(
            "What is unreadable was sealed under another key. Name it in TALKOO_FORMER_SECRET_KEYS and run this again."
        )
    return 1 if lost else 0
