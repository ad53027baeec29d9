"""What no tracked file may hold: the paths of a machine, places to download from, words about how the house is built,
and in templates anything that the Content-Security-Policy or the escaping of text would have to excuse."""

import ast
import codecs
import re

from tests.architecture.sources import PACKAGE, ROOT, functions, modules, named, report, templates, text, tracked, tree

MACHINE = re.compile(r"(?<![\w.:/{}$\"'-])/(?:work|root|tmp|home|Users|mnt|workspace)/[\w.-]+|\b[A-Z]:\\\\?Users")
QUOTED_MACHINE = re.compile(r"[\"'](?:file://)?/(?:work|root|home|Users|tmp)(?:/[\w.-]+)*/?[\"']")
DOWNLOADS = re.compile(
    r"registry\.(?:npmjs|yarnpkg)|pypi\.(?:org|python)|pythonhosted|npmmirror|artifactory|/simple/?\b|proxy\.golang|unpkg\.com|jsdelivr|cdnjs"
    r"|\"resolved\"\s*:|--(?:extra-)?index[-]url|--find[-]links", re.IGNORECASE
)  # fmt: skip
NAMELESS = codecs.decode(  # written backwards by thirteen, so that this file does not hold the words it looks for
    r"pynhqr|naguebcvp|pungtcg|bcranv|pbcvybg|trzvav|\otcg-\q|\oyyz\o|ynathntr zbqry|fhontrag|fho-ntrag|nv nffvfgnag"
    r"|pbqvat nffvfgnag|flfgrz cebzcg|cebzcg ratvarre|n frffvba bs gur cebwrpg|uryshy nffvfgnag|pbagrkg jvaqbj", "rot13"
)  # fmt: skip
MADE_BY = re.compile(NAMELESS, re.IGNORECASE)
LISTS_OF_DATA = {".csv", ".tsv"}
INLINE = re.compile(
    r"<style\b|\sstyle\s*=|<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+\s*=\s*[\"']|javascript:|\shx-on|\shx-vals\s*=\s*[\"']js:|[\"'(]data:(?!-)[a-z]+/",
    re.IGNORECASE,
)
UNESCAPED = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|{%\s*autoescape\s+off")
VOUCHED = {  # where text is declared safe, and why it is
    "src/talkoo/lib/templatetags/elements.py": "the body of an element was rendered, and escaped, by the page around it",
    "src/talkoo/templates/mfa/totp/activate_form.html": "allauth draws the square itself, from the key alone",
}
PLACES = {  # where a folder of the machine is meant, and why
    "src/talkoo/lib/postgres.py": "the one folder that another account can always read",
}


def _lines(pattern: re.Pattern[str], paths) -> list[str]:
    return [
        f"{named(path)}:{number}: {line.strip()[:110]}"
        for path in paths
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def _words():
    return [path for path in tracked() if path.suffix not in LISTS_OF_DATA and path.name != "test_tracked.py"]


def test_no_file_names_a_place_on_somebodys_machine():
    elsewhere = [path for path in _words() if named(path) not in PLACES]
    found = _lines(MACHINE, elsewhere) + _lines(QUOTED_MACHINE, elsewhere)
    assert not found, report(found)


def test_no_file_says_where_packages_are_downloaded_from():
    found = _lines(DOWNLOADS, _words())
    assert not found, report(found)


def test_lock_files_hold_no_addresses():
    locks = [
        path for path in tracked() if path.parent.name == "requirements" or path.name in {"package-lock.json", ".npmrc"}
    ]
    assert len(locks) > 3
    found = _lines(re.compile(r"https?://(?!github\.com/sponsors/)|git\+|file:"), locks)
    assert not found, report(found)


def test_no_file_tells_how_it_came_to_be_written():
    found = _lines(MADE_BY, [path for path in tracked() if path.name != "test_tracked.py"])
    found += [named(path) for path in tracked() if MADE_BY.search(named(path))]
    assert not found, report(found)


def test_what_is_built_or_fetched_is_not_tracked():
    kept = [
        named(path)
        for path in tracked()
        if {"vendor", "node_modules", "var", ".venv"} & set(path.relative_to(ROOT).parts)
    ]
    assert not kept, report(kept)


def test_templates_hold_no_styles_and_no_scripts():
    found = _lines(INLINE, [path for path in templates() if path.suffix == ".html"])
    assert not found, report(found)


def test_templates_let_nothing_through_unescaped():
    found = _lines(UNESCAPED, [path for path in templates() if path.suffix == ".html" and named(path) not in VOUCHED])
    assert not found, report(found)


def test_python_vouches_for_markup_only_where_it_says_why():
    found = []
    for path in modules():
        for node in ast.walk(tree(path)):
            words = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if words.split(".")[-1] in {"mark_safe", "SafeString", "SafeText"} and named(path) not in VOUCHED:
                found.append(f"{named(path)}:{node.lineno}: {words}")
    assert not found, report(found)


def test_scripts_run_no_words_as_code():
    scripts = [path for path in tracked() if path.suffix == ".js" and PACKAGE in path.parents]
    assert scripts
    found = _lines(
        re.compile(r"\beval\(|new Function\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\.style\b"), scripts
    )
    assert not found, report(found)


def test_web_code_prints_nothing():
    """Commands speak by printing; pages and jobs write to the log."""
    quiet = {
        "actions",
        "queries",
        "views",
        "models",
        "forms",
        "jobs",
        "middleware",
        "task_types",
        "refusals",
        "templatetags",
    }
    found = [
        f"{named(path)}:{node.lineno}: in {function.name}"
        for path in modules()
        if quiet & set(path.relative_to(PACKAGE).with_suffix("").parts)
        for function in functions(tree(path))
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    assert not found, report(found)
