"""How a task stands says as well whether its answer is known: lists over many batches count those."""

from django.db import migrations

VIEW = """
CREATE OR REPLACE VIEW microtasks_standing AS
    SELECT t.id, t.batch_id, t.number, t.state, t.is_open, t.differ,
           EXISTS (SELECT FROM microtasks_knownanswer k WHERE k.task_id = t.id) AS known
    FROM microtasks_task t;
"""
UNDO = """
DROP VIEW microtasks_standing;
CREATE VIEW microtasks_standing AS SELECT id, batch_id, number, state, is_open, differ FROM microtasks_task;
"""


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0016_batch_of_each")]
    operations = [migrations.RunSQL(VIEW, UNDO)]
