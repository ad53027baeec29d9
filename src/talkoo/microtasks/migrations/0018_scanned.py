"""Files wait in quarantine until they were scanned. Those that came before there was a scanner were not."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0017_known_standing")]
    operations = [
        migrations.AddField("upload", "scanned", models.DateTimeField(null=True)),
        migrations.AlterField(
            "upload",
            "state",
            models.CharField(
                max_length=10,
                default="received",
                choices=[
                    ("quarantine", "In quarantine"),
                    ("received", "Received"),
                    ("reading", "Reading"),
                    ("ready", "Ready"),
                    ("failed", "Failed"),
                ],
            ),
        ),
        migrations.AddIndex(
            "upload", models.Index(fields=["id"], condition=models.Q(state="quarantine"), name="upload_quarantine")
        ),
    ]
