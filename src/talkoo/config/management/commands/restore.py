"""`talkoo manage restore FILE`: put the database back as it was in a backup. Wholly or not at all."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from talkoo.config.dump import readable, run_program
from talkoo.config.migrate import app_role, grant_rights


class Command(BaseCommand):
    help = "Replace the database by a backup, wholly or not at all. Stop `talkoo serve` first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--yes", action="store_true", help="do not ask whether to replace what is there")

    def handle(self, *_: Any, **options: Any) -> None:
        source = readable(options["file"])
        if not options["yes"] and input("This replaces the whole database. Type yes to go on: ") != "yes":
            raise CommandError("Nothing was changed.")
        run_program(
            *("pg_restore", "--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction"),
            *("--exit-on-error", "--dbname="),
            str(source),
        )
        grant_rights(app_role())
        self.stdout.write("The database is as it was. Now run: talkoo migrate")
