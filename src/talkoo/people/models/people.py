"""Organisations (a dated tree), people, memberships, skills, invitations; networks and rules."""

import secrets
from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat, Lower, Upper
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from talkoo.access.permissions import Role
from talkoo.lib.networks import NetworkField
from talkoo.people.folding import FROM, TO


def new_code() -> str:
    """A public name for a row: short, unguessable in practice, without look-alike letters."""
    return "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(8))


def today() -> date:
    return timezone.localdate()


class OrganisationKind(models.TextChoices):
    """What an organisation is. A word to read by; it gives no right."""

    REGION = "region", _("Region")
    MINISTRY = "ministry", _("Ministry")
    DIRECTORATE = "directorate", _("Directorate")
    AGENCY = "agency", _("Agency")
    CITY = "city", _("City")
    MUNICIPALITY = "municipality", _("Municipality")
    OFFICE = "office", _("Office")
    UNIT = "unit", _("Unit")


class Organisation(models.Model):
    """`colour` is empty, or one hex from which the whole theme of its people is made. `levels` are its own names of the four
    levels of sensitivity, from open up, as its national scheme has them; empty where it has none."""

    code = models.CharField(max_length=12, unique=True, default=new_code)
    name = models.CharField(max_length=120)
    starts = models.DateField(default=today)
    ends = models.DateField(null=True, blank=True)
    successor = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="predecessors")
    kind = models.CharField(max_length=12, choices=OrganisationKind.choices, blank=True, default="", db_default="")
    colour = models.CharField(max_length=7, blank=True, default="", db_default="")
    levels = models.JSONField(default=list, db_default=Value([], models.JSONField()))

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="organisation_dates"
            ),
            models.CheckConstraint(
                condition=Q(colour="") | Q(colour__regex="^#[0-9a-f]{6}$"), name="organisation_colour"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormerName(models.Model):
    """What an organisation was called up to, not including, a day. Its name of today stands with it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="former_names")
    name = models.CharField(max_length=120)
    until = models.DateField(default=today)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "until"], name="former_name_once")]

    def __str__(self) -> str:
        return f"{self.name} until {self.until}"


class Placement(models.Model):
    """Where an organisation stands in the tree, from a day to a day. A reorganisation ends one and begins another.

    Every period here holds from `starts` up to, not including, `ends`.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="placements")
    parent = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    starts = models.DateField(default=today)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(ends__isnull=True), name="placement_now"),
            models.UniqueConstraint(fields=["organisation", "starts"], name="placement_start"),
            models.CheckConstraint(condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="placement_dates"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("organisation")), name="placement_not_self"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} in {self.parent_id}"


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    code = models.CharField(max_length=12, unique=True, default=new_code)
    email = models.EmailField(_("E-mail address"), unique=True)
    name = models.CharField(_("Name"), max_length=120)
    title = models.CharField(_("What you do"), max_length=120, blank=True)
    is_active = models.BooleanField(default=True)
    joined = models.DateTimeField(default=timezone.now)
    keys_off = models.BooleanField(default=False)
    language = models.CharField(max_length=20, blank=True, default="", db_default="")
    formats = models.CharField(max_length=20, blank=True, default="", db_default="")
    sessions_ended = models.PositiveIntegerField(default=0)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    erased = models.DateTimeField(null=True, blank=True)
    persona_part = models.CharField(max_length=60, blank=True)
    persona_words = models.CharField(max_length=240, blank=True)

    folded = models.GeneratedField(
        expression=Func(
            Concat("name", Value(" "), "email", Value(" "), "title", output_field=models.TextField()),
            Value(FROM),
            Value(TO),
            function="translate",
            output_field=models.TextField(),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = PersonManager()

    class Meta:
        indexes = [
            models.Index(fields=["folded", "id"], name="person_folded"),
            models.Index(Upper("email"), name="person_email_upper"),  # what `iexact` asks for, at each sign-in
        ]
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_once")]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Counting `sessions_ended` up ends every session of the person at its next request, like a new password."""
        salt = "talkoo.people.models.Person.session"
        return salted_hmac(
            salt, f"{self.password} {self.sessions_ended}", secret=secret, algorithm="sha256"
        ).hexdigest()


class Membership(models.Model):
    """A role of a person in an organisation, from a day to a day. The first contributor membership is the home."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    starts = models.DateField(default=today)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "role"], name="membership_organisation")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organisation", "role"], condition=Q(ends__isnull=True), name="membership_once"
            ),
            models.CheckConstraint(condition=Q(ends__isnull=True) | Q(ends__gte=F("starts")), name="membership_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} in {self.organisation_id}"


class Skill(models.Model):
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    category = models.CharField(max_length=60)
    description = models.CharField(max_length=240, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        ordering = ("category", "name")

    def __str__(self) -> str:
        return self.name


class SkillLevel(models.IntegerChoices):
    NOT_YET = 0, _("Not yet")
    LEARNING = 1, _("Learning")
    ON_MY_OWN = 2, _("On my own")
    CAN_TEACH = 3, _("Can teach")


class PersonSkill(models.Model):
    """What a person says of themselves: a level, and whether to grow it. Stated, never measured."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="skills")
    skill = models.ForeignKey(Skill, on_delete=models.PROTECT, related_name="people")
    level = models.PositiveSmallIntegerField(choices=SkillLevel.choices)
    grow = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "skill"], name="person_skill_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.skill_id} {self.level}"


class Invitation(models.Model):
    """A link sent by mail. Only the hash of its token is kept; it works once and ends."""

    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.CONTRIBUTOR)
    invited_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    sent = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    accepted = models.DateTimeField(null=True, blank=True)
    withdrawn = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["organisation", "-sent"], name="invitation_organisation")]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation_id}"


class PeopleFile(models.Model):
    """A list of people that was read and waits for a yes. What it holds is forgotten once it was used or is a day old."""

    code = models.CharField(max_length=12, unique=True, default=new_code)
    by = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200)
    people = models.JSONField(default=list)
    rejected = models.JSONField(default=list)
    used = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.filename


class NetworkZone(models.TextChoices):
    OFFICE = "office", _("Office")
    VPN = "vpn", _("VPN")
    PUBLIC = "public", _("Public")


class Network(models.Model):
    """A network as an organisation knows it; it counts for the people of that organisation and of all below it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="networks")
    network = NetworkField()
    zone = models.CharField(max_length=10, choices=NetworkZone.choices)
    label = models.CharField(max_length=80, blank=True)
    made_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("network", "pk")
        constraints = [models.UniqueConstraint(fields=["organisation", "network"], name="network_once")]

    def __str__(self) -> str:
        return str(self.network)


class RuleChange(models.Model):
    """What an organisation forbids, as one person proposed it and another decided. `rules` says from which level on each
    holds (`engines.policy.Rules`, those alone that forbid something); the approved one that was decided last is in force.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="rule_changes")
    rules = models.JSONField(default=dict)
    because = models.CharField(max_length=400)
    made_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided = models.DateTimeField(null=True)
    approved = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], condition=Q(decided=None), name="rule_change_once"),
            models.CheckConstraint(condition=~Q(approved=True, decided=None), name="rule_change_decided"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.made:%Y-%m-%d}"
