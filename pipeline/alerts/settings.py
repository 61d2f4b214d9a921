"""rules/alerts.yaml: the channels, what is told at once, and from when on something is worth telling."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.rules import Rule

Kind = Literal["failed", "approval", "optout_late", "not_landed", "token_dead", "budget_low", "match_rate", "volume"]
Job = Literal[
    "daily",
    "morning",
    "watch",
    "files",
    "apply_zoho",
    "apply_ghl",
    "raw",
    "staging",
    "identity",
    "qualify",
    "crm",
    "outreach",
    "reports",
]
Security = Literal["starttls", "ssl", "none"]
Variable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]
Address = Annotated[str, Field(pattern=r"^[^\s@<>,;]+@[^\s@<>,;]+$")]
Share = Annotated[float, Field(ge=0, le=1)]

WEBHOOK_VARIABLE = "LEADFLOW_ALERT_WEBHOOK_URL"
PASSWORD_VARIABLE = "LEADFLOW_ALERT_SMTP_PASSWORD"  # noqa: S105 - the name of a variable
PORTS: dict[Security, int] = {"starttls": 587, "ssl": 465, "none": 25}


class Webhook(Rule):
    """Where JSON in Slack's form is posted. The address itself is a secret: the variable that holds it is named."""

    url_variable: Variable = WEBHOOK_VARIABLE


class Smtp(Rule):
    """The mail server, and who writes to whom."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]+$")] | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    security: Security = "starttls"
    user: str | None = None
    password_variable: Variable = PASSWORD_VARIABLE
    sender: Address | None = None
    recipients: tuple[Address, ...] = ()

    @model_validator(mode="after")
    def _are_complete(self) -> Self:
        if self.host and not (self.sender and self.recipients):
            lacking = " and ".join(
                name for name, value in (("sender", self.sender), ("recipients", self.recipients)) if not value
            )
            raise ValueError(f"smtp has a host but no {lacking}")
        return self

    @property
    def usual_port(self) -> int:
        """Return the port, by the kind of security where none is given."""
        return self.port or PORTS[self.security]


class Budget(Rule):
    """So many units of one kind in a calendar month (UTC)."""

    unit: Literal["apollo_credit", "zoho_credit", "ghl_call"]
    units: Annotated[float, Field(gt=0)]


class History(Rule):
    """When a figure is far from those of earlier runs."""

    runs: Annotated[int, Field(ge=1, le=200)] = 14
    at_least: Annotated[int, Field(ge=2)] = 5
    spreads: Annotated[float, Field(gt=0)] = 4.0
    volume_share: Share = 0.3
    volume_rows: Annotated[int, Field(ge=0)] = 50
    match_share: Share = 0.1


class AlertRules(Rule):
    """The whole file."""

    webhook: Webhook = Webhook()
    smtp: Smtp = Smtp()
    digest_after: tuple[Job, ...] = ("daily", "morning", "apply_zoho", "apply_ghl")
    immediate: tuple[Kind, ...] = ()
    include_personal_data: bool = False
    optout_minutes: Annotated[float, Field(gt=0)] = 30.0
    budget_share: Share = 0.1
    budgets: tuple[Budget, ...] = ()
    history: History = History()
