"""The command line tells what it can do, and what was wrong."""

import pytest

from talkoo.config import cli
from tests import servers


def test_without_words_it_lists_all_commands(capsys):
    assert cli.main([]) == 2
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in cli.COMMANDS)


def test_an_unknown_command_is_named(capsys):
    assert cli.main(["srve"]) == 2
    assert "no command 'srve'" in capsys.readouterr().err


@pytest.mark.parametrize("name", [name for name in cli.COMMANDS if name != "manage"])
def test_every_command_explains_itself(name):
    explained = cli.parser_for(name).format_help()
    assert explained.startswith(f"usage: talkoo {name}")
    assert cli.COMMANDS[name].about.capitalize() in explained


def test_help_needs_no_database(tmp_path):
    env = servers.environment(tmp_path, TALKOO_DATABASE_URL="postgresql://talkoo@127.0.0.1:1/talkoo")
    assert servers.talkoo("createadmin", "--help", env=env).stdout.startswith("usage: talkoo createadmin")


def test_a_bad_setting_is_one_line_not_a_traceback(tmp_path):
    found = servers.talkoo("migrate", env=servers.environment(tmp_path, TALKOO_TIME_ZONE="Mars"))
    assert found.returncode == 1
    assert found.stderr.strip().splitlines()[-1].startswith("talkoo: TALKOO_TIME_ZONE: 'Mars' is not a time zone")
    assert "Traceback" not in found.stderr


def test_check_names_what_is_missing_and_says_what_to_do(own_database, tmp_path):
    found = servers.talkoo("check", env=servers.environment(tmp_path, own_database))
    assert found.returncode == 1
    assert "good   database" in found.stdout
    assert "TALKOO_SMTP_URL is not set" in found.stdout


def test_check_notices_a_database_that_does_not_answer(tmp_path):
    env = servers.environment(tmp_path, TALKOO_DATABASE_URL="postgresql://talkoo@127.0.0.1:1/talkoo")
    assert "does not answer" in servers.talkoo("check", env=env).stdout


def test_check_notices_a_role_that_owns_the_tables(own_database, tmp_path):
    env = servers.environment(tmp_path, own_database)
    env["TALKOO_DATABASE_URL"] = env["TALKOO_OWNER_DATABASE_URL"]
    assert "TALKOO_OWNER_DATABASE_URL" in servers.talkoo("check", env=env).stdout
