"""The first person of all: only with the code, only once; and administrators made at the keyboard."""

import argparse
import io
import stat

import pytest
from django.test import Client
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.lib.errors import Invalid, Missing
from talkoo.people import cli
from talkoo.people.actions.setup import setup_code
from talkoo.people.actions.skills import load_starter_skills, state_skill, state_skills
from talkoo.people.models import Organisation, Person, PersonSkill, Skill
from talkoo.people.queries import subject_of
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db
FORM = {
    "organisation": "Harbour Region",
    "name": "Aino",
    "email": "aino@region.example",
    "password": "many boats in the harbour",
}
ADDRESS = "/first-run/"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.VAR = tmp_path


def begin(code, **changed):
    return Client().post(ADDRESS, {**FORM, "code": code, **changed})


def test_the_code_lies_in_a_file_for_the_operator_alone(tmp_path):
    code = setup_code()
    file = tmp_path / "setup-code"
    assert file.read_text() == code == setup_code()
    assert len(code) >= 20
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_visitor_without_the_code_is_asked_for_it_and_sees_nothing_else():
    page = Client().get("/", follow=True)
    assert page.status_code == 200
    assert 'name="code"' in page.content.decode()
    assert 'name="password"' not in page.content.decode()


@pytest.mark.parametrize("code", ["", "wrong", "ä"])
def test_without_the_code_nobody_begins(code):
    setup_code()
    assert Client().get(ADDRESS, {"code": code}).status_code == (403 if code else 200)
    assert begin(code).status_code == 403
    assert not Person.objects.exists()


def test_no_code_was_made_so_none_fits():
    assert begin("").status_code == 403


def test_the_first_person_may_do_everything_and_is_in(tmp_path):
    code, browser = setup_code(), Client()
    assert browser.get(ADDRESS, {"code": code}).status_code == 200
    assert browser.post(ADDRESS, {**FORM, "code": code}).url == reverse("people")
    first = subject_of(Person.objects.get())
    assert first.organisation_name == "Harbour Region"
    assert {Role.ADMINISTRATOR, Role.COORDINATOR, Role.TASK_OWNER, Role.CONTRIBUTOR} == set(first.roles)
    assert browser.get(reverse("people")).status_code == 200


def test_it_works_only_once(django_capture_on_commit_callbacks, tmp_path):
    code = setup_code()
    with django_capture_on_commit_callbacks(execute=True):
        assert begin(code).status_code == 302
    assert not (tmp_path / "setup-code").exists()
    assert begin(code, email="second@region.example").status_code == 404
    assert Client().get(ADDRESS, {"code": code}).status_code == 404
    assert setup_code() == ""
    assert Person.objects.count() == 1


def test_what_is_wrong_comes_back_with_the_form_and_makes_nothing():
    code = setup_code()
    for changed in ({"password": "short"}, {"email": "no"}, {"organisation": " "}, {"name": ""}):
        answer = begin(code, **changed)
        assert answer.status_code == 422
        assert "has-error" in answer.content.decode()
    assert not Organisation.objects.exists()


def test_before_anybody_exists_the_sign_in_page_leads_there():
    assert Client().get(reverse("account_login")).url == ADDRESS


def _createadmin(monkeypatch, *words, password=FORM["password"]):
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return cli.run(parser.parse_args(words))


def test_createadmin_founds_the_house(monkeypatch, capsys):
    assert (
        _createadmin(monkeypatch, "--email", "aino@region.example", "--name", "Aino", "--organisation", "Region") == 0
    )
    assert "Aino <aino@region.example> is administrator." in capsys.readouterr().out
    made = Person.objects.get()
    assert made.check_password("many boats in the harbour")
    assert subject_of(made).holds(Role.ADMINISTRATOR)


def test_createadmin_makes_somebody_who_is_here_an_administrator_and_keeps_their_password(monkeypatch, capsys):
    town = organisation("Town")
    made = person("Eva", town)
    for _twice in range(2):
        assert _createadmin(monkeypatch, "--email", made.email.upper(), "--organisation", "town") == 0
    assert "stays as it was" in capsys.readouterr().out
    made.refresh_from_db()
    assert not made.check_password("many boats in the harbour")
    assert subject_of(made).holds(Role.ADMINISTRATOR)


def test_createadmin_refuses_a_poor_password_and_an_unknown_organisation(monkeypatch):
    organisation("Town")
    with pytest.raises(Invalid) as refused:
        _createadmin(monkeypatch, "--email", "a@x.example", "--organisation", "Town", password="short")
    assert "too short" in refused.value.message
    with pytest.raises(Missing, match="Village"):
        _createadmin(monkeypatch, "--email", "a@x.example", "--organisation", "Village")
    assert not Person.objects.exists()


def test_starter_skills_load_once_and_are_brought_up_to_date():
    added = load_starter_skills()
    assert added >= 140
    Skill.objects.filter(code="plain-reading").update(name="Old name")
    assert load_starter_skills() == 0
    assert Skill.objects.get(code="plain-reading").name != "Old name"


def test_a_skill_is_stated_changed_and_taken_back():
    load_starter_skills()
    by = subject("Eva", organisation("Town"))
    reading, somali = Skill.objects.filter(code__in=["plain-reading", "somali"]).order_by("code")
    assert state_skills(by=by, statements=[(reading, 3, False), (somali, 0, True)]) == 2
    assert state_skills(by=by, statements=[(reading, 3, False), (somali, 0, True)]) == 0
    assert state_skill(by=by, skill=reading, level=0, grow=False) is None
    assert [(said.skill, said.level, said.grow) for said in PersonSkill.objects.all()] == [(somali, 0, True)]
    with pytest.raises(Invalid):
        state_skill(by=by, skill=reading, level=9, grow=False)
