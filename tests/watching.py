"""Writes down every change of a state that the database of this test process sees."""

import contextlib

import psycopg
from django.db import connection

from talkoo.lib import postgres
from tests import databases

WATCH = """
CREATE TABLE state_moves (thing text, before text, after text);
CREATE FUNCTION note_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN INSERT INTO state_moves VALUES (TG_TABLE_NAME, '', NEW.state);
    ELSIF OLD.state <> NEW.state THEN INSERT INTO state_moves VALUES (TG_TABLE_NAME, OLD.state, NEW.state);
    END IF;
    RETURN NULL;
END $$;
GRANT INSERT, SELECT ON state_moves TO talkoo_app;
"""


def tables(app, lives):
    return [f"{app}_{life.thing}" for life in lives]


def declared(app, lives):
    """The ways of the tables of states, as the database would see them."""
    return {(f"{app}_{life.thing}", str(way.source), str(way.target)) for life in lives for way in life.ways}


@contextlib.contextmanager
def states_of(app, lives):
    """Triggers on these tables, for as long as the block lasts."""
    owner = databases.place().dsn(postgres.OWNER, connection.settings_dict["NAME"])
    with psycopg.connect(**owner, autocommit=True) as server:
        server.execute(WATCH)
        for table in tables(app, lives):
            server.execute(
                f"CREATE TRIGGER watch AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION note_state()"
            )
        try:
            yield
        finally:
            for table in tables(app, lives):
                server.execute(f"DROP TRIGGER watch ON {table}")
            server.execute("DROP TABLE state_moves; DROP FUNCTION note_state")


def seen():
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT thing, before, after FROM state_moves")
        return set(cursor.fetchall())
