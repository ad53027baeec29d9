"""What this slice holds of people, and the libraries that sign them in."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from talkoo.lib.holdings import Basis, Erasure, Holding, Keep, Table

ENDED = Keep(timedelta(days=180), "talkoo.people.jobs.forget_ended")
LEFT = Keep(timedelta(days=90), "talkoo.people.jobs.forget_left")

WHO = Holding(
    "people.who",
    what=_("Name, e-mail, organisation, roles"),
    purpose=_("To sign in, and to know what is open to you"),
    seen_by=_("You, your coordinators, administrators"),
    kept=_("While you belong to an organisation, and then until an administrator erases it; an invitation, 180 days after it ended"),
    tables=(
        Table(
            "people.Person",
            "pk",
            (
                "code", "email", "name", "title", "joined", "last_login", "is_active", "language", "formats", "keys_off",
                "persona_part", "persona_words",
            ),
            Erasure.EMPTIED,
        ),
        Table("people.Person", "merged_into", ("code", "email", "name", "title"), Erasure.EMPTIED),
        Table("account.EmailAddress", "user", ("email", "verified", "primary")),
        Table("people.Membership", "person", ("organisation__name", "role", "starts", "ends"), Erasure.KEPT),
        Table("people.Invitation", "person", ("email", "name", "organisation__name", "role", "sent", "accepted"), Erasure.EMPTIED, keep=(ENDED,)),
    ),
    because=_("Which roles were held, and when, answers for what was decided in them. No name stands there any more."),
)  # fmt: skip

SKILLS = Holding(
    "people.skills",
    what=_("Skills you state"),
    purpose=_("To offer work that fits"),
    seen_by=_("You, your coordinators"),
    kept=_("Until you change them"),
    tables=(Table("people.PersonSkill", "person", ("skill__name", "level", "grow")),),
)

SIGN_IN = Holding(
    "people.sign-in",
    what=_("How you sign in"),
    purpose=_("To let in you and nobody else. Passwords and keys are sealed, and are not part of a copy of your data"),
    seen_by=_("Nobody; administrators see when you signed in last"),
    kept=_("Until you remove it, or 90 days after your account was closed"),
    tables=(Table("mfa.Authenticator", "user", ("type", "created_at", "last_used_at"), keep=(LEFT,)),),
)

ARRANGEMENTS = Holding(
    "people.arrangements",
    what=_("Your arrangement: days, hours and places outside of the office, and the sensitivity of work allowed there"),
    purpose=_("To let you do sensitive work at home as agreed"),
    seen_by=_("You; the coordinators and administrators who agree to it"),
    kept=_("All versions, until an administrator erases your account"),
    tables=(
        Table(
            "people.Arrangement",
            "person",
            ("organisation__name", "lines", "starts", "ends", "note", "state", "made", "decided", "ended", "reason"),
        ),
    ),
)

HOMES = Holding(
    "people.homes",
    what=_("The addresses on the network that you declared as your places, sealed"),
    purpose=_("To know again that you are there. They prove nothing, and no log keeps them"),
    seen_by=_("You alone: they stand on the page of your arrangement, and are no part of a copy of your data"),
    kept=_("Until you remove them, or 90 days after your account was closed; three at most"),
    tables=(Table("people.HomeNetwork", "person", ("place", "made"), keep=(LEFT,)),),
)

LOOKING = Holding(
    "people.looking",
    what=_("Who looked through your eyes, and when"),
    purpose=_("To help you, and to let you see and end it"),
    seen_by=_("You, and whoever you gave the code"),
    kept=_("While your account is there"),
    tables=(
        Table("people.Looking", "person", ("made", "until", "helper__name", "begun", "ended")),
        Table("people.Looking", "helper", ("begun", "ended"), Erasure.KEPT),
    ),
    because=_("Who looked is for the person to know. No name stands there any more."),
)

ACTS = Holding(
    "people.acts",
    what=_("Invitations, lists of people, clearances and plans you made, and what you agreed to for a works council"),
    purpose=_("To know who decided what"),
    seen_by=_("Those who look after the organisation"),
    kept=_("As long as the organisation; invitations 180 days after they ended, lists of people 180 days"),
    tables=(
        Table("people.Invitation", "invited_by", ("organisation__name", "role", "sent"), Erasure.KEPT, keep=(ENDED,)),
        Table("people.PeopleFile", "by", ("filename", "organisation__name", "at"), keep=(ENDED,)),
        Table("people.Arrangement", "decided_by", ("organisation__name", "state", "decided"), Erasure.KEPT),
        Table("people.Arrangement", "ended_by", ("organisation__name", "ended"), Erasure.KEPT),
        Table("people.Network", "made_by", ("network", "zone", "organisation__name", "made"), Erasure.KEPT),
        Table("people.Rescue", "person", ("asked", "decided", "agreed"), Erasure.KEPT),
        Table("people.Rescue", "asked_by", ("asked",), Erasure.KEPT),
        Table("people.Rescue", "decided_by", ("decided", "agreed"), Erasure.KEPT),
        Table("people.RuleChange", "made_by", ("organisation__name", "because", "made"), Erasure.KEPT),
        Table("people.RuleChange", "decided_by", ("organisation__name", "approved", "decided"), Erasure.KEPT),
        Table("people.Clearance", "made_by", ("organisation__name", "level", "made"), Erasure.KEPT),
        Table("people.Clearance", "ended_by", ("organisation__name", "level", "ended"), Erasure.KEPT),
        Table("access.CouncilWord", "by", ("organisation__name", "words", "at"), Erasure.KEPT),
        Table("people.Plan", "made_by", ("name", "organisation__name", "day", "made"), Erasure.KEPT),
        Table("people.Plan", "decided_by", ("name", "organisation__name", "day", "decided"), Erasure.KEPT),
    ),
    because=_("Acts of an office belong to the office. No name stands there any more."),
)

CLEARANCE = Holding(
    "people.clearance",
    what=_("What you are cleared for"),
    purpose=_("To show restricted work only to people who were cleared for it, and less to whom less was said"),
    seen_by=_("You, your security officers"),
    kept=_("With your account: who was cleared when answers for who could see what"),
    basis=Basis.OBLIGATION,
    tables=(Table("people.Clearance", "person", ("level", "ground", "organisation__name", "made", "until", "ended")),),
)

HOLDINGS = (WHO, SKILLS, SIGN_IN, ARRANGEMENTS, HOMES, CLEARANCE, LOOKING, ACTS)
