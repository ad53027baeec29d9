"""What this slice measures of people."""

from django.utils.translation import gettext_lazy as _

from talkoo.lib.holdings import Measure

DECISIONS = Measure(
    "access.decisions",
    what=_("How often the rules decided what: act, sensitivity, kind of network and device. Nobody who asked"),
    purpose=_("To see what a change of the rules would turn round"),
    seen_by=_("Security officers and administrators, as sums from five on"),
    kept=_("30 days"),
    switched=True,
)
SESSIONS = Measure(
    "access.sessions",
    what=_("When a session was used last, to the minute, written over each time"),
    purpose=_("To end sessions that nobody uses"),
    seen_by=_("The person alone"),
    kept=_("Until the session ends, two days at most"),
)

MEASURES = (DECISIONS, SESSIONS)
