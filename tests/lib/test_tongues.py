"""The languages that items are in: their names, and the attributes that let a screen reader and a browser know them."""

import pytest
from django.utils import translation

from talkoo.lib import pseudo, tongues


def test_the_tags_are_written_as_bcp_47_writes_them_and_each_language_stands_once():
    tags = [tag for tag, _name in tongues.choices()]
    assert len(tags) == len(set(tags)) > 90
    assert {"sv", "fi", "se", "mt", "ps", "pt-BR", "sr-Latn", "zh-Hans"} <= set(tags)
    assert not {"no", "en-GB", "es-MX", "zh-hans"} & set(tags)
    names = [name for _tag, name in tongues.choices()]
    assert len(names) == len(set(names))


def test_names_are_in_the_language_of_who_reads_them_as_far_as_its_catalogue_knows():
    with translation.override("sv"):
        found = dict(tongues.choices())
    assert (found["de"], found["se"]) == ("Tyska", "Northern Sámi")
    assert tongues.called("de") == "German"
    assert tongues.called("tlh") == "tlh"


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("", ' dir="auto"'),
        ("sv", ' lang="sv" dir="ltr"'),
        ("ar", ' lang="ar" dir="rtl"'),
        ("prs", ' lang="prs" dir="rtl"'),
        ("sr-Latn", ' lang="sr-Latn" dir="ltr"'),
        ('"><b>', ' lang="&quot;&gt;&lt;b&gt;" dir="ltr"'),
    ],
)
def test_a_text_says_its_language_and_which_way_it_runs(tag, attributes):
    assert tongues.attributes(tag) == attributes


def test_who_reads_in_a_language_probably_writes_in_it():
    assert [tongues.likely(each) for each in ("fi", "en-gb", "zh-hant", pseudo.MIRRORED, "")] == [
        "fi",
        "en",
        "zh-Hant",
        "",
        "",
    ]
