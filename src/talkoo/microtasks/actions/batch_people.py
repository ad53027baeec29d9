"""Who answers for a batch, and who decides what people could not agree on."""

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from talkoo.access.permissions import Relation
from talkoo.access.subject import Subject
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.batches import check_stated, log, own_batch
from talkoo.microtasks.actions.telling import tell_tied
from talkoo.microtasks.models import Batch, BatchPerson
from talkoo.people.models import Membership, Person

RELATIONS = {Relation.OWNER: "owner", Relation.REVIEWER: "reviewer"}


def add_person(*, by: Subject, code: str, email: str, relation: Relation) -> Batch:
    """Make the person of this address an owner or a reviewer; doing it twice changes nothing.

    Naming somebody of another organisation opens confidential work to them, as naming their organisation does. Raises
    Invalid where nobody has the address, or where the data is not stated that they would see; Conflict for a batch that is
    closed.
    """
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        here = Person.objects.filter(email__iexact=email.strip(), is_active=True)
        person = here.filter(
            Exists(Membership.objects.filter(person=OuterRef("pk")))
        ).first()  # guests answer for nothing
        if person is None:
            reason = _("Nobody here has this address. Look for a slip of the pen, or invite the person first.")
            raise Invalid(reason, fields={"email": reason})
        _tie, made = BatchPerson.objects.get_or_create(batch=batch, person=person, relation=relation)
        if made:
            check_stated(batch, "email")
            log(by, batch, f"{RELATIONS[relation]}-added", person=person.code)
            tell_tied(batch, person.pk, relation, by=by.person_id)
    return batch


def remove_person(*, by: Subject, code: str, person: str, relation: Relation) -> Batch:
    """Take a person's part in a batch away. Raises Conflict for its last owner: somebody has to answer for it."""
    with transaction.atomic():
        batch = own_batch(by=by, code=code)
        tie = batch.ties.filter(person__code=person, relation=relation).first()
        if tie is None:
            return batch
        if relation == Relation.OWNER and batch.ties.filter(relation=Relation.OWNER).count() == 1:
            raise Conflict(_("This is the last owner."), remedy=_("Add another owner first."))
        tie.delete()
        log(by, batch, f"{RELATIONS[relation]}-removed", person=person)
    return batch
