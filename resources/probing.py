"""Ask each vendor who it is and what it has, before a workspace exists; nothing is written, spent or kept."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

from pipeline.errors import CredentialsRejected, LeadflowError
from resources.apollo import ApolloClient, apollo_door
from resources.attempts import Retry
from resources.ghl import GhlClient, ghl_door
from resources.settings import APOLLO_URL, GHL_URL
from resources.zoho.capabilities import is_unique
from resources.zoho.connecting import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipeline.models import Json
    from resources.zoho.client import ZohoClient
    from resources.zoho.grant import Grant

    Row = dict[str, Json]

PATIENT = Retry(attempts=2, seconds=20.0)
"""A person waits for the answer."""
MODULES = ("Leads", "Contacts")


@dataclass(frozen=True, slots=True, kw_only=True)
class ZohoFacts:
    """A Zoho organisation: its name and id, active users (e-mail, name), fields by module."""

    name: str
    zgid: str
    users: Sequence[tuple[str, str]]
    fields: Mapping[str, Sequence[Mapping[str, Json]]]

    @property
    def keys(self) -> list[str]:
        """Return the unique text fields that Leads and Contacts have both."""
        return [name for name in self._texts("Leads") if name in self._texts("Contacts")]

    @property
    def numbers(self) -> list[str]:
        """Return the custom whole-number fields of Leads."""
        rows = self.fields["Leads"]
        return [str(row["api_name"]) for row in rows if row.get("data_type") == "integer" and row.get("custom_field")]

    def _texts(self, module: str) -> list[str]:
        rows = self.fields[module]
        return [str(row["api_name"]) for row in rows if is_unique(row) and row.get("data_type") == "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GhlFacts:
    """A GoHighLevel location: its name, keys of its custom fields, what is published there, calls that were refused.

    `workflows`: (id, name) of those that are published: only these can be started.
    """

    name: str
    fields: Sequence[str]
    workflows: Sequence[tuple[str, str]]
    refused: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApolloFacts:
    """An Apollo key: credits left in the cycle, None when the key may not ask."""

    credits_left: float | None


def ask_zoho(
    *, grant: Grant, centre: str, version: Literal["v2", "v8"], accounts_url: str | None, api_url: str | None
) -> ZohoFacts:
    """Return what a grant gives access to. The URLs are None where the data centre decides.

    Raises:
        CredentialsRejected: a credential or scope is missing; the message names it.
        LeadflowError: no usable answer.
    """
    with TemporaryDirectory() as folder, ExitStack() as parts:
        zoho = connect(
            credentials=grant,
            state_dir=Path(folder),
            centre=centre,
            version=version,
            accounts_url=accounts_url,
            api_url=api_url,
            retry=PATIENT,
            closing=parts.callback,
        )
        return _zoho_facts(zoho)


def _zoho_facts(zoho: ZohoClient) -> ZohoFacts:
    organisation = zoho.organisation()
    # A scope that is missing shows here, not in the first run.
    zoho.coql("select id from Leads where id is not null limit 1")
    return ZohoFacts(
        name=str(organisation.get("company_name") or ""),
        zgid=str(organisation["zgid"]),
        users=[
            (str(row["email"]), str(row.get("full_name") or row["email"])) for row in zoho.users() if row.get("email")
        ],
        fields={module: zoho.fields(module) for module in MODULES},
    )


def ask_ghl(*, token: str, location_id: str, base_url: str | None) -> GhlFacts:
    """Return what a token gives access to.

    Raises:
        CredentialsRejected: the token does not fit the location; the message says what to do.
        LeadflowError: no usable answer.
    """
    door = ghl_door(token=token, base_url=base_url or GHL_URL, retry=PATIENT)
    try:
        ghl = GhlClient(door=door, location_id=location_id)
        location = ghl.location()
        refused: list[str] = []
        fields = _allowed(ghl.custom_fields, "locations/customFields.readonly", refused)
        workflows = _allowed(ghl.workflows, "workflows.readonly", refused)
        _allowed(ghl.users, "users.readonly", refused)
        _allowed(ghl.calendars, "calendars.readonly", refused)
        return GhlFacts(
            name=str(location.get("name") or location["id"]),
            fields=[str(row.get("fieldKey") or "").removeprefix("contact.") for row in fields],
            workflows=[
                (str(row["id"]), str(row.get("name") or row["id"]))
                for row in workflows
                if row.get("status", "published") == "published"
            ],
            refused=refused,
        )
    finally:
        door.close()


def ask_apollo(*, api_key: str, base_url: str | None) -> ApolloFacts:
    """Return what a key may spend; costs nothing.

    Raises:
        CredentialsRejected: the key is wrong.
        LeadflowError: no usable answer.
    """
    door = apollo_door(api_key=api_key, base_url=base_url or APOLLO_URL, retry=PATIENT)
    try:
        apollo = ApolloClient(door=door)
        try:
            apollo.profile()
        except CredentialsRejected as error:
            # A key that lists its endpoints may lack this one and still be good: the search decides.
            if error.status != 403:
                raise
            apollo.search_people({"person_seniorities": ["vp"]}, page=1, per_page=1)
        usage = apollo.credit_usage()
        return ApolloFacts(credits_left=None if usage is None else usage.left)
    finally:
        door.close()


def _allowed(ask: Callable[[], list[Row]], scope: str, refused: list[str]) -> list[Row]:
    """Return what a call gives; a scope that is missing is noted, and is no reason to stop."""
    try:
        return ask()
    except CredentialsRejected:
        refused.append(scope)
        return []
    except LeadflowError:
        return []
