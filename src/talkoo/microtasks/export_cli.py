"""`talkoo export BATCH`: the results of a batch as a file, for whoever runs the server."""

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from talkoo.lib.errors import Missing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batch", help="code of the batch, as in its address")
    parser.add_argument(
        "--format", choices=("csv", "jsonl", "zip"), default="csv", help="zip is a data package; default: csv"
    )
    parser.add_argument("--output", "-o", default="-", help="file to write; - (default) is standard output")


def run(arguments: argparse.Namespace) -> int:
    """Write to a file beside the wanted one and rename it when whole: stopped half-way, nothing is left behind."""
    from talkoo.microtasks import export
    from talkoo.microtasks.actions.results import record_export
    from talkoo.microtasks.models import Batch

    batch = Batch.objects.select_related("organisation").filter(code=arguments.batch).first()
    if batch is None:
        raise Missing(f"There is no batch {arguments.batch!r}.", remedy="Take the code from the address of its page.")
    record_export(by=None, batch=batch, form=arguments.format)

    def told(rows: int) -> None:
        share = 100 * rows // max(batch.tasks_total, 1)
        print(f"\r{rows:,} of {batch.tasks_total:,} rows ({share} %)", end="", file=sys.stderr, flush=True)

    _write(arguments.output, export.chunks(batch, arguments.format, by="talkoo export", told=told))
    print(file=sys.stderr)
    return 0


def _write(output: str, content: Iterator[bytes]) -> None:
    if output == "-":
        _pour(content, sys.stdout.buffer)
        return
    whole = Path(output)
    partial = whole.with_name(f".{whole.name}.{os.getpid()}")
    try:
        with partial.open("wb") as file:
            _pour(content, file)
        partial.replace(whole)
    except OSError as error:
        raise Missing(f"{output} cannot be written: {error.strerror}.", remedy="Choose another place.") from None
    finally:
        partial.unlink(missing_ok=True)


def _pour(content: Iterator[bytes], file: IO[bytes]) -> None:
    for chunk in content:
        file.write(chunk)
