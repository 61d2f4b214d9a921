"""The channels of a workspace, from rules/alerts.yaml and the environment; none is called here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dotenv import dotenv_values
from pydantic import ValidationError

from pipeline.alerts.settings import PASSWORD_VARIABLE, WEBHOOK_VARIABLE, AlertRules, Smtp
from pipeline.errors import ConfigurationError, LeadflowError
from resources.alerting.mail import Mail
from resources.alerting.webhook import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.alerts.facts import Message

SMTP_VARIABLES = {
    "host": "LEADFLOW_ALERT_SMTP_HOST",
    "port": "LEADFLOW_ALERT_SMTP_PORT",
    "security": "LEADFLOW_ALERT_SMTP_SECURITY",
    "user": "LEADFLOW_ALERT_SMTP_USER",
    "sender": "LEADFLOW_ALERT_SMTP_FROM",
    "recipients": "LEADFLOW_ALERT_SMTP_TO",
}


class Channel(Protocol):
    """A way to tell somebody."""

    name: str

    def send(self, message: Message) -> str | None:
        """Send a message; return what a person should know of it (refused recipients), None when all is well.

        Raises:
            NotDelivered: certainly not delivered; sending again does no harm.
            PerhapsDelivered: the answer was lost.
        """
        ...

    def close(self) -> None:
        """Close connections."""
        ...


def environment(env_file: Path | None = None) -> dict[str, str]:
    """Return the variables of the environment laid over those of `.env`; empty ones are left out."""
    both = {**dotenv_values(env_file or Path(".env")), **os.environ}
    return {name: value for name, value in both.items() if value}


def channels(rules: AlertRules, variables: Mapping[str, str]) -> list[Channel]:
    """Return the channels that are configured; none is the default.

    Raises:
        ConfigurationError: a variable that the rules name is not set, or a value is not allowed.
    """
    found: list[Channel] = []
    url = variables.get(rules.webhook.url_variable)
    if url:
        found.append(Webhook(url, variable=rules.webhook.url_variable))
    elif rules.webhook.url_variable != WEBHOOK_VARIABLE:
        raise ConfigurationError(f"rules/alerts.yaml: webhook.url_variable is {rules.webhook.url_variable}, not set")
    smtp = smtp_settings(rules, variables)
    if smtp.host:
        password = variables.get(smtp.password_variable)
        if smtp.user and not password:
            raise ConfigurationError(f"{smtp.password_variable} is not set, but smtp.user is (rules/alerts.yaml)")
        found.append(Mail(smtp, password=password if smtp.user else None))
    elif smtp.password_variable != PASSWORD_VARIABLE:
        raise ConfigurationError(
            f"rules/alerts.yaml: smtp.password_variable is {smtp.password_variable}, but smtp.host is not set"
        )
    return found


def smtp_settings(rules: AlertRules, variables: Mapping[str, str]) -> Smtp:
    """Return the mail settings with those of the environment laid over them."""
    told: dict[str, object] = {name: variables[each] for name, each in SMTP_VARIABLES.items() if each in variables}
    if "recipients" in told:
        told["recipients"] = tuple(part.strip() for part in str(told["recipients"]).split(",") if part.strip())
    try:
        return Smtp.model_validate({**rules.smtp.model_dump(), **told})
    except ValidationError as error:
        names = "; ".join(
            f"{SMTP_VARIABLES.get(str((item['loc'] or ('smtp',))[0]), 'smtp')}: {item['msg']}"
            for item in error.errors()
        )
        raise ConfigurationError(f"alerts by mail: {names}") from error


def problem_of(error: LeadflowError) -> str:
    """Return an error as one line for status and metadata."""
    return " ".join(str(error).split())
