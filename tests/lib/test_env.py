"""Settings are read strictly: what cannot be used is named, with the remedy."""

import pytest

from talkoo.lib.env import BadSetting, Environment, Setting, credentials

DECLARED = [
    Setting("T_ON", "flag", "0", "why"),
    Setting("T_COUNT", "number", "3", "why", "5"),
    Setting("T_NAME", "name", "Ada", "why"),
    Setting("T_NAMES", "names", "", "why"),
    Setting("T_URL", "secret address", "", "why", "https://example.org"),
]


def env(**values):
    return Environment(DECLARED, values, "T_")


def test_what_is_not_set_or_empty_has_its_default():
    assert env().number("T_COUNT") == 3
    assert env(T_NAME=" ").text("T_NAME") == "Ada"
    assert env().url("T_URL", ["https"]) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("1", True), ("Yes", True), ("on", True), ("0", False), ("FALSE", False)]
)
def test_flags_are_read_in_the_usual_spellings(text, expected):
    assert env(T_ON=text).flag("T_ON") is expected


@pytest.mark.parametrize(
    ("name", "read", "text"),
    [
        ("T_ON", lambda e: e.flag("T_ON"), "perhaps"),
        ("T_COUNT", lambda e: e.number("T_COUNT"), "3.5"),
        ("T_COUNT", lambda e: e.number("T_COUNT"), "-1"),
        ("T_COUNT", lambda e: e.number("T_COUNT"), "٣"),
        ("T_NAME", lambda e: e.choice("T_NAME", ["Ada", "Bo"]), "Cy"),
        ("T_URL", lambda e: e.url("T_URL", ["https"]), "ftp://example.org"),
        ("T_URL", lambda e: e.url("T_URL", ["https"]), "https://example.org:port"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_the_name_of_the_variable(name, read, text):
    with pytest.raises(BadSetting, match=f"^{name}: "):
        read(env(**{name: text}))


def test_a_secret_is_not_repeated_in_the_complaint():
    with pytest.raises(BadSetting) as caught:
        env(T_URL="ftp://ada:hush@example.org").url("T_URL", ["https"])
    assert "hush" not in str(caught.value)
    assert "for example https://example.org" in str(caught.value)


def test_a_misspelt_name_is_noticed_and_the_right_one_suggested():
    with pytest.raises(BadSetting, match=r"T_NAMEZ is not a setting.*did you mean T_NAME"):
        env(T_NAMEZ="Ada")


def test_names_of_others_are_none_of_our_business():
    assert Environment(DECLARED, {"PATH": "/bin"}, "T_").names("T_NAMES") == []
    assert env(T_NAMES="a, b,,c ").names("T_NAMES") == ["a", "b", "c"]


def test_percent_signs_in_credentials_are_undone():
    parts = env(T_URL="https://a%40b:p%2Fw@example.org").url("T_URL", ["https"])
    assert credentials(parts) == ("a@b", "p/w")


def test_a_secret_may_come_in_a_file_and_only_a_secret(tmp_path):
    (tmp_path / "url").write_text("https://ada:pw@example.org\n")
    found = env(T_URL_FILE=str(tmp_path / "url")).url("T_URL", ["https"])
    assert credentials(found) == ("ada", "pw")
    with pytest.raises(BadSetting, match="T_URL is set as well"):
        env(T_URL_FILE=str(tmp_path / "url"), T_URL="https://example.org")
    with pytest.raises(BadSetting, match=r"T_URL_FILE: .* cannot be read"):
        env(T_URL_FILE=str(tmp_path / "nowhere"))
    with pytest.raises(BadSetting, match="T_NAME_FILE is not a setting"):
        env(T_NAME_FILE=str(tmp_path / "url"))
