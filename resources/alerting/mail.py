"""Mail by SMTP: STARTTLS or TLS from the start, certificates verified; plain text to this machine only."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from pipeline.alerts.texts import body, subject
from pipeline.errors import ConfigurationError
from pipeline.planview.masks import mask_reason
from resources.addresses import is_loopback
from resources.alerting.delivery import NotDelivered, PerhapsDelivered
from resources.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pipeline.alerts.facts import Message
    from pipeline.alerts.settings import Smtp

SECONDS = 10.0
GREETING = "[127.0.0.1]"
"""What is said of ourselves: looking up a name of this machine may take half a minute, and nobody checks it."""

_REFUSED = (
    smtplib.SMTPDataError,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPHeloError,
    smtplib.SMTPNotSupportedError,
)


class Mail:
    """Sends messages through one mail server."""

    name = "smtp"

    def __init__(
        self,
        settings: Smtp,
        *,
        password: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take the settings.

        Raises:
            ConfigurationError: plain text to another machine.
        """
        host = settings.host or ""
        literal = f"[{host}]" if ":" in host else host
        if settings.security == "none" and not is_loopback(f"smtp://{literal}"):
            raise ConfigurationError(
                f"smtp.security is 'none' and smtp.host {host!r}: plain text is for this machine only; "
                "allowed: starttls, ssl"
            )
        self._settings, self._host, self._password, self._now = settings, host, password, now
        self._redactor = Redactor()
        self._redactor.learn([password] if password else [])

    def send(self, message: Message) -> str | None:
        """Send a mail to every recipient; see `Channel.send`."""
        mail = self._mail(message)
        with self._connected() as server:
            try:
                refused = server.send_message(mail)
            except _REFUSED as error:
                raise NotDelivered(self._told("did not take the mail", error)) from error
            except (OSError, smtplib.SMTPException) as error:
                raise PerhapsDelivered(
                    self._told("gave no answer to the mail, which may have arrived", error)
                ) from error
        if refused:
            return mask_reason(
                f"the mail server refused {len(refused)} of its recipients: {', '.join(sorted(refused))}"
            )
        return None

    def close(self) -> None:
        """Do nothing: each mail has a connection of its own."""

    def _mail(self, message: Message) -> EmailMessage:
        settings = self._settings
        mail = EmailMessage(policy=SMTP)
        mail["Subject"] = subject(message)
        mail["From"] = settings.sender or ""
        mail["To"] = ", ".join(settings.recipients)
        mail["Date"] = format_datetime(self._now())
        # The same message has the same id: a mailbox shows a repetition as one.
        digest = hashlib.sha256(f"{message.key}\0{message.day}\0{message.title}".encode()).hexdigest()[:32]
        mail["Message-ID"] = f"<{digest}@{(settings.sender or '').rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(body(message))
        return mail

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        settings = self._settings
        host, port = self._host, settings.usual_port
        server: smtplib.SMTP | None = None
        try:
            if settings.security == "ssl":
                context = ssl.create_default_context()
                server = smtplib.SMTP_SSL(host, port, local_hostname=GREETING, timeout=SECONDS, context=context)
            else:
                server = smtplib.SMTP(host, port, local_hostname=GREETING, timeout=SECONDS)
            if settings.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if settings.user and self._password:
                server.login(settings.user, self._password)
        except (OSError, smtplib.SMTPException) as error:
            if server is not None:
                server.close()
            raise NotDelivered(self._told("could not be used", error)) from error
        try:
            yield server
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _told(self, what: str, error: Exception) -> str:
        said = " ".join(str(error).split()) or type(error).__name__
        text = f"the mail server {self._host}:{self._settings.usual_port} {what}: {said}"
        return self._redactor.text(mask_reason(text))[:400]
