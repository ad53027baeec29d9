"""A language is added to an installed Talkoo: its messages collected, translated, compiled and offered."""

import argparse

import pytest
from django.test import override_settings

from talkoo.config.messages import run
from talkoo.lib.env import BadSetting
from talkoo.lib.languages import installed


@pytest.mark.parametrize("language", ["../sv", "Swedish please", ""])
def test_what_is_no_tag_of_a_language_is_refused(language, tmp_path):
    with override_settings(LOCALE_PATHS=[tmp_path]), pytest.raises(BadSetting, match="is not the tag of a language"):
        run(argparse.Namespace(language=language))
    assert list(tmp_path.iterdir()) == []


def test_without_the_tools_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with override_settings(LOCALE_PATHS=[tmp_path]), pytest.raises(BadSetting, match="GNU gettext"):
        run(argparse.Namespace(language="sv"))


@pytest.mark.full
def test_a_language_is_offered_once_something_of_it_is_translated(tmp_path):
    made = tmp_path / "sv" / "LC_MESSAGES"
    with override_settings(LOCALE_PATHS=[tmp_path]):
        run(argparse.Namespace(language="sv"))
        assert installed([tmp_path]) == [("en", "English")]
        asked = (made / "django.po").read_text()
        assert all(f'msgid "{words}"' in asked for words in ("My record", "Uploaded", "Send and next", "Northern Sámi"))
        (made / "django.po").write_text(
            asked.replace('msgid "My record"\nmsgstr ""', 'msgid "My record"\nmsgstr "Mitt"')
        )
        run(argparse.Namespace(language="sv"))
        assert installed([tmp_path]) == [("en", "English"), ("sv", "Svenska")]
        kept = (made / "django.mo").read_bytes()
        said = (made / "django.po").read_text()
        lost = 'msgid "%(n)d answer an item"\nmsgid_plural "%(n)d answers an item"\nmsgstr[0] ""\nmsgstr[1] ""'
        assert lost in said
        (made / "django.po").write_text(
            said.replace(lost, lost.replace('msgstr[0] ""\nmsgstr[1] ""', 'msgstr[0] "%d"\nmsgstr[1] "%d"'))
        )
        with pytest.raises(BadSetting, match="cannot be compiled"):
            run(argparse.Namespace(language="sv"))
        assert (made / "django.mo").read_bytes() == kept
