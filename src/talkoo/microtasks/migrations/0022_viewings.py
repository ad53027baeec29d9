"""Who was shown a sensitive item is noted, for auditors."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('microtasks', '0021_claim_pieces'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Viewing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first', models.DateTimeField(default=django.utils.timezone.now)),
                ('last', models.DateTimeField(default=django.utils.timezone.now)),
                ('times', models.PositiveIntegerField(default=1)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='microtasks.batch')),
                ('person', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('task', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='microtasks.task')),
            ],
            options={
                'indexes': [models.Index(fields=['person', 'last'], name='viewing_of_person'), models.Index(fields=['last'], name='viewing_last')],
                'constraints': [models.UniqueConstraint(fields=('task', 'person'), name='viewing_once'), models.CheckConstraint(condition=models.Q(('last__gte', models.F('first'))), name='viewing_in_order')],
            },
        ),
    ]
