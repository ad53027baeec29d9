"""Sessions, tokens of people and services, the answers kept for requests that are sent twice."""

import secrets

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from talkoo.access.scopes import Scope


def token_code() -> str:
    return secrets.token_hex(5)


class Session(AbstractBaseSession):
    """Where somebody is signed in, or a visitor's session (`person` is empty).

    `session_key` holds a hash of the key. `seen` is rounded to the minute and written over: it ends what nobody uses
    any more, and leaves no trail of when somebody worked. `agent` and `zone` are two words each (access.agents).
    """

    code = models.CharField(
        max_length=12, blank=True
    )  # not unique: for a moment the old key's row stands beside the new
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    began = models.DateTimeField(null=True)
    proved = models.DateTimeField(null=True)
    seen = models.DateTimeField()
    assurance = models.PositiveSmallIntegerField(default=1)
    methods = ArrayField(models.CharField(max_length=20), default=list)
    agent = models.CharField(max_length=60, blank=True)
    zone = models.CharField(max_length=12, blank=True)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        found: type[SessionBase] = import_string("talkoo.access.sessions.SessionStore")
        return found


class Token(models.Model):
    """A key for programs: of a person (`person`), or of an organisation for a service of its own (`organisation`).

    Only the hash of its secret is kept. `session_mark` is what the sessions of the person hang on: a new password, a
    closed account or “sign out everywhere” changes it, and the token is over as the sessions are. `used` is a day and
    no time: when somebody works is nobody's business.
    """

    code = models.CharField(max_length=12, unique=True, default=token_code)
    name = models.CharField(max_length=80)
    hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens"
    )
    organisation = models.ForeignKey(
        "people.Organisation", null=True, blank=True, on_delete=models.CASCADE, related_name="tokens"
    )
    scopes = ArrayField(models.CharField(max_length=40))
    session_mark = models.CharField(max_length=64, blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    used = models.DateField(null=True)
    revoked = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=True, organisation__isnull=False)
                | Q(person__isnull=False, organisation__isnull=True),
                name="token_of_one",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> list[str]:
        """Its scopes as the list shows them."""
        return [str(Scope(scope).label) if scope in Scope.values else scope for scope in self.scopes]

    @property
    def over(self) -> bool:
        return self.revoked is not None or self.expires <= timezone.now()

    @property
    def of_service(self) -> bool:
        return self.organisation_id is not None


class Identity(models.Model):
    """Who somebody is at the organisation's OpenID provider: its `subject` never changes, an address may."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="identity_of_one"),
            models.UniqueConstraint(fields=["person", "issuer"], name="identity_once"),
        ]

    def __str__(self) -> str:
        return self.subject


class KeptForm(models.Model):
    """What somebody had typed into a form when they were asked to prove more: sealed, for some minutes, for them alone."""

    code = models.CharField(max_length=12, unique=True, default=token_code)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    fields = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.code


class DeviceToken(models.Model):
    """A token about a device that was used: both columns are hashes, of the token's number and of the session's code.

    `until` is when the token ends, five minutes later at most; then it is refused for that.
    """

    mark = models.CharField(max_length=64, unique=True)
    session = models.CharField(max_length=64)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.mark


class KeptResponse(models.Model):
    """What a request with an Idempotency-Key was answered, for a day: the same request gets the same answer."""

    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["at"], name="kept_response_at")]
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="kept_response_once")]

    def __str__(self) -> str:
        return f"{self.token_id} {self.key}"


class DecisionCount(models.Model):
    """How often the rules were asked this on a day, about things of an organisation: facts without persons (ADR 31)."""

    day = models.DateField()
    organisation = models.ForeignKey(
        "people.Organisation", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    facts = models.JSONField()
    number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["day", "organisation", "facts"], name="decision_count_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.number}"


class CouncilWord(models.Model):
    """What a works council agreed to be measured in an organisation and below, or that there is none. The last one counts.

    `versions` are those of the measures agreed to (lib.holdings.Measure), or "*" where there is no council; `statement` is
    the version of everything that was read. Written once.
    """

    organisation = models.ForeignKey("people.Organisation", on_delete=models.CASCADE, related_name="+")
    versions = ArrayField(models.CharField(max_length=80))
    statement = models.CharField(max_length=20)
    words = models.CharField(max_length=400)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="council_word_last")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.at:%Y-%m-%d}"

    @property
    def no_council(self) -> bool:
        return self.versions == ["*"]
