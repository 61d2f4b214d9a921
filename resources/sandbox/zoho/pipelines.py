"""Pipelines of the deals layout, and whom a lead would join (Zoho fact sheet §2, §6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.problems import CallError, Json, missing_param, unknown_url
from resources.sandbox.zoho.rendering import shown_row

if TYPE_CHECKING:
    from resources.sandbox.zoho.request import Request


def pipelines(request: Request) -> Answer:
    """GET /settings/pipeline?layout_id= (v2.1 on): the only one, with every stage."""
    if request.dialect.number == 2:
        raise unknown_url()
    organisation = request.organisation
    layout = request.call.param("layout_id")
    if not layout:
        raise missing_param("layout_id")
    if layout != organisation.layout_id("Deals"):
        raise CallError(400, "INVALID_DATA", "the id given seems to be invalid", {"param_name": "layout_id"})
    deals = organisation.modules["Deals"].fields
    name = deals["Pipeline"].choices[0]
    maps: list[Json] = [
        {
            "id": organisation.fixed_id(6_100 + place),
            "display_value": stage,
            "actual_value": stage,
            "sequence_number": place,
            "forecast_type": _forecast(stage),
            "delete": False,
        }
        for place, stage in enumerate(deals["Stage"].choices, start=1)
    ]
    shown = {
        "id": organisation.fixed_id(6_000),
        "display_value": name,
        "actual_value": name,
        "default": True,
        "maps": maps,
    }
    return Answer(body={"pipeline": [shown]})


def _forecast(stage: str) -> str:
    return next((kind for kind in ("Closed Won", "Closed Lost") if stage.startswith(kind)), "Open")


def conversion_options(request: Request, ident: str) -> Answer:
    """GET /Leads/{id}/__conversion_options (v4 on): contacts of the lead's e-mail, accounts of its company; or 204."""
    if request.dialect.number < 4:
        raise unknown_url()
    organisation = request.organisation
    lead = organisation.table("Leads").living(ident)
    if lead is None:
        raise CallError(400, "INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    told: Json = {"Deals": []}
    matched: Json = {"Deals": []}
    for module, name, own in (("Contacts", "Email", "Email"), ("Accounts", "Account_Name", "Company")):
        table, value = organisation.tables[module], lead.values.get(own)
        found = table.matches(name, value) if value else []
        told[module] = [shown_row(organisation, table, record, request.dialect) for record in found]
        field = {"api_name": name, "id": organisation.field_id(module, name)}
        matched[module] = [{"field": field, "matched_lead_value": value}] if found else []
    if not told["Contacts"] and not told["Accounts"]:
        return Answer(status=204)
    preferred = "Contacts" if told["Contacts"] else "Accounts"
    told["module_preference"] = {"api_name": preferred, "id": organisation.module_id(preferred)}
    told["preference_field_matched_value"] = matched
    told["modules_with_multiple_layouts"] = []
    return Answer(body={"__conversion_options": told})
