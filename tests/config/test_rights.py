"""What the role of web and worker may do with the tables."""

import pytest
from django.contrib.sessions.models import Session
from django.db import ProgrammingError, connection, transaction

pytestmark = pytest.mark.django_db


def ask(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.mark.parametrize("table", ["audit_event", "microtasks_answer"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_written_once_cannot_be_changed_or_deleted(table, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ask(statement.format(table))


@pytest.mark.parametrize("statement", ["CREATE TABLE mine (id int)", "DROP TABLE django_session", "ALTER TABLE people_person ADD x int",
                                       "CREATE ROLE more", "INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())"])  # fmt: skip
def test_tables_roles_and_the_list_of_migrations_are_out_of_reach(statement):
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        ask(statement)


def test_the_role_is_no_superuser_and_cannot_go_around_row_security():
    assert ask(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ) == [(False, False, False, False)]
    assert ask("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == [(0,)]


def test_ordinary_rows_can_be_read_and_written():
    assert Session.objects.count() == 0
