"""Invitations: a link sent by mail that works once. The token exists only in the mail; here lies its hash."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Missing
from talkoo.people.actions.memberships import add_membership, authorise_role, check_not_oneself
from talkoo.people.actions.persons import new_person
from talkoo.people.checks import check_email, check_name, check_role
from talkoo.people.models import Invitation, Organisation, Person
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import holding
from talkoo.people.queries.readers import spoken_to

DAYS = 14


def hashed(token: str) -> str:
    """SHA-256 of a token of 256 random bits; with so many bits no salt and no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite_person(
    *, by: Subject, email: str, organisation: Organisation, site: str, name: str = "", role: str = Role.CONTRIBUTOR
) -> Invitation:
    """Invite an address to an organisation; the mail goes out by a job once this is committed.

    `site` is where links of the mail begin (scheme and host). Whether somebody outside `organisation` has an account
    already is not told: they find out by their mail.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    known = check_role(role)
    authorise(by, Permission.PEOPLE_INVITE, on=resource(organisation))
    authorise_role(by, known, organisation)
    name = check_name(name) if name.strip() else ""
    return make_invitation(by, email=check_email(email), name=name, organisation=organisation, role=known, site=site)


def make_invitation(
    by: Subject, *, email: str, name: str, organisation: Organisation, role: Role, site: str
) -> Invitation:
    """The write of `invite_person`, for actions that have authorised and checked the words already."""
    _check_not_oneself(by, email, organisation, role)
    _check_not_here(email, organisation, role)
    now = timezone.now()
    invitation = Invitation.objects.create(
        token_hash=hashed(secrets.token_urlsafe(32)),
        email=email,
        name=name,
        organisation=organisation,
        role=role,
        invited_by_id=by.author_id,
        sent=now,
        expires=now + timedelta(days=DAYS),
    )
    _record(by, "made", invitation, role=str(role))
    _queue_mail(invitation, site)
    return invitation


def _check_not_oneself(by: Subject, email: str, organisation: Organisation, role: Role) -> None:
    """An invitation to one's own address would be a role given to oneself."""
    own = Person.objects.filter(pk=by.person_id, email__iexact=email).first()
    if own is not None:
        check_not_oneself(by, own, role, organisation)


def _check_not_here(email: str, organisation: Organisation, role: Role) -> None:
    words = {"email": email, "organisation": organisation.name}
    if organisation.ends is not None and organisation.ends <= timezone.localdate():
        raise Conflict(_("%(organisation)s has ended.") % words, _("Choose the organisation that followed it."))
    if holding().filter(person__email=email, organisation=organisation, role=role).exists():
        raise Conflict(_("%(email)s has this role in %(organisation)s already.") % words, _("There is nothing to do."))
    waiting = Invitation.objects.filter(email=email, organisation=organisation, role=role)
    waiting = waiting.filter(accepted__isnull=True, withdrawn__isnull=True)
    if waiting.filter(expires__gt=timezone.now()).exists():
        message = _("%(email)s has been invited to %(organisation)s already and has not answered yet.") % words
        raise Conflict(message, _("Send that invitation again from the list of open invitations."))
    waiting.update(withdrawn=timezone.now())


def _queue_mail(invitation: Invitation, site: str) -> None:
    app.configure_task("talkoo.people.jobs.send_invitation").defer(invitation=invitation.pk, site=site)


@transaction.atomic
def resend_invitation(*, by: Subject, invitation: Invitation, site: str) -> Invitation:
    """Send a fresh link; the one in the earlier mail stops working when the new mail goes out."""
    invitation = _locked(invitation)
    authorise(by, Permission.PEOPLE_INVITE, on=resource(invitation.organisation))
    authorise_role(by, Role(invitation.role), invitation.organisation)
    _check_pending(invitation)
    now = timezone.now()
    invitation.sent, invitation.expires = now, now + timedelta(days=DAYS)
    invitation.save(update_fields=["sent", "expires"])
    _record(by, "resent", invitation)
    _queue_mail(invitation, site)
    return invitation


@transaction.atomic
def withdraw_invitation(*, by: Subject, invitation: Invitation) -> Invitation:
    """Make the link useless."""
    invitation = _locked(invitation)
    authorise(by, Permission.PEOPLE_INVITE, on=resource(invitation.organisation))
    _check_pending(invitation)
    invitation.withdrawn = timezone.now()
    invitation.save(update_fields=["withdrawn"])
    _record(by, "withdrawn", invitation)
    return invitation


@transaction.atomic
def mail_invitation(*, number: int, site: str) -> bool:
    """Make the token, keep its hash, send the mail; False when the invitation is no longer open.

    Called by the job: the token must not lie in the queue. When the mail server refuses, the hash is rolled back and
    the job comes again; a mail sent twice leaves the later link working.
    """
    found = Invitation.objects.select_for_update(of=["self"]).select_related("organisation", "invited_by")
    invitation = found.filter(pk=number).first()
    if invitation is None or invitation.accepted or invitation.withdrawn or invitation.expires <= timezone.now():
        return False
    token = secrets.token_urlsafe(32)
    invitation.token_hash = hashed(token)
    invitation.save(update_fields=["token_hash"])
    audit.record(
        by=None,
        action="people.invitation.mailed",
        on=("invitation", str(number)),
        organisation_id=invitation.organisation_id,
    )
    with spoken_to(Person.objects.filter(email__iexact=invitation.email).first()):
        _send(invitation, site.rstrip("/") + reverse("invitation", args=[token]))
    return True


def _send(invitation: Invitation, link: str) -> None:
    inviter = invitation.invited_by.name if invitation.invited_by else _("A coordinator")
    words = {"inviter": inviter, "organisation": invitation.organisation.name}
    shown = {"invitation": invitation, "link": link, **words}
    text, page = (render_to_string(f"people/invitation_mail.{kind}", shown) for kind in ("txt", "html"))
    subject = _("%(inviter)s invites you to Talkoo, %(organisation)s") % words
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [invitation.email], html_message=page)


def open_invitation(token: str, *, lock: bool = False) -> Invitation:
    """The invitation a link stands for, or the words why it does not work (Missing, Conflict)."""
    found = Invitation.objects.select_related("organisation", "invited_by")
    if lock:
        found = found.select_for_update(of=["self"])
    invitation = found.filter(token_hash=hashed(token)).first()
    if invitation is None:
        raise Missing(
            _("This link does not work."),
            _("Take the whole link from the newest mail, or ask the person who invited you for a new one."),
        )
    _check_pending(invitation)
    if invitation.expires <= timezone.now():
        words = {"inviter": invitation.invited_by.name if invitation.invited_by else _("the coordinator")}
        raise Conflict(_("This invitation has run out."), _("Ask %(inviter)s to send it again.") % words)
    return invitation


def _check_pending(invitation: Invitation) -> None:
    if invitation.accepted:
        raise Conflict(_("This invitation was used already."), _("Sign in with your e-mail address and password."))
    if invitation.withdrawn:
        raise Conflict(_("This invitation was withdrawn."), _("Ask the coordinator of the organisation."))


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str) -> Person:
    """A newcomer takes the invitation: the account is made with name and password, the role begins today.

    No subject: whoever holds the token holds the mailbox. Somebody who has an account uses `join_organisation`.
    """
    invitation = open_invitation(token, lock=True)
    organisation = invitation.organisation
    person = new_person(None, invitation.email, name, organisation, password=password)
    _use(invitation, person)
    return person


@transaction.atomic
def join_organisation(*, token: str) -> Person:
    """Somebody who has an account takes the invitation: the role is added. It signs nobody in.

    Having the role already is no error: the invitation is used up.
    """
    invitation = open_invitation(token, lock=True)
    person = Person.objects.select_for_update().filter(email=invitation.email).first()
    if person is None:
        raise Conflict(_("There is no account with this address yet."), _("Open the link of the invitation again."))
    if person.merged_into:
        person = person.merged_into
    if not person.is_active:
        _take_back(person)
    _use(invitation, person)
    return person


def _take_back(person: Person) -> None:
    """Somebody who left comes back by invitation, to the same account with its history.

    Where roles only rest, those who closed the account open it: an invitation elsewhere does not undo that.
    """
    if holding().filter(person=person).exists():
        raise Conflict(_("Your account was closed."), _("Ask the coordinator of your organisation to open it again."))
    person.is_active = True
    person.save(update_fields=["is_active"])
    audit.record(by=None, action="people.person.returned", on=("person", person.code))


def _use(invitation: Invitation, person: Person) -> None:
    organisation, role = invitation.organisation, Role(invitation.role)
    if not holding().filter(person=person, organisation=organisation, role=role).exists():
        add_membership(None, person, organisation, role)
    invitation.accepted, invitation.person = timezone.now(), person
    invitation.save(update_fields=["accepted", "person"])
    _record(None, "accepted", invitation, person=person.code)


def _locked(invitation: Invitation) -> Invitation:
    return Invitation.objects.select_for_update(of=["self"]).select_related("organisation").get(pk=invitation.pk)


def _record(by: Subject | None, what: str, invitation: Invitation, **facts: str) -> None:
    on = ("invitation", str(invitation.pk))
    audit.record(by=by, action=f"people.invitation.{what}", on=on, organisation_id=invitation.organisation_id, **facts)
