from django.db import models
from django.utils import timezone

from talkoo.people.models.people import Person, new_code


class Looking(models.Model):
    """Somebody lets another look through their eyes, to be helped: a code they read out, and the half hour after it.

    Only the hash of what they read out is kept. `helper` is empty until somebody used it; `code` names the row.
    """

    code = models.CharField(max_length=12, unique=True, default=new_code)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64)
    made = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    helper = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    begun = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=models.Q(ended__isnull=True), name="looking_once")
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def over(self) -> bool:
        return self.ended is not None or self.until <= timezone.now()
