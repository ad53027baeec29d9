"""`talkoo createadmin`: an administrator made at the keyboard, when there is none or nobody gets in."""

import argparse
import getpass
import sys

from talkoo.lib.errors import Invalid


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", required=True, help="the address they sign in with")
    parser.add_argument("--name", default="", help="their name (default: what stands before the @)")
    parser.add_argument(
        "--organisation", required=True, metavar="NAME", help="name or code; founded when there is none"
    )


def run(arguments: argparse.Namespace) -> int:
    """Asks for the password twice, or reads one line from standard input. Prints what became of it."""
    from talkoo.people.actions.setup import make_administrator

    name = arguments.name or arguments.email.partition("@")[0]
    try:
        person, made = make_administrator(
            email=arguments.email, name=name, organisation=arguments.organisation, password=_password()
        )
    except Invalid as error:
        error.message = " ".join([error.message, *error.fields.values()])
        raise
    kept = "" if made else " The account was there already; its password stays as it was."
    print(f"{person.name} <{person.email}> is administrator.{kept}")
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password (12 characters or more): ")
    if getpass.getpass("The same again: ") != first:
        raise Invalid("The two passwords differ.", "Try again.")
    return first
