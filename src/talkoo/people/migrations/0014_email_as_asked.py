"""Each sign-in looks for an address by `iexact`, which PostgreSQL is asked as UPPER: the index on LOWER served nothing."""

from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("people", "0013_arrangement_zone")]
    operations = [
        migrations.AddIndex(model_name="person", index=models.Index(Upper("email"), name="person_email_upper")),
    ]
