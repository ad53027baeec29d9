"""Every route × everybody × every method. The table is in routes.py; what is not in it fails."""

from urllib.parse import urlencode, urlsplit

import pytest
from django.urls import URLResolver, get_resolver, reverse

from talkoo.audit.models import Event
from talkoo.config.visiting import ALWAYS
from talkoo.microtasks.models import Guest
from talkoo.microtasks.views import showing
from talkoo.microtasks.views.question import parts_of
from tests.architecture.conftest import undone
from tests.architecture.routes import ALLAUTH, ALLAUTH_AT, MISSING, NO, PAGE, ROUTES, SIGN_IN, Route
from tests.architecture.sources import report

SHOWS_AN_ITEM = {  # each of them by `views.showing`, which notes and marks what is sensitive; pictures see to it themselves
    "assignment", "batch", "batch_edit (question)", "batch_question", "batch_try", "practice_item", "review", "task", "task_known",
}  # fmt: skip
KEPT_BY_BROWSERS = {  # what browsers and calendars keep to ask, at each look, whether it changed
    "batch_progress",
    "calendar_feed",
    "theme",
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def _names(resolver: URLResolver) -> list[str]:
    found = []
    for each in [each for each in resolver.url_patterns if getattr(each, "namespace", None) != "api"]:
        found += _names(each) if isinstance(each, URLResolver) else [each.name or str(each.pattern)]
    return found


def _route(key: str) -> str:
    """`batch_edit (check)` is one more case of the route `batch_edit`."""
    return key.partition(" ")[0]


def address(world, key: str) -> str:
    route = ROUTES[key]
    return reverse(_route(key), kwargs={**(world.at[route.at] if route.at else {}), **route.also})


def _status(response) -> int | str:
    """The status, with the way to the sign-in page told apart from any other. A stream is read to its end."""
    if response.streaming:
        b"".join(response.streaming_content)
    to_sign_in = urlsplit(response.headers.get("Location", "")).path == reverse("account_login")
    return SIGN_IN if response.status_code == 302 and to_sign_in else response.status_code


def _fits(seen: int | str, wanted: int | str, route: Route, method: str, who: str | None) -> bool:
    """A method that a route does not have may be refused before or after asking who is there."""
    if wanted == NO and who != route.right:
        return seen in {NO, SIGN_IN, route.denied, route.foreign, route.guest}
    return seen == wanted


def _people(route: Route) -> list[str | None]:
    return list(dict.fromkeys([None, "outsider", "abroad", "guest", *filter(None, [route.wrong]), route.right]))


def _expected(route: Route, method: str, who: str | None) -> int | str:
    if who == "abroad" and not route.at and route.wrong:
        who = route.right  # a page about nobody in particular: they have one of their own
    return route.expected(method, who)


def test_every_route_is_in_the_table():
    unlisted = sorted(set(_names(get_resolver())) - {_route(key) for key in ROUTES} - ALLAUTH.keys())
    assert not unlisted, report(unlisted)


def test_the_table_lists_only_routes_that_exist():
    gone = sorted(({_route(key) for key in ROUTES} | ALLAUTH.keys()) - set(_names(get_resolver())))
    assert not gone, report(gone)


@pytest.mark.parametrize("key", ROUTES)
def test_everybody_gets_what_the_table_says_by_every_method(world, key):
    route, wrong = ROUTES[key], []
    for who in _people(route):
        for method in ("GET", "POST") if who == "guest" != route.right else METHODS:
            with undone():
                before = _done()
                response = world.client(who).generic(method, address(world, key), **_body(route, method))
                seen, wanted = _status(response), _expected(route, method, who)
                if not _fits(seen, wanted, route, method, who):
                    wrong.append(f"{method} {key} as {who or 'a visitor'}: {seen}, should be {wanted}{_why(response)}")
                if _refused(seen, who) and _done() != before:
                    wrong.append(f"{method} {key} as {who or 'a visitor'}: refused with {seen}, but something was done")
    assert not wrong, report(wrong)


def _refused(seen: int | str, who: str | None) -> bool:
    return who is None if seen == SIGN_IN else seen not in {200, 204, 302}


def test_a_guest_who_has_not_accepted_the_terms_sees_those_and_a_way_out(world):
    with undone():
        Guest.objects.update(terms=None)
        client = world.client("guest")
        for key in [key for key, route in ROUTES.items() if route.get == PAGE and route.right != "guest"]:
            response = client.get(address(world, key))
            allowed = _route(key) in ALWAYS
            terms = response.headers.get("Location") == reverse("guest_terms")
            assert allowed or terms or response.status_code == MISSING, key


def _body(route: Route, method: str, **more: str):
    """A form as a browser posts it: there is always the token, which this client is not asked for."""
    if method != "POST":
        return {}
    posted = urlencode({"csrfmiddlewaretoken": "x", **route.data, **more}, doseq=True)
    return {"data": posted, "content_type": "application/x-www-form-urlencoded"}


def _done() -> int:
    """How much was done: lines in the log, refusals aside."""
    return Event.objects.exclude(action="access.refused").count()


def _why(response) -> str:
    failed = getattr(response, "exc_info", None)
    if failed:
        return f" ({failed[0].__name__}: {failed[1]})"
    return f" → {response.headers['Location']}" if "Location" in response.headers else ""


@pytest.mark.parametrize("name", ALLAUTH)
def test_sign_in_answers_as_listed_and_never_breaks(world, name):
    where, wrong = reverse(name, kwargs=ALLAUTH_AT.get(name)), []
    for who, wanted in zip((None, "contributor"), ALLAUTH[name], strict=True):
        for method in METHODS:
            with undone():
                response = world.client(who).generic(method, where, **_body(Route("contributor"), method))
            seen, meant = _status(response), {"GET": wanted[0], "POST": wanted[1]}.get(method)
            if response.status_code >= 500 or (meant is not None and seen != meant):
                wrong.append(f"{method} {name} as {who or 'a visitor'}: {seen}, should be {meant}{_why(response)}")
    assert not wrong, report(wrong)


@pytest.mark.parametrize("key", [key for key, route in ROUTES.items() if route.post != NO and not route.bare])
def test_a_form_without_its_token_changes_nothing(world, key):
    route = ROUTES[key]
    with undone():
        before = _done()
        response = world.client(route.right, enforce_csrf_checks=True).generic(
            "POST", address(world, key), **_body(route, "POST")
        )
        assert response.status_code == 403
        assert _done() == before


@pytest.mark.parametrize("name", [name for name, said in ALLAUTH.items() if NO not in (said[0][1], said[1][1])])
def test_a_form_of_sign_in_without_its_token_is_refused(world, name):
    where = reverse(name, kwargs=ALLAUTH_AT.get(name))
    for who in (None, "contributor"):
        with undone():
            client = world.client(who, enforce_csrf_checks=True)
            response = client.generic("POST", where, **_body(Route("contributor"), "POST"))
            assert response.status_code == 403


@pytest.mark.parametrize(
    "key", [key for key, route in ROUTES.items() if route.visitor == SIGN_IN and route.get == PAGE]
)
def test_a_visitor_comes_back_to_the_page_after_signing_in(world, key):
    where = address(world, key)
    response = world.client(None).get(where)
    assert response.headers["Location"] in {
        f"{reverse('account_login')}?next={where}",
        reverse("account_login") if where == "/" else "",
    }


@pytest.mark.parametrize("key", [key for key, route in ROUTES.items() if route.get == PAGE])
def test_every_answer_carries_the_policy_that_keeps_foreign_scripts_out(world, key, monkeypatch):
    shown: list[bool] = []
    monkeypatch.setattr(showing, "parts_of", lambda *words, **named: shown.append(True) or parts_of(*words, **named))
    with undone():
        response = world.client(ROUTES[key].right).get(address(world, key))
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "data:" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in response.headers
    assert "no-store" in response.headers["Cache-Control"] or (_route(key) in KEPT_BY_BROWSERS and not shown)
    assert bool(shown) == bool({key, _route(key)} & SHOWS_AN_ITEM)


JUNK = ("\x00", "9" * 40, "-1", "²", "<script>{{7*7}}%s%n" + "x" * 70_000)
FIELDS = (
    "invitation", "agree", "q", "page", "sort", "show", "task", "number", "next", "next_task", "have", "time", "skill", "level", "open", "organisation", "category", "state", "code", "part",
    "key", "choice", "sure", "cannot", "note", "text", "reply", "batch", "email", "relation", "remove", "name", "title", "summary", "item_word", "kind", "question",
    "help", "config", "least", "most", "minutes", "adaptive", "sensitivity", "reach", "organisations", "skills", "deadline", "may_choose", "use-0", "use-1", "accept",
    "encoding", "role", "starts", "ends", "parent", "day", "successor", "grow", "password", "way", "value", "query", "alone", "file", "choice-options", "scale-least", "to", "way", "source", "target", "along", "act", "person", "addresses", "after", "before", "stays", "into", "edition", "role-2-coordinator", "colour",
    "controller", "contact", "purpose", "basis", "special", "special_basis", "keep_days", "afterwards", "says", "because", "finding", "reason", "until",
)  # fmt: skip


@pytest.mark.parametrize("key", [key for key in ROUTES if "(" not in key or key.startswith("batch_edit")])
def test_junk_in_an_address_or_a_form_breaks_nothing(world, key):
    """Each field at once with each kind of junk: refused, ignored or shown again, but no fault of ours."""
    route, broken = ROUTES[key], []
    for junk in JUNK:
        for method in ("GET", "POST"):
            where = address(world, key) + (
                "?" + urlencode(dict.fromkeys(FIELDS, junk[:300])) if method == "GET" else ""
            )
            with undone():
                response = world.client(route.right).generic(
                    method, where, **_body(route, method, **dict.fromkeys(FIELDS, junk))
                )
                if _is_fault(_status(response)):
                    broken.append(f"{method} {key} with {junk[:20]!r}{_why(response)}")
    for where, body in (
        (f"{address(world, key)}?q=%ff%fe&page=%c3", b""),
        (address(world, key), b"choice=%ff&\xff\xfe=\x80&note=%00"),
    ):
        with undone():
            response = world.client(route.right).generic(
                "POST" if body else "GET", where, body, "application/x-www-form-urlencoded"
            )
            if _is_fault(_status(response)):
                broken.append(f"{key} with bytes that are no text{_why(response)}")
    assert not broken, report(broken)


def _is_fault(status: int | str) -> bool:
    return isinstance(status, int) and status >= 500


STRANGE: dict[str, list[object]] = {
    "code": ["nobody", "x" * 300, "00000000-0000-4000-8000-000000000000"],
    "number": [0, 2**31, 2**63, 10**30],
    "position": [2**31, 2**63, 10**30],
    "problem": [0, 2**63],
    "part": ["nothing", "x" * 300],
    "token": ["nothing", "x" * 300],
    "step": ["nowhere"],
    "verb": ["explode"],
    "fmt": ["exe"],
    "kind": ["explode"],
}


@pytest.mark.parametrize("key", [key for key, route in ROUTES.items() if route.at or route.also])
def test_what_does_not_exist_is_missing(world, key):
    route, wrong = ROUTES[key], []
    known = {**(world.at[route.at] if route.at else {}), **route.also}
    for name in known:
        for strange in STRANGE[name]:
            if "assignment" in key and "-" not in str(strange):
                continue  # the address itself asks for a UUID
            for method in [each for each, status in (("GET", route.get), ("POST", route.post)) if status != NO]:
                with undone():
                    where = reverse(_route(key), kwargs={**known, name: strange})
                    response = world.client(route.right).generic(method, where, **_body(route, method))
                    if response.status_code not in {MISSING, 400, 409}:
                        wrong.append(f"{method} {where[:80]}: {_status(response)}{_why(response)}")
    assert not wrong, report(wrong)
