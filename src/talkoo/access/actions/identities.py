"""Whom a provider recognised is somebody who was invited here: tied to them once, by the address that it verified."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.models import Identity
from talkoo.access.oidc import Recognised
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Denied


@transaction.atomic
def person_recognised(*, known: Recognised, by: Subject | None = None) -> AbstractBaseUser:
    """The person behind a subject of the provider. Nobody is made: who is not here needs an invitation.

    `by` is who is signed in and proves more; nobody else is recognised for them, and nothing is tied. Raises Denied
    where nobody was invited at a verified address, or their account is closed, or it is tied already.
    """
    held = Identity.objects.filter(issuer=known.issuer, subject=known.subject).select_related("person").first()
    person = held.person if held else _invited(known)
    if person is None or not person.is_active:
        raise Denied(
            _("Your organisation knows you, but nobody has invited you to Talkoo at that address."),
            _("Ask a coordinator of your organisation for an invitation."),
        )
    if by is not None and (held is None or person.pk != by.person_id):
        raise Denied(_("You are signed in here as somebody else."), _("Sign out first, then sign in as yourself."))
    if held is None:
        _tie(person, known)
    return person


def _invited(known: Recognised) -> AbstractBaseUser | None:
    """By the address only where the provider vouches for it, and only while nobody else of it is tied to them."""
    if not known.email or not known.verified:
        return None
    found = get_user_model().objects.select_for_update().filter(email__iexact=known.email).first()
    if found is None or Identity.objects.filter(person=found, issuer=known.issuer).exists():
        return None
    return found


def _tie(person: AbstractBaseUser, known: Recognised) -> None:
    Identity.objects.create(person_id=person.pk, issuer=known.issuer, subject=known.subject, at=timezone.now())
    audit.record(by=None, action="access.identity.tied", on=("person", str(getattr(person, "code", ""))))
