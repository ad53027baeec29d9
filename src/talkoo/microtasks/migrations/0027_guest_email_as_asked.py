"""A public form looks for the invitations of an address by `iexact`, which PostgreSQL is asked as UPPER."""

from django.db import migrations, models
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("microtasks", "0026_emergencies")]
    operations = [
        migrations.RemoveIndex(model_name="guest", name="guest_email"),
        migrations.AddIndex(model_name="guest", index=models.Index(Upper("email"), name="guest_email_upper")),
    ]
