"""From proposing an arrangement at home to confidential work that opens there."""

import pytest
from django.contrib.auth.hashers import make_password

from tests.journeys.steps import PASSWORD, PHONE_IN_FULL
from tests.journeys.test_passkeys import security_key
from tests.journeys.test_places import WHO, comes_from, enrol, house, sign_in, written

pytestmark = pytest.mark.browser
HOME, WORKER = "198.18.0.7", "jonas.lindqvist@housing.example"
__all__ = ["house"]


@PHONE_IN_FULL
def test_confidential_work_opens_at_home_once_the_manager_agreed(house, someone, width):
    served, name = house
    code = served.small_batch("Complaints", ["The crane is loud.", "The quay is dark."])
    prepared(name, code)
    visitor, other = (someone(width, address=served.address.replace("127.0.0.1", "localhost")) for _each in range(2))
    with security_key(visitor), security_key(other):
        comes_from(visitor, HOME)
        sign_in(visitor, WORKER)
        enrol(visitor)
        with written(name) as database:  # a key of today declares no address
            database.execute("UPDATE mfa_authenticator SET created_at = created_at - interval '1 day'")
        visitor.go("/me/arrangement/")
        visitor.must_see("Nothing is agreed")
        visitor.look("arrangement-none")
        propose(visitor)
        agree(other)
        refused_then_open(visitor, code)


def prepared(name, code):
    """Confidential work, and passwords for the one who works at home and the one who may agree to it."""
    with written(name) as database:
        database.execute("UPDATE microtasks_batch SET sensitivity = 2 WHERE code = %s", [code])
        kept = [make_password(PASSWORD), [WORKER, WHO]]
        database.execute("UPDATE people_person SET password = %s WHERE email = ANY(%s)", kept)


def propose(visitor):
    page = visitor.page
    for day in ("Saturday", "Sunday"):
        page.get_by_label(day).first.check(force=True)
    page.get_by_label("From what time").first.fill("00:00")
    page.get_by_label("Until what time").first.fill("07:00")
    page.get_by_label("Until what time").first.fill("00:00")
    visitor.press("Propose it")
    visitor.must_see("Waits for a decision")
    with visitor.expecting(403):
        visitor.press("Declare the address")
        visitor.must_see("used within the last 15 minutes")
        visitor.look("arrangement-key")
    visitor.follow("Use a passkey or security key")
    visitor.press("Use it")
    visitor.heading("My arrangement")
    visitor.press("Declare the address")
    visitor.must_see("you are here")
    visitor.look("arrangement-waits")


def agree(other):
    sign_in(other)
    enrol(other)
    other.go("/arrangements/")
    other.look("arrangements")
    other.follow("Jonas Lindqvist")
    other.must_see("Or decline it")
    other.look("arrangement-decide")
    with other.expecting(403):
        other.press("Agree to it")
        other.must_see("needs a second factor")
    other.follow("Give a second factor")
    other.press("Use it")
    other.must_see("Or decline it")
    other.press("Agree to it")
    other.must_see("It is agreed.")
    other.look("arrangement-agreed")


def refused_then_open(visitor, code):
    """The network is another kind now, so who is there is asked once more."""
    with visitor.expecting(403):
        visitor.go(f"/work/{code}/")
        visitor.must_see("Confidential work needs a second factor.")
    visitor.follow("Give a second factor")
    visitor.press("Use it")
    visitor.heading("Complaints")
    visitor.go("/me/arrangement/")
    visitor.must_see("a home network")
    visitor.look("arrangement-in-force")
