"""What is wrong with the log, for those who run it: their commands and their worker's log speak English."""

from talkoo.lib.errors import Conflict


class LogFault(Conflict):
    """The log cannot be signed, sent or exported as things are; the words say why and what to do."""
