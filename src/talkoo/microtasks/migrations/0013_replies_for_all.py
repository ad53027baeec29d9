from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('microtasks', '0012_questions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='reply',
            index=models.Index(condition=models.Q(('everywhere', True)), fields=['batch', '-at', '-id'], name='reply_everywhere'),
        ),
    ]
