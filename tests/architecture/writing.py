"""What a write to the database looks like in source: a method of a model or a query set, or a statement of SQL."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from django.apps import apps

ALWAYS = {
    "save", "asave", "bulk_create", "abulk_create", "bulk_update", "abulk_update", "get_or_create", "aget_or_create",
    "update_or_create", "aupdate_or_create", "acreate", "aupdate", "adelete", "create_user", "create_superuser",
}  # fmt: skip
ON_ROWS = {"create", "update", "delete"}
ON_MANY = {"set", "add", "clear", "remove", "create"}
QUERY = re.compile(r"\.(objects|all|filter|exclude|order_by|select_for_update|annotate|using)\b")
STATEMENT = re.compile(
    r"\b(INSERT\s+INTO|DELETE\s+FROM|TRUNCATE\s+\w|MERGE\s+INTO|COPY\s+[\w\".]+\s*(\(|FROM)|UPDATE\s+[\w\".%{}]+(\s+\w+)?\s+SET\b|microtasks_claim\s*\()"
)


def writes_in(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and words of everything in a piece of source that writes to the database."""
    silent = set(_docstrings(node))
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute) and _changes_rows(each, each.func, node):
            yield each.lineno, f"{ast.unparse(each.func)}()"
        elif (
            isinstance(each, ast.Constant)
            and isinstance(each.value, str)
            and each not in silent
            and STATEMENT.search(each.value)
        ):
            yield each.lineno, " ".join(each.value.split())[:60]


def _docstrings(node: ast.AST) -> Iterator[ast.expr]:
    for each in ast.walk(node):
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant):
            yield each.value


def _changes_rows(call: ast.Call, method: ast.Attribute, within: ast.AST) -> bool:
    name, of = method.attr, ast.unparse(method.value)
    if name in ALWAYS:
        return not (of.endswith(("form", "storage", "image", "figure")) or of == "super()")
    if name in ON_MANY and isinstance(method.value, ast.Attribute) and method.value.attr in related():
        return True
    if name not in ON_ROWS or (name == "update" and call.args):  # a set or a dict takes values, a query set only names
        return False
    if QUERY.search(of) or of.split(".")[-1] in related() or of.split("(")[0] in _query_sets(within):
        return True
    return name == "delete" and not call.args and not call.keywords


def _query_sets(node: ast.AST) -> set[str]:
    """Local names that hold a query set: assigned from something that looks like one."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name):
            words = ast.unparse(each.value)
            if QUERY.search(words) and not re.search(r"\.(first|get|last|values_list|count|exists|aggregate)\(", words):
                found.add(each.targets[0].id)
    return found


@cache
def related() -> frozenset[str]:
    """Names by which a row reaches its many others, in any of our models."""
    found = set()
    for model in apps.get_models():
        if model.__module__.startswith("talkoo."):
            many = [each for each in model._meta.get_fields() if each.one_to_many or each.many_to_many]
            found |= {each.get_accessor_name() if each.auto_created else each.name for each in many}
    return frozenset(found - {None})
