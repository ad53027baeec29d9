"""What this slice measures of people."""

from django.utils.translation import gettext_lazy as _

from talkoo.lib.holdings import Measure

RELIABILITY = Measure(
    "microtasks.reliability",
    what=_("How often somebody’s answers held, and agreed with known answers, in each batch apart"),
    purpose=_("To weigh answers fairly while a batch is open, and to know how sure its results are"),
    seen_by=_("The person alone, once the batch is closed; of all together the owner, from five people on"),
    kept=_("90 days after the batch closes"),
    switched=True,
)
TIMES = Measure(
    "microtasks.times",
    what=_("When somebody took an item and when they answered it"),
    purpose=_("To offer an item again that was not answered in time"),
    seen_by=_("Nobody, of a single person"),
    kept=_("As long as the batch"),
)

VIEWINGS = Measure(
    "microtasks.viewings",
    what=_("Which confidential or restricted items somebody was shown: when first and last, and how often"),
    purpose=_("To find out where something got out, and to stop somebody from leafing through everything"),
    seen_by=_(
        "Auditors, for one item or one person, with a reason that stands in the log; never who leads or assesses"
    ),
    kept=_("90 days after somebody was shown it last, and no longer than the batch"),
)

MEASURES = (RELIABILITY, TIMES, VIEWINGS)
