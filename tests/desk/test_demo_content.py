"""The files of the demonstration fit together: a name misspelt here would only show as an empty screen there."""

import csv
import json
import re
from collections import Counter
from pathlib import Path

import pytest

import talkoo

SOURCE = Path(talkoo.__file__).parent
FOLDER = SOURCE / "desk" / "demo_content"
COUNTS = {
    "planning_letters.csv": 300,
    "translations.csv": 120,
    "road_reports.csv": 200,
    "leaflet_pairs.csv": 40,
    "place_pairs.csv": 40,
}


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert all(None not in row and None not in row.values() for row in rows), f"{path.name}: a row of another length"
    return rows


def held(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def people():
    return table(FOLDER / "people.csv")


def skills_of(person):
    return {text.partition(":")[0]: text.partition(":")[2] for text in person["skills"].split(";")}


def batches():
    return held("batches.json")["batches"]


def truths(batch):
    return [row["truth"].split("|") for row in table(FOLDER / batch["file"])]


def test_every_starter_skill_has_one_code_one_name_and_one_sentence():
    skills = table(SOURCE / "people" / "starter_skills.csv")
    assert 140 <= len(skills) <= 175
    assert len({row["code"] for row in skills}) == len({row["name"] for row in skills}) == len(skills)
    assert [row["code"] for row in skills if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["code"])] == []
    assert [row["code"] for row in skills if not row["description"].endswith(".")] == []


def test_organisations_stand_below_one_that_comes_before_them():
    seen = {None}
    for place in held("organisations.json")["organisations"]:
        assert place["parent"] in seen, place["code"]
        assert place["code"] not in seen, place["code"]
        seen.add(place["code"])


def test_an_organisation_that_ended_names_the_one_that_followed_it_the_next_day():
    places = {place["code"]: place for place in held("organisations.json")["organisations"]}
    ended = [place for place in places.values() if place["until"]]
    assert ended
    assert all(places[place["successor"]]["from"] > place["until"] for place in ended)


def test_everybody_has_an_address_of_their_organisation_and_skills_of_the_list():
    places = {place["code"]: place for place in held("organisations.json")["organisations"]}
    skills = {row["code"] for row in table(SOURCE / "people" / "starter_skills.csv")}
    cast = people()
    assert len({person["email"] for person in cast}) == len({person["name"] for person in cast}) == len(cast)
    for person in cast:
        home = places[person["organisation"]]
        unit = places[person["unit"]]
        assert person["email"].endswith("@" + home["domain"]), person["email"]
        assert home["code"] in {unit["code"], unit["parent"]}, person["email"]
        assert not unit["until"], person["email"]
        assert set(skills_of(person)) <= skills, person["email"]
        assert all(re.fullmatch(r"[123]\+?", level) for level in skills_of(person).values()), person["email"]


def test_every_role_is_held_by_somebody():
    known = {place["code"] for place in held("organisations.json")["organisations"]}
    roles = [role.partition("@") for person in people() for role in person["roles"].split(";")]
    assert {role for role, _, _ in roles} == {
        "contributor", "task_owner", "coordinator", "security_officer", "auditor", "works_council", "administrator",
    }  # fmt: skip
    assert {where for _, at, where in roles if at} <= known


def test_personas_are_people():
    names = {person["email"]: (person["name"], person["organisation"]) for person in people()}
    for persona in held("personas.json")["personas"]:
        assert names[persona["email"]] == (persona["name"], persona["organisation"])


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: batch["code"])
def test_a_batch_has_the_items_it_promises_each_once(batch):
    rows = table(FOLDER / batch["file"])
    name = batch["columns"]["name"]
    assert len(rows) == COUNTS[batch["file"]]
    assert len({row[name] for row in rows}) == len(rows)
    columns = batch["columns"]
    used = [*columns.get("source", []), *(columns[use] for use in ("left", "right", "group") if use in columns)]
    assert all(row[column].strip() for row in rows for column in used)


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: batch["code"])
def test_the_truth_of_an_item_is_among_the_options(batch):
    found = truths(batch)
    assert {value for truth in found for value in truth} == set(batch["options"])
    assert max(len(truth) for truth in found) <= batch.get("choose", {}).get("most", 1)
    assert all(len(set(truth)) == len(truth) for truth in found)


@pytest.mark.parametrize("batch", batches(), ids=lambda batch: batch["code"])
def test_who_owns_or_reviews_a_batch_exists_and_may(batch):
    roles = {person["email"]: person["roles"].split(";") for person in people()}
    assert "task_owner" in roles[batch["owner"]]
    assert {*batch["co_owners"], *batch["reviewers"]} <= set(roles)
    assert batch["owner"] not in batch["reviewers"]


def test_letters_are_as_long_as_a_letter_and_hardly_share_a_paragraph():
    letters = table(FOLDER / "planning_letters.csv")
    assert [row["letter_no"] for row in letters if not 80 <= len(row["text"].split()) <= 180] == []
    paragraphs = Counter(part for row in letters for part in row["text"].split("\n\n") if len(part.split()) > 20)
    assert [part for part, count in paragraphs.items() if count > 3] == []
    assert {row["difficulty"] for row in letters} == {"easy", "mixed", "hard"}


def test_a_translation_says_what_is_wrong_exactly_where_something_is():
    assert [row for row in table(FOLDER / "translations.csv") if bool(row["fault"]) != (row["truth"] == "no")] == []


def test_whoever_answers_fits_the_batch_and_does_not_own_or_review_it():
    cast = {person["email"]: person for person in people()}
    plans = held("answering.json")
    for batch in batches():
        plan = plans["batches"][batch["code"]]
        assert set(plan["people"]) <= set(plans["people"])
        assert not {batch["owner"], *batch["co_owners"], *batch["reviewers"]} & set(plan["people"])
        for email in plan["people"]:
            assert batch["audience"] == "all" or cast[email]["organisation"] in batch["audience"], email
            assert set(batch["skills"]) <= set(skills_of(cast[email])), email


def test_notes_problems_and_refusals_name_items_and_people_of_their_batch():
    for batch in batches():
        plan = held("answering.json")["batches"][batch["code"]]
        items = {row[batch["columns"]["name"]] for row in table(FOLDER / batch["file"])}
        said = [*plan["notes"], *plan["problems"], *plan["drafts"]]
        assert {remark["item"] for remark in said} | {item for row in plan["cannot"] for item in row["items"]} <= items
        assert {remark["by"] for remark in said} <= set(plan["people"])
        assert all(row["count"] == len(row["items"]) for row in plan["cannot"])
