"""What this slice holds of people."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from talkoo.lib.holdings import Erasure, Holding, Keep, Table

LEFT = Keep(timedelta(days=90), "talkoo.people.jobs.forget_left")
ENDED = Keep(timedelta(days=180), "talkoo.people.jobs.forget_ended")

TOKENS = Holding(
    "access.tokens",
    what=_("Tokens you made for programs (not the tokens themselves)"),
    purpose=_("To let your programs speak for you, and to let you end that"),
    seen_by=_("You; those of a service, its administrators"),
    kept=_("180 days after a token ended, 90 days after your account was closed; what it was answered, for a day"),
    tables=(
        Table("access.Token", "person", ("name", "scopes", "made", "expires", "used", "revoked"), keep=(ENDED, LEFT)),
        Table("access.KeptResponse", "token__person", ("at", "status"), keep=(Keep(timedelta(days=1), "talkoo.access.jobs.forget_responses"),)),
        Table("access.Token", "made_by", ("name", "scopes", "organisation__name", "made"), Erasure.KEPT),
    ),
    because=_("A token of a service belongs to its organisation. No name stands there any more."),
)  # fmt: skip

SESSIONS = Holding(
    "access.sessions",
    what=_("Where you are signed in: kind of browser, kind of network, since when, how you proved who you are"),
    purpose=_("To end sessions that nobody uses, and to let you end one that is not yours"),
    seen_by=_("You"),
    kept=_("Until the session ends, two days at most; when it was used last is written over each minute"),
    tables=(Table("access.Session", "person", ("agent", "zone", "began", "proved", "seen", "assurance", "methods"), keep=(Keep(timedelta(0), "talkoo.config.jobs.forget_sessions"),)),),
)  # fmt: skip

FORMS = Holding(
    "access.forms",
    what=_("A form you had filled in when you were asked to sign in again, sealed"),
    purpose=_("To lose nothing of what you typed"),
    seen_by=_("You"),
    kept=_("Until it is sent, half an hour at most"),
    tables=(
        Table(
            "access.KeptForm", "person", ("at",), keep=(Keep(timedelta(minutes=15), "talkoo.access.jobs.forget_forms"),)
        ),
    ),
)

IDENTITIES = Holding(
    "access.identities",
    what=_("Who you are at the sign-in of your organisation"),
    purpose=_("To know you again when your address changes"),
    seen_by=_("Nobody"),
    kept=_("Until 90 days after your account was closed"),
    tables=(
        Table(
            "access.Identity",
            "person",
            ("issuer", "subject", "at"),
            keep=(LEFT,),
        ),
    ),
)

HOLDINGS = (SESSIONS, FORMS, IDENTITIES, TOKENS)
