"""What this slice holds of people."""

from django.utils.translation import gettext_lazy as _

from talkoo.lib.holdings import Erasure, Holding, Table

NOTICES = Holding(
    "notify.notices",
    what=_("What Talkoo told you, and how you want to be told"),
    purpose=_("To tell you, once, in your working hours"),
    seen_by=_("Only you; nobody learns whether you read it"),
    kept=_("180 days; your choices until you change them"),
    tables=(
        Table("notify.Notice", "person", ("at", "kind", "facts", "channel", "read")),
        Table("notify.Mail", "person", ("made", "digest", "state", "done")),
        Table("notify.Choice", "person", ("kind", "channel")),
        Table("notify.Pace", "person", ("rhythm", "days", "starts", "ends", "zone", "no_mail")),
    ),
)

CALENDAR = Holding(
    "notify.calendar",
    what=_("That you have a calendar address (not the address itself)"),
    purpose=_("To give your calendar program your deadlines"),
    seen_by=_("Nobody"),
    kept=_("Until you stop it"),
    tables=(
        Table("notify.Feed", "person", ("made",)),
        Table("notify.Entry", "feed__person", ("code", "changed")),
    ),
)

WEBHOOKS = Holding(
    "notify.webhooks",
    what=_("That you joined or left, for systems of your organisation"),
    purpose=_("To keep their lists true; without your name"),
    seen_by=_("Who runs those systems"),
    kept=_("30 days here"),
    tables=(Table("notify.Endpoint", "made_by", ("description", "url", "made"), Erasure.KEPT),),
    because=_("A webhook belongs to its organisation. No name stands there any more."),
)

HOLDINGS = (NOTICES, CALENDAR, WEBHOOKS)
