"""What this slice holds of people."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from talkoo.lib.holdings import Erasure, Holding, Keep, Table

OLD = Keep(timedelta(days=180), "talkoo.notify.jobs.forget")
LEFT = Keep(timedelta(days=90), "talkoo.people.jobs.forget_left")

NOTICES = Holding(
    "notify.notices",
    what=_("What Talkoo told you, and how you want to be told"),
    purpose=_("To tell you, once, in your working hours"),
    seen_by=_("Only you; nobody learns whether you read it"),
    kept=_("180 days; your choices until you change them, or 90 days after your account was closed"),
    tables=(
        Table("notify.Notice", "person", ("at", "kind", "facts", "channel", "read"), keep=(OLD,)),
        Table("notify.Mail", "person", ("made", "digest", "state", "done"), keep=(OLD,)),
        Table("notify.Choice", "person", ("kind", "channel"), keep=(LEFT,)),
        Table("notify.Pace", "person", ("rhythm", "days", "starts", "ends", "zone", "no_mail"), keep=(LEFT,)),
    ),
)  # fmt: skip

CALENDAR = Holding(
    "notify.calendar",
    what=_("That you have a calendar address (not the address itself)"),
    purpose=_("To give your calendar program your deadlines"),
    seen_by=_("Nobody"),
    kept=_("Until you stop it, or 90 days after your account was closed"),
    tables=(
        Table("notify.Feed", "person", ("made",), keep=(LEFT,)),
        Table("notify.Entry", "feed__person", ("code", "changed"), keep=(LEFT,)),
    ),
)

WEBHOOKS = Holding(
    "notify.webhooks",
    what=_("That you joined or left, for systems of your organisation"),
    purpose=_("To keep their lists true; without your name"),
    seen_by=_("Who runs those systems"),
    kept=_("30 days here; that you set one up, as long as it is used"),
    tables=(
        Table("notify.Endpoint", "made_by", ("description", "url", "made"), Erasure.KEPT),
        Table(
            "notify.Delivery",
            "endpoint__made_by",
            ("type", "made", "state"),
            Erasure.KEPT,
            keep=(Keep(timedelta(days=30), "talkoo.notify.jobs.forget"),),
        ),
    ),
    because=_("A webhook belongs to its organisation. No name stands there any more."),
)

HOLDINGS = (NOTICES, CALENDAR, WEBHOOKS)
