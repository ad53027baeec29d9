"""Every kind of task that is no list of answers, met once by a contributor: filled in, refused where wrong, sent."""

import csv

import pytest
from playwright.sync_api import expect

from tests.journeys import world
from tests.journeys.steps import PHONE_IN_FULL, begin, send

pytestmark = pytest.mark.browser
WHO = {1280: "Ingrid Solheim", 390: "Samuel Okoro"}
EVERYBODY = (
    *("--everybody", "--contact", "dpo@housing.example", "--purpose", "Trying each kind", "--basis", "public"),
    *("--keep-days", "30", "--afterwards", "delete", "--no-personal-data"),
)
OWNER = ("--owner", "jonas.lindqvist@housing.example", "--organisation", "housing", "--open")
COLUMNS = ("no", "text", "name", "street", "town", "left: name", "left: street", "right: name", "right: street")
ROWS = [
    ("A-1", "Invoice of 31 March 2026. For two pumps and their fitting: 1250.50, to be paid within 30 days.",
     "Harbour café", "Quay 5", "Norrby", "Harbour café", "Quay 5", "Café Harbour Ltd", "Quay 5"),
    ("A-2", "Invoice of 2 April 2026. For a ladder: 89.00.", "Hill bakery", "", "Ekhamn", "Hill bakery", "Mill Road 2",
     "Hill bakery", "Mill Road 20"),
]  # fmt: skip
OPTIONS = [
    word for name in ("Noise at night", "Too little light", "Trees that are felled") for word in ("--option", name)
]
KINDS = {
    "number": ("Which sum does the invoice ask for?", ["--source", "text", "--set", "centre=median", "--set", "decimals=2", "--set", "tolerance=0", "--set", "unit=EUR", "--set", "low=0", "--set", "high=5000"]),
    "date": ("Which day stands on the invoice?", ["--source", "text", "--set", "tolerance=0"]),
    "short_text": ("What was bought?", ["--source", "text", "--set", "longest=60"]),
    "long_text": ("What does it say, in plain words?", ["--source", "text", "--set", "longest=500", "--set", "alike=90"]),
    "rank": ("What matters most here?", ["--source", "text", *OPTIONS]),
    "points": ("How much does each weigh?", ["--source", "text", *OPTIONS, "--set", "total=100", "--set", "tolerance=10"]),
    "verify": ("Is this record right?", ["--record", "name", "--record", "street", "--record", "town"]),
    "match": ("Is this the same place?", ["--left-record", "left: name", "--left-record", "left: street", "--right-record", "right: name", "--right-record", "right: street"]),
}  # fmt: skip


@pytest.fixture(scope="module")
def demo(postgres_server, django_db_blocker, tmp_path_factory):
    """A region of their own: so many batches for everybody would push those of other journeys off the first page."""
    folder = tmp_path_factory.mktemp("kinds")
    with django_db_blocker.unblock():
        source = world.demo_template(folder)
    with world.copy_of(source) as name, world.served(folder, name, TALKOO_DEMO="1") as found:
        yield found


@pytest.fixture(scope="module")
def batches(demo):
    """One open batch of each kind; their codes."""
    path = demo.var / "kinds.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *ROWS])
    found = {}
    for code, (question, words) in KINDS.items():
        title = f"One of each: {code}"
        copy = demo.var / f"kinds-{code}.csv"
        copy.write_bytes(path.read_bytes() + f"A-3,{title},a,b,c,d,e,f,g\n".encode())
        said = demo.talkoo(
            "import",
            str(copy),
            *OWNER,
            "--title",
            title,
            "--type",
            code,
            "--question",
            question,
            "--name",
            "no",
            *EVERYBODY,
            *words,
        )
        found[code] = said.splitlines()[-1]
    return found


def number(visitor):
    field = visitor.page.get_by_label("Number")
    field.fill("1 250.50")
    with visitor.expecting(422):
        visitor.page.keyboard.press("Shift+Tab")
        visitor.press("Send and next", exact=False)
        visitor.must_see("Leave out what separates thousands")
    visitor.look("kind-number-error")
    visitor.page.get_by_label("Number").fill("1250,50")


def date(visitor):
    visitor.page.get_by_label("Date").fill("2026-03-31")


def short_text(visitor):
    visitor.page.get_by_label("Your answer").fill("Two pumps")


def long_text(visitor):
    visitor.page.get_by_label("Your answer").fill("They want 1,250.50 for two pumps.\nWe have 30 days.")


def rank(visitor):
    """Moved by buttons; the numbers follow, and so does the focus."""
    page = visitor.page
    page.get_by_role("button", name="Move Trees that are felled up").click()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Trees that are felled", exact=True)).to_have_value("1")
    expect(page.get_by_label("Too little light", exact=True)).to_have_value("3")
    expect(page.locator("[data-rank-said]")).to_contain_text("Trees that are felled is in place 1 now.")


def points(visitor):
    page = visitor.page
    page.get_by_label("Noise at night").fill("60")
    page.get_by_label("Too little light").fill("30")
    expect(page.locator(".points-sum")).to_contain_text("90 of 100 given, 10 left.")
    page.get_by_label("Trees that are felled").fill("10")
    expect(page.locator(".points-sum")).to_contain_text("0 left.")


def verify(visitor):
    page = visitor.page
    page.get_by_label("Something is wrong").check()
    page.get_by_label("street is wrong").check()
    page.get_by_label("What street should say").fill("Quay 7")


def match(visitor):
    expect(visitor.page.locator("tr.differs")).to_contain_text("differs")
    visitor.page.keyboard.press("Digit1")
    expect(visitor.page.get_by_label("The same")).to_be_checked()


FILL = {each.__name__: each for each in (number, date, short_text, long_text, rank, points, verify, match)}


@PHONE_IN_FULL
def test_each_kind_is_answered_once_and_kept_as_it_was_sent(visitor, batches):
    visitor.be(WHO[visitor.width])
    for code, fill in FILL.items():
        begin(visitor, batches[code])
        visitor.heading("One of each")
        held = visitor.page.url
        fill(visitor)
        visitor.look(f"kind-{code}")
        visitor.page.locator("h1").click()
        send(visitor)
        visitor.go(held)
        visitor.must_see("Send the change")
        filled = visitor.page.locator("fieldset#choice :is(input:not([type=hidden]), textarea)")
        values = filled.evaluate_all(
            "all => all.map(one => one.type === 'radio' || one.type === 'checkbox' ? one.checked : one.value !== '')"
        )
        assert any(values), code


def test_an_owner_sets_a_kind_up_and_reads_its_results(someone, batches, demo):
    """The settings of a kind with its preview, every kind beside it; then what came of one, told and drawn."""
    owner = someone(1280)
    owner.be("Jonas Lindqvist")
    for code in ("number", "match"):
        owner.go(f"/batches/{batches[code]}/?show=all&task=1")
        owner.heading("One of each")
        owner.open_details()
        owner.look(f"kind-results-{code}")
    title = "One of each, to be set up"
    copy = demo.var / "kinds-draft.csv"
    copy.write_bytes((demo.var / "kinds.csv").read_bytes() + f"A-3,{title},a,b,c,d,e,f,g\n".encode())
    words = [
        "--title",
        title,
        "--type",
        "rank",
        "--question",
        "What matters most?",
        "--name",
        "no",
        "--source",
        "text",
        *OPTIONS,
    ]
    draft = demo.talkoo("import", str(copy), *OWNER[:-1], *words).splitlines()[-1]
    owner.go(f"/batches/{draft}/edit/question/")
    expect(owner.page.get_by_role("textbox", name="Options 1")).to_have_value("Noise at night")
    expect(owner.page.locator("#preview-paper .rank li")).to_have_count(3)
    owner.look("kind-builder")
    owner.page.locator("#id_kind").get_by_label("Number", exact=False).first.check()
    expect(owner.page.locator("#number-tolerance")).to_be_visible()
    expect(owner.page.locator("#preview-paper").get_by_label("Number")).to_be_visible()
    owner.look("kind-builder-number")
