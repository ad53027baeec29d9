"""Tables of what people are told: notices, how each person wants them, and the mails they went out in."""

from talkoo.notify.models.mail import Mail, MailState
from talkoo.notify.models.notices import Choice, Notice, Pace, Rhythm

__all__ = ["Choice", "Mail", "MailState", "Notice", "Pace", "Rhythm"]
