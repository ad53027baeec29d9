"""Tables of what people and other systems are told: notices, how each person wants them, mails, calendars, webhooks."""

from talkoo.notify.models.calendars import Entry, Feed
from talkoo.notify.models.mail import Mail, MailState
from talkoo.notify.models.notices import Choice, Notice, Pace, Rhythm
from talkoo.notify.models.webhooks import Attempt, Delivery, DeliveryState, Endpoint, EndpointState, Happening

__all__ = [
    "Attempt",
    "Choice",
    "Delivery",
    "DeliveryState",
    "Endpoint",
    "EndpointState",
    "Entry",
    "Feed",
    "Happening",
    "Mail",
    "MailState",
    "Notice",
    "Pace",
    "Rhythm",
]
