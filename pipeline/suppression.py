"""Who must not be contacted: rules/suppression.yaml and the judgement at the moment of a write.

`qualify.suppressions` says what is known, `qualify.holds` what it means for each person today; `Register`
judges those once more when a write is claimed. For a suppressed person only these writes pass: set the
opt-out, remove tags of ours, stop a workflow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pipeline import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

Kind = Literal["optout", "complaint", "bounce", "customer", "open_deal", "competitor", "country", "policy"]

PASSING_OPERATIONS = frozenset({"set_optout", "remove_tags"})
"""What may still be written for a person who is held back."""


class Suppression(rules.Rule):
    """rules/suppression.yaml."""

    crm_kinds: tuple[Kind, ...]
    customers: bool
    open_deals: bool
    competitor_domains: tuple[str, ...] = ()
    excluded_countries: tuple[str, ...] = ()
    policy_domains: tuple[str, ...] = ()
    policy_addresses: tuple[str, ...] = ()
    policy_phones: tuple[str, ...] = ()
    applies_to: Literal["workspace", "agency"] = "workspace"


def suppressions_values(texts: Mapping[str, str], *, as_of: date) -> dict[str, object]:
    """Return what sql/qualify/suppressions.sql binds; ConfigurationError when the rules are wrong."""
    found = rules.parse(Suppression, "suppression", texts)
    return {
        "as_of": as_of,
        "customers": found.customers,
        "open_deals": found.open_deals,
        "competitor_domains": _lowered(found.competitor_domains),
        "excluded_countries": _lowered(found.excluded_countries),
        "policy_domains": _lowered(found.policy_domains),
        "policy_addresses": _lowered(found.policy_addresses),
        "policy_phones": list(found.policy_phones),
        "applies_to": found.applies_to,
    }


def holds_values(texts: Mapping[str, str], *, as_of: date) -> dict[str, object]:
    """Return what sql/qualify/holds.sql binds; ConfigurationError when the rules are wrong."""
    found = rules.parse(Suppression, "suppression", texts)
    return {"as_of": as_of, "crm_kinds": list(found.crm_kinds)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One reason why a person is held back on a channel (a row of `qualify.holds`)."""

    channel: str
    kind: str
    is_optout: bool
    is_crm_held: bool
    reason: str


class Register:
    """The holds of everybody, by person; built once per run and asked before every write."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._holds: dict[str, list[Hold]] = {}
        for row in rows:
            hold = Hold(
                channel=row["channel"],
                kind=row["kind"],
                is_optout=row["is_optout"],
                is_crm_held=row["is_crm_held"],
                reason=row["reason"],
            )
            self._holds.setdefault(row["person_key"], []).append(hold)

    def opted_out_channels(self, person_key: str) -> frozenset[str]:
        """Return the channels on which the person said no: every platform must know."""
        return frozenset(hold.channel for hold in self._holds.get(person_key, []) if hold.is_optout)

    def reason(self, person_key: str, *, lane: Literal["crm", "outreach"], channel: str = "email") -> str | None:
        """Return in words why a person is held back, None when nothing holds them.

        `crm` asks about the CRM record, `outreach` about contacting the person on `channel`.
        """
        holds = [
            hold
            for hold in self._holds.get(person_key, [])
            if hold.channel in {channel, "all"} and (hold.is_crm_held or lane == "outreach")
        ]
        if not holds:
            return None
        return f"held back because the person {_listed(sorted({hold.reason for hold in holds}))}"

    def refuses(
        self, person_key: str, operation: str, *, lane: Literal["crm", "outreach"], channel: str = "email"
    ) -> str | None:
        """Return why one write must not be sent, None when it may be."""
        if operation in PASSING_OPERATIONS:
            return None
        return self.reason(person_key, lane=lane, channel=channel)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _lowered(values: Iterable[str]) -> list[str]:
    return sorted({value.strip().lower() for value in values})
