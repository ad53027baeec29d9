"""Django's PostgreSQL backend, with the second wall (lib.wall)."""
