from django.db import migrations, models

AS_UNTIL_NOW = """
UPDATE people_arrangement a SET zone = p.zone FROM notify_pace p WHERE p.person_id = a.person_id AND p.zone <> ''
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0012_rescue"), ("notify", "0001_initial")]

    operations = [
        migrations.AddField("arrangement", "zone", models.CharField(blank=True, default="", max_length=63), preserve_default=False),
        migrations.RunSQL(AS_UNTIL_NOW, migrations.RunSQL.noop),
    ]
