"""What several journeys do on their way."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
from playwright.sync_api import expect

PHONE_IN_FULL = pytest.mark.parametrize(  # the long ones, whose pages other journeys meet on a phone each time
    "width", [pytest.param(1280, id="wide"), pytest.param(390, id="phone", marks=pytest.mark.full)], indirect=True
)
ADMINISTRATOR = "ada@region.example"
PASSWORD = "three boats in a quiet harbour"


def first_run(visitor, world):
    """Become the administrator of an empty Talkoo."""
    visitor.go(f"/first-run/?code={world.setup_code()}")
    page = visitor.page
    page.get_by_label("Name of your organisation").fill("Region")
    page.get_by_label("Your name").fill("Ada Region")
    page.get_by_label("Your work e-mail").fill(ADMINISTRATOR)
    page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Begin")
    visitor.must_see("Talkoo is yours.")


def begin(visitor, code):
    """Take a task of a batch."""
    visitor.go(f"/work/{code}/")
    visitor.press("Start", exact=False)
    visitor.page.wait_for_url("**/assignments/**")


def send(visitor):
    """Fairly sure, Ctrl+Enter, and wait for the next item."""
    before = visitor.page.url
    visitor.page.keyboard.press("Shift+Digit2")
    visitor.page.keyboard.press("Control+Enter")
    visitor.page.wait_for_url(lambda url: url != before)


def item(visitor):
    return visitor.page.locator("#source-h").inner_text()


def read_file(visitor, title, file):
    """New batch: a title and a file, up to the page that asks what its columns are."""
    visitor.menu("My batches")
    visitor.follow("New batch")
    visitor.page.get_by_label("Title").fill(title)
    visitor.page.get_by_label("File", exact=True).set_input_files(file)
    visitor.press("Next: columns")
    expect(visitor.page.locator("h1")).to_have_text(title)


def offer_to_everybody(owner):
    """On the page of who may see it: everybody, then everything that is asked for because of it."""
    owner.page.get_by_label("Everybody in all organisations").check()
    owner.press("Next: data protection")
    state_the_data(owner)


def state_the_data(owner):
    """Whose data, what for, on which ground, how long; then the look through the items and the word on them."""
    page = owner.page
    page.get_by_label("Whom people can write to about it").fill("Data office, dpo@town.example")
    page.get_by_label("What the data is used for").fill("Sorting what people wrote.")
    page.get_by_label("Public task (e)", exact=False).check()
    page.get_by_label("Days it is kept after the batch closes").fill("30")
    page.get_by_label("Delete everything", exact=False).check()
    owner.press("Save and stay here")
    owner.press("Look through the items")
    expect(page.locator("#look")).to_contain_text("looked through.", timeout=60_000)
    page.get_by_label("No personal data", exact=False).check()
    owner.press("State this")
    owner.must_see("everything the law asks for is stated")


def csv_file(text, name="items.csv"):
    return {"name": name, "mimeType": "text/csv", "buffer": text if isinstance(text, bytes) else text.encode()}


class Authenticator:
    """The app on somebody's phone: codes by RFC 6238, each given once, waiting for a fresh one where it must."""

    def __init__(self, secret: str) -> None:
        self.key = base64.b32decode(secret + "=" * (-len(secret) % 8))
        self.last = 0

    def code(self) -> str:
        while (step := int(time.time()) // 30) == self.last:
            time.sleep(0.2)
        self.last = step
        digest = hmac.new(self.key, struct.pack(">Q", step), hashlib.sha1).digest()
        place = digest[-1] & 15
        return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
