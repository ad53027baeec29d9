"""A guest: invited by mail, in by a link, the terms, an answer, and nothing else."""

import psycopg
import pytest

from tests.journeys.steps import send

pytestmark = pytest.mark.browser


def invited(demo, owner, code, email):
    with psycopg.connect(demo.env["TALKOO_OWNER_DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE microtasks_batch SET sensitivity = 0 WHERE code = %s", [code])
    owner.be("Jonas Lindqvist")
    owner.go(f"/batches/{code}/")
    owner.follow("Guests")
    owner.look("guests-none")
    owner.page.get_by_label("Name").fill("Gwen Guest")
    owner.page.get_by_label("E-mail address").fill(email)
    owner.press("Invite")
    owner.must_see("Invited. The mail is on its way.")
    owner.look("guests")


def comes(demo, guest, email):
    """From the mail to the link to the terms; the link, which is used up now."""
    guest.go(demo.link_in_mail(email))
    guest.look("guest-ask")
    guest.press("Mail me a link")
    guest.heading("Look at your mail")
    guest.look("guest-sent")
    link = demo.link_in_mail(email, after=1)
    guest.go(link)
    guest.look("guest-enter")
    guest.press("Sign in")
    guest.heading("What holds for guests")
    guest.look("guest-terms")
    guest.page.get_by_label("I have read this").check()
    guest.press("Go on")
    guest.heading("Welcome, Gwen Guest")
    guest.look("guest-home")
    return link


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.full)])
def test_a_guest_comes_by_mail_answers_and_sees_nothing_else(demo, visitor, someone, width):
    code = demo.small_batch(f"Name the new park ({width})", ["By the water", "On the hill"])
    email, owner = f"gwen@{width}.example", someone(1280)
    invited(demo, owner, code, email)
    link = comes(demo, visitor, email)
    visitor.follow("Begin")
    visitor.look("guest-work")
    visitor.press("Start", exact=False)
    visitor.page.wait_for_url("**/assignments/**")
    visitor.look("guest-task")
    visitor.page.keyboard.press("Digit1")
    send(visitor)
    with visitor.expecting(404):
        for elsewhere in ("/people/", "/me/", f"/batches/{code}/", f"/work/{code}0/"):
            visitor.go(elsewhere)
            visitor.heading("There is nothing here")
        visitor.look("guest-nothing")
        visitor.go(link)
        visitor.must_see("This link was used")
    visitor.go("/")
    visitor.heading("Welcome, Gwen Guest")
    owner.page.reload()
    owner.must_see("Takes part")
    owner.press("End", exact=False)
    owner.must_see("is no guest any more")
    visitor.page.reload()
    visitor.must_see("Your visit has ended")
