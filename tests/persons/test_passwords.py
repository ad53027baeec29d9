"""A password does not lean on the names that everybody here knows."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from tests.people import organisation

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "password", ["harbour region 26", "TalkooTalkoo2026", "Administrator-1!", "org.example-contributor"]
)
def test_a_password_of_names_is_refused(password, settings):
    settings.BASE_URL = "https://work.org.example"
    organisation("Harbour Region")
    with pytest.raises(ValidationError, match="everybody here knows"):
        validate_password(password)


def test_a_name_among_other_words_is_fine():
    organisation("Harbour Region")
    assert validate_password("many boats in the harbour") is None
