"""Batches, items, work and results through the API: the same queries and actions as the pages."""

from talkoo.microtasks.api import batches, imports, results, reviews, work

ROUTERS = [
    ("Batches", batches.router),
    ("Items", imports.router),
    ("Results", results.router),
    ("Work", work.router),
    ("Reviews", reviews.router),
]
