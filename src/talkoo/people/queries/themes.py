"""The colour somebody works in: that of their organisation, or of the nearest above it that has one."""

from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.people.models import Organisation

NEAREST = """(
    WITH RECURSIVE up AS (
        SELECT id, code, colour, 0 AS steps FROM people_organisation WHERE id = %s
        UNION
        SELECT o.id, o.code, o.colour, steps + 1
        FROM up JOIN people_placement p ON p.organisation_id = up.id AND up.colour = ''
             AND p.starts <= %s AND (p.ends IS NULL OR p.ends > %s)
        JOIN people_organisation o ON o.id = p.parent_id
    )
    SELECT code || ' ' || colour FROM up WHERE colour <> '' ORDER BY steps LIMIT 1
)"""


def colour_of(by: Subject) -> RawSQL:
    """The code of the organisation whose colour this person works in and the colour, as one column; NULL for none."""
    day = timezone.localdate()
    return RawSQL(NEAREST, [by.organisation_id, day, day])  # noqa: S611 - an id and a day, as parameters


def themed_organisation(by: Subject, code: str) -> Organisation:
    """An organisation with a colour, for those who stand in it or below it and those who shape it; else `Missing`."""
    reach = by.within | organisations_where(by, Permission.ORGANISATION_EDIT)
    found = Organisation.objects.filter(code=code, pk__in=reach).exclude(colour="").first()
    if found is None:
        raise Missing(_("There is no such colour."), _("Go to the start page."))
    return found
