"""The options of `talkoo import` by which a batch goes beyond its own organisation."""

import argparse
from typing import TYPE_CHECKING

from talkoo.access.subject import Subject

if TYPE_CHECKING:
    from talkoo.microtasks.models import Batch

BASES = ("consent", "contract", "obligation", "vital", "public", "interest")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("beyond the own organisation (each part is needed to open)")
    group.add_argument("--everybody", action="store_true", help="offer it to all organisations")
    group.add_argument("--contact", default="", help="whom people can write to about the data")
    group.add_argument("--purpose", default="", help="what the data is used for")
    group.add_argument("--basis", default="", choices=BASES, help="legal basis, GDPR Article 6")
    group.add_argument("--keep-days", type=int, metavar="N", help="days everything is kept after the batch closes")
    group.add_argument("--afterwards", default="", choices=("delete", "results"), help="what happens then")
    word = group.add_mutually_exclusive_group()
    word.add_argument("--no-personal-data", action="store_true", help="your word: there is none in the items")
    word.add_argument("--personal-data", default="", metavar="WHY", help="your word: it is needed, and why")


def state(by: Subject, batch: "Batch", arguments: argparse.Namespace) -> None:
    """Offer it to everybody and state what is said; the items are looked through before the word on them counts."""
    from talkoo.microtasks.actions.batches import edit_audience
    from talkoo.microtasks.actions.data_check import start_check
    from talkoo.microtasks.actions.protection import state_personal_data, state_protection

    if arguments.everybody:
        edit_audience(
            by=by, code=batch.code, sensitivity=batch.sensitivity, organisations=[], skills=[], deadline=batch.deadline,
            may_choose=batch.may_choose,
        )  # fmt: skip
    if arguments.contact or arguments.purpose or arguments.basis or arguments.keep_days:
        state_protection(
            by=by, code=batch.code, controller=batch.organisation_id, contact=arguments.contact,
            purpose=arguments.purpose, basis=arguments.basis, special=False, special_basis="",
            keep_days=arguments.keep_days, afterwards=arguments.afterwards,
        )  # fmt: skip
    if arguments.no_personal_data or arguments.personal_data:
        start_check(by=by, code=batch.code, at_once=True)
        says = "none" if arguments.no_personal_data else "needed"
        state_personal_data(by=by, code=batch.code, says=says, because=arguments.personal_data)
