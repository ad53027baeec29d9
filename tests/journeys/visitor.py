"""Somebody at a browser, watched: whatever must never happen on a page is noted and fails the journey."""

import contextlib
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

expect.set_options(timeout=15_000)  # a busy machine is no fault of the page
AXE = Path("var/axe.min.js")
SCREENS = Path("var/screens")
HEIGHTS = {1280: 900, 390: 844, 320: 720}
PHONE = 600  # pixels; narrower is a phone
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # the rules that can differ between light and dark
TALLEST = 16_000
REFUSED_BY_STATUS = "Failed to load resource: the server responded with a status of"
AXE_RUN = """only => axe.run(document, {runOnly: only, resultTypes: ['violations']}).then(found =>
    found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(' ')} ${node.failureSummary.split('\\n').slice(1).join(' ')}`)))"""
OVERFLOW = """() => {
    const room = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= room) return [];
    return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > room + 1)
        .map(e => `${e.tagName}.${e.className} reaches ${Math.round(e.getBoundingClientRect().right)} of ${room}`)
        .slice(0, 5).concat(`page is ${document.documentElement.scrollWidth} wide`);
}"""
VIOLATIONS = (
    "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"
)


class Visitor:
    """One person in a browser of their own. `look` checks what is on the page; `end` tells what went wrong."""

    def __init__(self, context: BrowserContext, address: str, width: int) -> None:
        self.context, self.address, self.width = context, address, width
        self.troubles: list[str] = []
        self.expected: set[int] = set()
        self.clicks = 0
        context.set_default_timeout(20_000)
        context.add_init_script(VIOLATIONS)
        context.on("page", self._watch)
        self.page = context.new_page()

    def _watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.note(f"script error: {error}"))
        page.on("response", self._answered)
        page.on("dialog", self._dialog)

    def _hear(self, message) -> None:
        if message.type == "error" and not message.text.startswith(REFUSED_BY_STATUS):
            self.note(f"console: {message.text}")

    def _answered(self, response) -> None:
        if response.status >= 400 and response.status not in self.expected:
            self.note(f"{response.status} from {response.request.method} {response.url}")

    def _dialog(self, dialog) -> None:
        self.note(f"a dialog said {dialog.message!r}")
        dialog.dismiss()

    def note(self, trouble: str) -> None:
        said = f"{self.page.url.removeprefix(self.address)}: {trouble[:400]}"
        if said not in self.troubles:
            self.troubles.append(said)

    @contextlib.contextmanager
    def expecting(self, *statuses: int):
        """For a while answers with these statuses are what is wanted."""
        self.expected = set(statuses)
        yield
        self.page.wait_for_load_state()
        self.expected = set()

    # --- what a person does ---------------------------------------------------------------------------------------

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.address + path)

    def press(self, name: str, role: str = "button", *, exact: bool = True, within=None) -> None:
        """Click a button or link by the words on it."""
        self.clicks += 1
        (within or self.page.locator("main")).get_by_role(role, name=name, exact=exact).first.click()

    def follow(self, name: str, *, exact: bool = True, within=None) -> None:
        self.press(name, "link", exact=exact, within=within)

    def menu(self, name: str) -> None:
        """A page of the main menu: in the header, or in the drawer on a phone."""
        self.clicks += 1
        top = self.page.locator("header.top")
        if self.width < PHONE:
            top.locator(".top-menu summary").click()
            top.locator(".top-menu").get_by_role("link", name=name, exact=True).click()
        else:
            top.locator(".top-nav").get_by_role("link", name=name, exact=True).click()

    def be(self, name: str) -> None:
        """Sign in as somebody of the demonstration, by one click."""
        self.go("/accounts/login/")
        self.press(name, exact=False)
        expect(self.page.locator("header .who-text")).to_contain_text(name, use_inner_text=False)

    def sign_out(self) -> None:
        who = self.page.locator(".who-menu")
        who.locator("summary").click()
        who.get_by_role("button", name="Sign out").click()

    def must_see(self, words: str) -> None:
        expect(self.page.locator("body")).to_contain_text(words)

    def heading(self, words: str) -> None:
        expect(self.page.locator("h1")).to_contain_text(words)

    def open_details(self) -> None:
        """Unfold whatever is folded on the page, so that it is looked at too."""
        self.page.locator("main details:not([open]) > summary").evaluate_all("all => all.forEach(one => one.click())")

    # --- what must hold on every page -----------------------------------------------------------------------------

    def look(self, screen: str = "") -> None:
        """Axe, room, and with the name of a screen its picture: as it is now, in light and in dark."""
        page = self.page
        page.wait_for_load_state()
        self._stretch()
        self._ask_axe(RULES, "tag")
        self._picture(screen, "")
        page.emulate_media(color_scheme="dark")
        self._ask_axe(COLOURS, "rule")
        self._picture(screen, "-dark")
        page.emulate_media(color_scheme="light")
        for width in sorted({self.width, 320 if self.width < PHONE else self.width}, reverse=True):
            page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
            for words in page.evaluate(OVERFLOW):
                self.note(f"too wide at {width}: {words}")
        page.set_viewport_size({"width": self.width, "height": HEIGHTS[self.width]})

    def _stretch(self) -> None:
        """The viewport as tall as the page: bars that stick cover nothing, and all is on the picture."""
        for _again in range(2):
            tall = self.page.evaluate("document.documentElement.scrollHeight")
            self.page.set_viewport_size({"width": self.width, "height": min(max(tall, HEIGHTS[self.width]), TALLEST)})

    def _ask_axe(self, values: list[str], kind: str) -> None:
        if not self.page.evaluate("typeof axe !== 'undefined'"):
            self.page.evaluate(AXE.read_text())
        for violation in self.page.evaluate(AXE_RUN, {"type": kind, "values": values}):
            self.note(f"axe ({'all' if kind == 'tag' else 'dark'}): {violation}")

    def _picture(self, screen: str, suffix: str) -> None:
        if screen:
            SCREENS.mkdir(parents=True, exist_ok=True)
            name = f"{screen}-{self.width}{suffix}.png"
            self.page.screenshot(
                path=SCREENS / name, caret="initial"
            )  # else it leaves style attributes, against the policy
