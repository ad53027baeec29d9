"""`talkoo replay`: bad folders are named with the place; a small recording goes all the way through a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from talkoo.desk.replay.figures import majority_accuracy
from talkoo.desk.replay.recording import read
from talkoo.lib.errors import Invalid, Missing

HEAD, TRUTH = "task,worker,label\n", "task,label\n"


def folder(tmp_path, answers=None, truth=TRUTH):
    for name, text in (("answers.csv", answers), ("truth.csv", truth)):
        if text is not None:
            (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("answers", "truth", "error", "words"),
    [
        (None, TRUTH, Missing, "answers.csv"),
        (HEAD + "1,a,x\n1,b,y\n", None, Missing, "truth.csv"),
        (HEAD, TRUTH, Invalid, "no answers"),
        ("task,person,label\n1,a,x\n", TRUTH, Invalid, "'worker' is missing; found: task, person, label"),
        (HEAD + "1,a,x\n1,,y\n", TRUTH, Invalid, "line 3"),
        (HEAD + "1,a,x\n1,b\n", TRUTH, Invalid, "line 3"),
        (HEAD + '1,a,"x\n', TRUTH, Invalid, "line"),
        (HEAD + "1,a,x\n", TRUTH, Invalid, "1 different labels"),
        (HEAD + "".join(f"1,p{n},{n}\n" for n in range(61)), TRUTH, Invalid, "61 different labels"),
        (HEAD + f"1,a,{'x' * 121}\n1,b,y\n", TRUTH, Invalid, "longer than 120"),
    ],
)
def test_a_folder_that_cannot_be_used_is_named_with_the_place(tmp_path, answers, truth, error, words):
    with pytest.raises(error) as caught:
        read(folder(tmp_path, answers, truth))
    assert words in caught.value.message
    assert caught.value.remedy


def test_a_file_that_is_no_utf8_or_no_folder_at_all_is_named(tmp_path):
    (tmp_path / "answers.csv").write_bytes(b"task,worker,label\n1,a,\xff\n")
    with pytest.raises(Invalid, match="not UTF-8"):
        read(tmp_path)
    with pytest.raises(Missing, match="no folder"):
        read(tmp_path / "nowhere")


def test_columns_may_stand_in_any_order_and_truths_of_unanswered_tasks_do_not_count(tmp_path):
    found = read(folder(tmp_path, "label,task,more,worker\n2,t,,a\n10,t,,b\n2,u,,a\n", TRUTH + "t,2\nz,2\n"))
    assert found.labels == ["2", "10"]
    assert found.tasks == {"t": 2, "u": 1}
    assert found.people == {"a": [("t", "2"), ("u", "2")], "b": [("t", "10")]}
    assert found.truth == {"t": "2"}


def test_a_tie_counts_for_a_part_in_the_majority(tmp_path):
    found = read(folder(tmp_path, HEAD + "1,a,x\n1,b,y\n2,a,x\n", TRUTH + "1,x\n2,x\n"))
    assert majority_accuracy(found) == 0.75


def talkoo(*words):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TALKOO_", "DJANGO_"))}
    command = [sys.executable, "-m", "talkoo.config.cli", "replay", *words]
    return subprocess.run(
        command,
        env={**kept, "PYTHONPATH": str(Path("src").resolve())},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_bad_use_ends_with_a_message_and_no_trace(tmp_path):
    ended = talkoo(str(tmp_path / "nowhere"))
    assert ended.returncode == 1
    assert "There is no folder" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert talkoo(str(tmp_path), "--clients", "0").returncode == 2


def test_a_recording_is_claimed_and_answered_over_http_and_every_answer_is_kept(tmp_path):
    """Nine people, four tasks, one of them wrong about everything; the house is gone afterwards."""
    truth = {"t1": "yes", "t2": "no", "t3": "yes", "t4": "no"}
    other = {"yes": "no", "no": "yes"}
    lines = [
        f"{task},p{person},{other[label] if person == 8 else label}"
        for person in range(9)
        for task, label in truth.items()
    ]
    set_of = folder(
        tmp_path, HEAD + "\n".join(lines), TRUTH + "".join(f"{task},{label}\n" for task, label in truth.items())
    )
    ended = talkoo(str(set_of), "--json", "--clients", "6")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert (found["answers_sent"], found["answers_kept"], found["people"], found["tasks"]) == (36, 36, 9, 4)
    assert (found["truths_matched"], found["accuracy"], found["majority_accuracy"]) == (4, 1.0, 1.0)
    assert found["double_allocations"] == 0
    assert "Traceback" not in ended.stderr
