"""The way of messages to their mail servers: one after the other, by SMTP, tried again where a server asks for it."""

import contextlib
import heapq
import itertools
import logging
import queue
import smtplib
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from local.emulator.mail import events
from local.emulator.mail.message import Mail
from local.emulator.programs import Program
from local.emulator.surroundings import Surroundings

log = logging.getLogger("ses")

PAUSES = (0.5, 1.0, 2.0)  # seconds between the tries of a message; minutes and hours on AWS
_PATIENCE = 30.0  # seconds until the mail server listens


class Outgoing:
    """Messages on their way."""

    def __init__(self, aws: Surroundings, bounced: Callable[[Mail, bool], None]) -> None:
        """Starts with none; `bounced` is told of a message that came back, and whether for ever."""
        self.aws = aws
        self.bounced = bounced
        self.waiting: list[tuple[float, int, int, Mail]] = []
        self.numbers = itertools.count()
        self.change = threading.Condition()
        self.program: Program | None = None
        self.connection: smtplib.SMTP | None = None
        self.thread: threading.Thread | None = None

    def add(self, mail: Mail) -> None:
        """Takes a message."""
        with self.change:
            heapq.heappush(self.waiting, (0.0, next(self.numbers), 0, mail))
            if self.thread is None:
                self.thread = threading.Thread(target=self._work, name="outgoing mail", daemon=True)
                self.thread.start()
            self.change.notify()

    def stop(self) -> None:
        """Ends the mail server."""
        if self.program:
            self.program.stop()

    def _work(self) -> None:
        while True:
            with self.change:
                while not self.waiting or self.waiting[0][0] > time.monotonic():
                    rest = self.waiting[0][0] - time.monotonic() if self.waiting else None
                    self.change.wait(rest)
                _, _, tries, mail = heapq.heappop(self.waiting)
            self._hand_over(mail, tries)

    def _hand_over(self, mail: Mail, tries: int) -> None:
        began = time.monotonic()
        try:
            code, said = self._send(mail)
        except (OSError, smtplib.SMTPException) as error:
            self.connection = None
            code, said = 421, str(error)
        if code < 300:
            detail = {
                "timestamp": events.now(),
                "processingTimeMillis": round((time.monotonic() - began) * 1000),
                "recipients": mail.recipients,
                "smtpResponse": f"{code} {said}",
                "reportingMTA": "local.invalid",
            }
            events.publish(mail, "Delivery", detail)
        elif code < 500 and tries < len(PAUSES):
            if tries == 0:
                events.publish(mail, "DeliveryDelay", _delay(mail, code, said))
            with self.change:
                heapq.heappush(self.waiting, (time.monotonic() + PAUSES[tries], next(self.numbers), tries + 1, mail))
        else:
            events.publish(mail, "Bounce", bounce(mail, code >= 500, f"smtp; {code} {said}"))
            self.bounced(mail, code >= 500)

    def _send(self, mail: Mail) -> tuple[int, str]:
        """Returns what the mail server says to the whole of a message."""
        if self.connection is None:
            self.connection = smtplib.SMTP("127.0.0.1", self._port(), timeout=10)
            self.connection.ehlo()
        try:
            self.connection.sendmail(mail.source, mail.recipients, mail.content)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            return code, said.decode(errors="replace")
        except smtplib.SMTPResponseException as error:
            why = error.smtp_error
            return error.smtp_code, why if isinstance(why, str) else why.decode(errors="replace")
        return 250, "2.6.0 Message received"

    def _port(self) -> int:
        """Starts the mail server, once, and returns where it listens."""
        first: queue.SimpleQueue[str] = queue.SimpleQueue()

        def line(text: str) -> None:
            if text.startswith("PORT "):
                first.put(text.removeprefix("PORT "))
            elif text:
                log.warning("mail server: %s", text)

        if self.program:
            self.program.stop()
        self.program = Program(self.aws, "mail_server", [str(boxes(self.aws))], {}, line, lambda: first.put(""))
        with contextlib.suppress(queue.Empty, ValueError):
            return int(first.get(timeout=_PATIENCE))
        raise OSError("the mail server does not start")


def boxes(aws: Surroundings) -> Path:
    """Returns the folder with a mailbox for each address."""
    return aws.folder / "mail"


def bounce(mail: Mail, permanent: bool, said: str, subtype: str = "General") -> dict[str, object]:
    """Returns the details of a message that came back."""
    recipients = [
        {"emailAddress": one, "action": "failed", "status": "5.1.1" if permanent else "4.4.7", "diagnosticCode": said}
        for one in mail.recipients
    ]
    return {
        "bounceType": "Permanent" if permanent else "Transient",
        "bounceSubType": subtype,
        "bouncedRecipients": recipients,
        "timestamp": events.now(),
        "feedbackId": uuid.uuid4().hex,
        "reportingMTA": "dsn; local.invalid",
    }


def _delay(mail: Mail, code: int, said: str) -> dict[str, object]:
    why = f"smtp; {code} {said}"
    recipients = [{"emailAddress": one, "status": "4.4.1", "diagnosticCode": why} for one in mail.recipients]
    return {"timestamp": events.now(), "delayType": "TransientCommunicationFailure", "delayedRecipients": recipients}
