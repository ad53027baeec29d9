"""Lines of the log are what they seem to be."""

import logging

from talkoo.config.logs import Lines


def line(words, **more):
    record = logging.LogRecord("talkoo.web", logging.WARNING, "", 1, words, (), None)
    vars(record).update(created=1_795_600_000.25, msecs=250, **more)
    return Lines("{asctime} {levelname} {name}: {message}", style="{").format(record)


def test_the_time_is_utc_and_says_so():
    assert line("Something") == "2026-11-25T09:46:40.250Z WARNING talkoo.web: Something"


def test_words_from_outside_begin_no_line_of_their_own():
    shown = line("Odd: x\r\n2026-11-25T00:00:00.000Z ERROR talkoo.audit: All is lost", request_id="r1")
    assert len(shown.splitlines()) == 1
    assert shown.endswith("[request=r1]")
