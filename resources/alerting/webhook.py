"""A webhook that takes Slack's JSON. Its address is a secret: neither host path nor query is ever told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pipeline.alerts.texts import slack
from pipeline.errors import AnswerLost, ConfigurationError, LeadflowError
from resources.addresses import is_loopback
from resources.alerting.delivery import NotDelivered, PerhapsDelivered
from resources.http import Door, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.alerts.facts import Message
    from resources.http import Transport

RETRY = Retry(attempts=3, seconds=15.0, first_pause=0.5, longest_pause=5.0)
ANSWER_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024


class Webhook:
    """Posts messages to one address, TLS except on this machine."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        *,
        variable: str,
        transport: Transport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Read the address; ConfigurationError names the variable, never its value."""
        parts = urlsplit(url.strip())
        is_allowed = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url.strip()))
        if not is_allowed or not parts.hostname or parts.username or parts.password:
            raise ConfigurationError(
                f"{variable}: expected https://host/path (http:// is accepted for this machine only)"
            )
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._door = Door(
            vendor="the alert webhook",
            base_url=f"{parts.scheme}://{parts.netloc}",
            authorize=lambda _: {},
            read_error=lambda _: None,
            token_refused=lambda _: False,
            retry=RETRY,
            transport=transport,
            answer_seconds=ANSWER_SECONDS,
            sleep=sleep,
        )
        self._door.redactor.learn([url.strip(), self._path, parts.path, *parts.path.split("/"), parts.query])

    def send(self, message: Message) -> str | None:
        """Post a message; see `Channel.send`. Only what was never executed is repeated."""
        try:
            self._door.call(
                "POST",
                self._path,
                json=slack(message),
                repeatable=False,
                expects="bytes",
                largest=LARGEST_ANSWER,
                purpose="alert",
            )
        except AnswerLost as error:
            if error.status is not None:
                raise NotDelivered(f"the alert webhook answered with HTTP {error.status}") from error
            raise PerhapsDelivered("the alert webhook gave no answer: the message may have arrived") from error
        except LeadflowError as error:
            raise NotDelivered(str(error)) from error
        return None

    def close(self) -> None:
        """Close the connection."""
        self._door.close()
