"""The questions of `leadflow init` about vendors: what to allow there, credentials, and what they give access to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.setup.scopes import APOLLO_ENDPOINTS, GHL_SCOPES, ZOHO_SCOPES, api_console
from resources import probing
from resources.zoho.datacenters import DATA_CENTERS, data_center
from resources.zoho.grant import Grant
from resources.zoho.granting import refresh_token

if TYPE_CHECKING:
    from assets.dialogue import Dialogue
    from resources.probing import GhlFacts, ZohoFacts
    from resources.settings import Settings

WANTED = ("leadflow_id", "lead_score", "lead_grade")
"""Custom fields of GoHighLevel contacts that the mapping writes."""

Lines = dict[str, str]


def zoho(talk: Dialogue, known: Settings) -> tuple[Lines, ZohoFacts]:
    """Ask for the Zoho organisation; return the lines of `.env` and what the organisation has."""
    talk.say("\n2/8  Zoho CRM, of which one organisation.")
    return talk.again(lambda: _zoho(talk, known))


def _zoho(talk: Dialogue, known: Settings) -> tuple[Lines, ZohoFacts]:
    centre = talk.ask(
        "zoho.data_center",
        f"data centre ({', '.join(DATA_CENTERS)})",
        check=_centre,
        default=known.zoho_data_center,
    )
    credentials, grant = zoho_grant(talk, known, centre=centre)
    facts = probing.ask_zoho(
        grant=grant,
        centre=centre,
        version=known.zoho_api_version,
        accounts_url=known.zoho_accounts_url,
        api_url=known.zoho_api_url,
    )
    talk.say(f"  ok: {facts.name} (zgid {facts.zgid}), {len(facts.users)} users")
    return {"ZOHO_DATA_CENTER": centre, **credentials}, facts


def zoho_grant(talk: Dialogue, known: Settings, *, centre: str) -> tuple[Lines, Grant]:
    """Ask for client, secret and a grant code (or refresh token); return the lines of `.env` and the grant."""
    talk.say(
        f"  At {api_console(data_center(centre).accounts)} make a Self Client; under Generate Code paste this scope:"
    )
    talk.say(f"    {','.join(ZOHO_SCOPES)}")
    client = talk.ask("zoho.client_id", "client id", check=_filled, default=known.zoho_client_id)
    secret = talk.ask(
        "zoho.client_secret",
        "client secret",
        check=_filled,
        default=_known(known, "ZOHO_CLIENT_SECRET"),
        is_secret=True,
    )
    kept = _known(known, "ZOHO_REFRESH_TOKEN")
    code = talk.ask("zoho.code", "grant code (empty: give a refresh token)", check=str, default="", is_secret=True)
    if code:
        url = known.zoho_accounts_url or data_center(centre).accounts
        refresh = refresh_token(accounts_url=url, client_id=client, client_secret=secret, code=code)
    else:
        refresh = talk.ask("zoho.refresh_token", "refresh token", check=_filled, default=kept, is_secret=True)
    lines = {"ZOHO_CLIENT_ID": client, "ZOHO_CLIENT_SECRET": secret, "ZOHO_REFRESH_TOKEN": refresh}
    return lines, Grant(client_id=client, client_secret=secret, refresh_token=refresh)


def ghl(talk: Dialogue, known: Settings) -> tuple[Lines, GhlFacts]:
    """Ask for the GoHighLevel location; return the lines of `.env` and what the location has."""
    talk.say("\n3/8  GoHighLevel: in the sub-account, Settings → Private Integrations, a token with these scopes:")
    talk.say(f"    {' '.join(GHL_SCOPES)}")
    return talk.again(lambda: _ghl(talk, known))


def _ghl(talk: Dialogue, known: Settings) -> tuple[Lines, GhlFacts]:
    location = talk.ask("ghl.location_id", "location id", check=_filled, default=known.ghl_location_id)
    token = talk.ask("ghl.token", "token", check=_filled, default=_known(known, "GHL_TOKEN"), is_secret=True)
    facts = probing.ask_ghl(token=token, location_id=location, base_url=known.ghl_base_url)
    talk.say(f"  ok: {facts.name}, {len(facts.workflows)} workflows")
    for scope in facts.refused:
        talk.say(f"  note: the token lacks {scope}; what needs it stays empty")
    missing = [name for name in WANTED if name not in facts.fields]
    if missing:
        talk.say(f"  note: contacts have no custom field {', '.join(missing)}; without it that value is not sent")
    return {"GHL_LOCATION_ID": location, "GHL_TOKEN": token}, facts


def apollo(talk: Dialogue, known: Settings) -> Lines:
    """Ask for the Apollo key; return the line of `.env`."""
    talk.say("\n4/8  Apollo: Settings → Integrations → API, a master key or one with these endpoints:")
    talk.say(f"    {' '.join(APOLLO_ENDPOINTS)}")
    return talk.again(lambda: _apollo(talk, known))


def _apollo(talk: Dialogue, known: Settings) -> Lines:
    key = talk.ask("apollo.api_key", "key", check=_filled, default=_known(known, "APOLLO_API_KEY"), is_secret=True)
    facts = probing.ask_apollo(api_key=key, base_url=known.apollo_base_url)
    left = "credits not shown to this key" if facts.credits_left is None else f"{facts.credits_left:,.0f} credits left"
    talk.say(f"  ok: {left}")
    return {"APOLLO_API_KEY": key}


def _centre(text: str) -> str:
    data_center(text)  # raises when there is none
    return text


def _known(settings: Settings, name: str) -> str | None:
    return settings.credentials[name]


def _filled(text: str) -> str:
    if not text:
        raise ConfigurationError("an answer is needed")
    return text
