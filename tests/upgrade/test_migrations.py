"""What a migration may do to tables that people write to while it runs."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.migrations import AddIndex, CreateModel
from django.db.migrations.loader import MigrationLoader

GROWING = {"task", "assignment", "answer", "result", "event"}


def test_an_index_on_a_table_that_grows_with_the_work_is_built_while_people_go_on():
    stopping = []
    for migration in MigrationLoader(None).disk_migrations.values():
        made = {each.name_lower for each in migration.operations if isinstance(each, CreateModel)}
        added = [each for each in migration.operations if isinstance(each, AddIndex)]
        stopping += [
            f"{migration}: {each.index.name}"
            for each in added
            if each.model_name_lower in GROWING - made and not isinstance(each, AddIndexConcurrently)
        ]
    assert not stopping
