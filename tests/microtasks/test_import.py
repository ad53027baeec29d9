"""`talkoo import`: the builder without a browser, stopped and called again."""

import argparse

import pytest

from talkoo.access.permissions import Role
from talkoo.lib.errors import Denied, Invalid
from talkoo.microtasks import cli
from talkoo.microtasks.actions import reading
from talkoo.microtasks.models import Batch, BatchState, Task
from tests.microtasks.drafts import LETTERS
from tests.people import organisation, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "letters.csv"
    path.write_text(LETTERS)
    return path


def run(file, owner, *words, organisation="norrby"):
    parser = argparse.ArgumentParser()
    cli.import_arguments(parser)
    usual = ["--owner", owner.email, "--organisation", organisation, "--title", "Letters", "--question", "What about?"]
    columns = ["--source", "text", "--name", "letter_no", "--option", "Light", "--option", "Noise"]
    return cli.import_file(parser.parse_args([str(file), *usual, *columns, *words]))


@pytest.fixture
def owner(town):
    return person("Jonas", town, Role.TASK_OWNER)


def test_a_contributor_imports_nothing(file, town):
    with pytest.raises(Denied):
        run(file, person("Amina", town))
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--source", "nonsense"], "no such column"),
        (["--type", "poem"], "no task type"),
        (["--option", "Light"], "do not fit"),
        (["--set", "high"], "NAME=VALUE"),
        (["--encoding", "morse"], "no such encoding"),
    ],
)
def test_wrong_words_are_named_and_leave_no_items(file, owner, words, said):
    with pytest.raises(Invalid, match=said):
        run(file, owner, *words)
    assert not Task.objects.exists()


def test_an_unknown_owner_organisation_or_file_is_named(file, owner, tmp_path):
    with pytest.raises(Invalid, match="No organisation is called"):
        run(file, owner, organisation="Atlantis")
    with pytest.raises(Invalid, match="cannot be read"):
        run(tmp_path / "none.csv", owner)
    owner.email = "nobody@test.example"
    with pytest.raises(Invalid, match="Nobody here has the address"):
        run(file, owner)
    assert not Batch.objects.exists()


def test_a_file_that_cannot_be_read_leaves_no_batch(file, owner):
    file.write_text("text,text\na,b\n")
    with pytest.raises(Invalid, match="two columns"):
        run(file, owner)
    assert not Batch.objects.exists()


def test_a_file_becomes_an_open_batch(file, owner, town, capsys):
    assert run(file, owner, "--open", "--item", "letter", "--several") == 0
    batch = Batch.objects.get()
    printed = capsys.readouterr()
    assert printed.out.strip() == batch.code
    assert "100 %" in printed.err
    assert (batch.state, batch.organisation, batch.tasks_total) == (BatchState.OPEN, town, 3)
    assert batch.config == {"options": ["Light", "Noise"], "several": True}
    assert Task.objects.get(number=1).name == "L1"


def test_an_import_that_was_stopped_goes_on_where_it_was(file, owner, monkeypatch, capsys):
    def stop(*_words):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(reading, "_store", stop)
        with pytest.raises(KeyboardInterrupt):
            run(file, owner)
    assert not Task.objects.exists()
    run(file, owner)
    assert "Going on" in capsys.readouterr().err
    assert (Batch.objects.count(), Task.objects.count()) == (1, 3)


def test_a_second_call_changes_nothing(file, owner, capsys):
    run(file, owner, "--open")
    first = capsys.readouterr().out
    run(file, owner, "--open")
    assert capsys.readouterr().out == first
    assert (Batch.objects.count(), Task.objects.count()) == (1, 3)


def test_rejected_rows_are_printed_with_their_lines(file, owner, capsys):
    file.write_text(LETTERS + "L4,,Hill\n" * 25)
    run(file, owner)
    said = capsys.readouterr().err
    assert "line 5: “text” is empty" in said
    assert "and 5 more" in said


def test_it_goes_to_everybody_only_with_all_that_is_asked_for(file, owner):
    organisation("Ekhamn")
    with pytest.raises(Invalid, match="Name who answers for the data"):
        run(file, owner, "--open", "--everybody")
    Batch.objects.update(title="Another")
    said = ("--contact", "dpo@test.example", "--purpose", "Sorting", "--basis", "public", "--keep-days", "30")
    file.write_text(LETTERS + "L4,One more,Hill\n")
    assert run(file, owner, "--open", "--everybody", *said, "--afterwards", "delete", "--no-personal-data") == 0
    batch = Batch.objects.get(title="Letters")
    assert (batch.state, batch.audience.count(), batch.data_statements.get().says) == (BatchState.OPEN, 0, "none")
