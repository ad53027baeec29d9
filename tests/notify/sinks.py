"""A real SMTP server that keeps what it gets, and can be told to refuse."""

import contextlib
import socket
from email import policy
from email.parser import BytesParser

from aiosmtpd.controller import Controller
from django.test import override_settings


class Sink:
    """Mails in the order they came; `answer` is what the server says to the next ones instead of taking them."""

    def __init__(self):
        self.mails, self.answer = [], ""

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answer:
            return self.answer
        self.mails.append(BytesParser(policy=policy.default).parsebytes(envelope.content))
        return "250 kept"

    def to(self, address):
        return [mail for mail in self.mails if address in mail["To"]]


def title(mail):
    return mail["Subject"].strip()  # a long one begins on a line of its own


def text(mail):
    return mail.get_body(("plain",)).get_content()


def page(mail):
    return mail.get_body(("html",)).get_content()


@contextlib.contextmanager
def smtp():
    """Django's mail goes to it while it is open."""
    sink = Sink()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(sink, hostname="127.0.0.1", port=port)
    controller.start()
    chosen = {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend", "EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": port,
        "EMAIL_HOST_USER": "", "EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False, "BASE_URL": "https://talkoo.example.org",
    }  # fmt: skip
    try:
        with override_settings(**chosen):
            yield sink
    finally:
        controller.stop()
