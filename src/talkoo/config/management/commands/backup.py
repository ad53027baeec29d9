"""`talkoo manage backup FILE`: the whole database in one file, while everybody goes on working."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from talkoo.config.dump import run_program


class Command(BaseCommand):
    help = "Write the whole database into one file, while everybody goes on working."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file")

    def handle(self, *_: Any, **options: Any) -> None:
        target = Path(options["file"])
        if target.exists():
            raise CommandError(f"{target} is there already. Choose another name; a backup never overwrites one.")
        draft = target.with_name(target.name + ".part")
        draft.touch(mode=0o600)
        run_program("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}")
        draft.rename(target)
        self.stdout.write(f"{target}: {target.stat().st_size:,} bytes. Keep secret-key and uploads with it.")
