"""The command `talkoo`. Each command imports what it needs when it is called, so all of them start fast."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NamedTuple, Self

from talkoo.config.environment import DECLARED, var_folder
from talkoo.lib import postgres
from talkoo.lib.env import BadSetting, Environment
from talkoo.lib.errors import DomainError
from talkoo.lib.room import no_room


class Command(NamedTuple):
    """A module with `add_arguments(parser)` and `run(args) -> int`, the names of both, and whom it acts as."""

    module: str
    about: str
    role: str = "app"
    run: str = "run"
    arguments: str = "add_arguments"


COMMANDS = {
    "serve": Command("talkoo.config.serve", "run web server and worker until Ctrl-C", "none"),
    "worker": Command("talkoo.config.worker", "run background jobs only"),
    "migrate": Command("talkoo.config.migrate", "bring the database to this version", "owner"),
    "createadmin": Command("talkoo.people.cli", "make an administrator"),
    "backup": Command("talkoo.config.backup.making", "write database and uploads into one file", "owner"),
    "restore": Command("talkoo.config.backup.restoring", "put a backup back, wholly or not at all", "owner"),
    "verify": Command("talkoo.config.backup.verifying", "look whether a backup is whole, or the same as what is here", "owner"),
    "reseal": Command("talkoo.config.reseal", "seal every kept secret under the secret key of today"),
    "check": Command("talkoo.config.check", "look whether everything is set up, and say what to do"),
    "audit": Command("talkoo.audit.cli", "make the key of the log, sign, verify and export it"),
    "policy": Command("talkoo.access.cli", "decide yesterday's decisions again under changed rules"),
    "demo": Command("talkoo.desk.demo", "fill an empty database with the Harbour Region"),
    "import": Command("talkoo.microtasks.cli", "make a batch from a file", "app", "import_file", "import_arguments"),
    "export": Command("talkoo.microtasks.export_cli", "write the results of a batch"),
    "replay": Command("talkoo.desk.replay", "replay recorded answers against a server", "bare"),
    "messages": Command("talkoo.config.messages", "collect what is to be translated, and compile it", "none"),
    "manage": Command("talkoo.config.manage", "any command of Django, as owner of the tables", "owner"),
}  # fmt: skip


def parser_for(name: str) -> argparse.ArgumentParser:
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"talkoo {name}", description=command.about.capitalize() + ".")
    getattr(import_module(command.module), command.arguments)(parser)
    return parser


def overview() -> str:
    lines = [f"  {name:12} {command.about}" for name, command in COMMANDS.items()]
    return "\n".join(["usage: talkoo COMMAND [options]", "", *lines, "", "talkoo COMMAND --help tells more."])


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit code: 0 done, 1 failed with a message, 2 wrong use, 130 stopped by Ctrl-C."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in {"-h", "--help", "help"}:
        print(overview())
        return 0 if words else 2
    if words[0] not in COMMANDS:
        print(f"talkoo: there is no command {words[0]!r}.\n\n{overview()}", file=sys.stderr)
        return 2
    return _guarded(lambda: _run(words[0], words[1:]))


def _guarded(run: Callable[[], int]) -> int:
    try:
        return run()
    except (BadSetting, postgres.ServerError) as error:
        print(f"talkoo: {error}", file=sys.stderr)
        return 1
    except DomainError as error:
        print(f"talkoo: {error.message} {error.remedy}".rstrip(), file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our words has gone, as in `talkoo check | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\ntalkoo: stopped.", file=sys.stderr)
        return 130
    except Exception as error:
        if not no_room(error):
            raise
        print("talkoo: A disk is full, and nothing was changed. Make room, then run it once more.", file=sys.stderr)
        return 1


def _run(name: str, words: list[str]) -> int:
    """Bring up what the command needs (settings, embedded server, Django), then run it."""
    command = COMMANDS[name]
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # web and worker run side by side: one thread each is enough
    os.environ["DJANGO_SETTINGS_MODULE"] = "talkoo.config.settings"
    if command.role == "owner":
        os.environ["TALKOO_DATABASE_ROLE"] = "owner"
    asks = bool({"-h", "--help"} & set(words))
    if command.role == "bare" or (command.role == "none" and asks):
        return _call(name, words)
    settings = import_module("talkoo.config.settings")  # a bad value is told before anything is started
    if command.role == "none":
        return _call(name, words)
    with contextlib.nullcontext() if asks else Database():
        import django

        settings.DATABASES["default"] = settings.database()
        django.setup()
        return _call(name, words)


def _call(name: str, words: list[str]) -> int:
    command = COMMANDS[name]
    if name == "manage":
        import_module(command.module).run(words)
        return 0
    arguments = parser_for(name).parse_args(words)
    return int(getattr(import_module(command.module), command.run)(arguments))


class Database:
    """The embedded server for the length of a command; nothing when the operator has a server of their own."""

    attachment: postgres.Attachment | None = None

    def __enter__(self) -> Self:
        if not Environment(DECLARED, os.environ, "TALKOO_").text("TALKOO_DATABASE_URL"):
            self.attachment = postgres.attach(postgres.cluster(var_folder(os.environ) / "postgres"))
        return self

    def __exit__(self, *_: object) -> None:
        if self.attachment:
            self.attachment.close()

    def revive(self) -> bool:
        """Start the embedded server again should it have died under us."""
        if self.attachment and not postgres.listens(self.attachment.place):
            self.attachment.close()
            self.attachment = postgres.attach(self.attachment.place)
        return True


if __name__ == "__main__":
    raise SystemExit(main())
