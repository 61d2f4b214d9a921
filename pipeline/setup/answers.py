"""Answers of `leadflow init`, given one by one or as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

QUESTIONS: Mapping[str, str] = {
    "workspace": "name of this pair of CRM organisation and GoHighLevel location",
    "zoho.data_center": "where the Zoho organisation lives",
    "zoho.client_id": "of the self client",
    "zoho.client_secret": "of the self client",
    "zoho.code": "grant code of the self client, used once",
    "zoho.refresh_token": "instead of a grant code",
    "ghl.location_id": "of the sub-account",
    "ghl.token": "private integration token of the sub-account",
    "apollo.api_key": "",
    "fields.key": "unique text field of Zoho Leads and Contacts that holds our key",
    "fields.account_fit": "number field of Leads, or none",
    "fields.persona_influence": "number field of Leads, or none",
    "fields.engagement": "number field of Leads, or none",
    "owners": "e-mail addresses of the users who take turns as owners of new records, or none",
    "workflows": "which segment starts which GoHighLevel workflow: segment=workflow, separated by commas, or none",
    "search.seniorities": "Apollo's words, separated by commas",
    "search.countries": "separated by commas, or any",
    "search.max_people": "people that one run may buy, one credit each",
}
"""Every question and what it asks for; a file nests them at the dot."""


def from_text(text: str) -> Mapping[str, str]:
    """Return the answers of a YAML file by question; lists become words separated by commas.

    Raises:
        ConfigurationError: it is no mapping, or has a key that no question has.
    """
    try:
        told = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the answers are not valid YAML: {error}") from error
    if not isinstance(told, dict):
        raise ConfigurationError("the answers must be a mapping, such as `workspace: default`")
    found = dict(_flat(told, ""))
    unknown = sorted(set(found) - set(QUESTIONS))
    if unknown:
        raise ConfigurationError(f"no question is called {', '.join(unknown)}; allowed: {', '.join(QUESTIONS)}")
    return found


def _flat(told: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in told.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and key == "workflows":
            found.append((key, ", ".join(f"{segment}={workflow}" for segment, workflow in value.items())))
        elif isinstance(value, dict):
            found += _flat(value, f"{key}.")
        elif isinstance(value, list):
            found.append((key, ", ".join(map(str, value))))
        elif value is not None:
            found.append((key, str(value)))
    return found
