import pytest


@pytest.fixture
def house(settings, tmp_path):
    """Settings of a log of one's own: its key, and what lies outside of the database, are under the path yielded."""
    settings.AUDIT_KEY = tmp_path / "key"
    settings.AUDIT_CHECKPOINTS = tmp_path / "outside"
    settings.AUDIT_CHECKPOINT_COMMAND = []
    settings.AUDIT_WITNESSES = []
    settings.AUDIT_SYSLOG = None
    return tmp_path
