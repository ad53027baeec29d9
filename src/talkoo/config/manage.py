"""Any management command of Django, run as the owner of the tables: makemigrations, sqlmigrate, dbshell, shell …"""

from django.core.management import execute_from_command_line


def run(words: list[str]) -> None:
    execute_from_command_line(["talkoo manage", *words])
