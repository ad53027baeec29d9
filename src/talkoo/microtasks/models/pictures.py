from django.db import models

from talkoo.microtasks.models.batches import Upload


class Picture(models.Model):
    """A picture that came as an item, written anew by lib.pictures. Tasks name it in their payload (queries.pictures).

    It lies in the database and not in a folder: it is there with its task or not at all, every server sees it, and a
    backup holds it.
    """

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pictures")
    line = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    media = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "line"], name="picture_line")]

    def __str__(self) -> str:
        return self.name
