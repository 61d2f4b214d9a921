"""Settings: fields, layouts, modules (Zoho fact sheet §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.problems import CallError, Json, missing_param
from resources.sandbox.zoho.reading import related_names

if TYPE_CHECKING:
    from resources.sandbox.zoho.fields import Module
    from resources.sandbox.zoho.request import Request


def fields(request: Request, ident: str | None = None) -> Answer:
    """GET /settings/fields?module=, one or all."""
    module = asked_module(request)
    organisation = request.organisation
    shown = [
        field.described(
            ident=organisation.field_id(module.name, name),
            target_id=organisation.module_id(field.target) if field.target else None,
            dialect=request.dialect,
        )
        for name, field in module.fields.items()
        if name != "id" or request.dialect.lists_id
    ]
    if ident is not None:
        shown = [one for one in shown if one["id"] == ident]
        if not shown:
            raise CallError(400, "INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
    return Answer(body={"fields": shown})


def layouts(request: Request, ident: str | None = None) -> Answer:
    """GET /settings/layouts?module=, one or all: a single layout called Standard."""
    module = asked_module(request)
    organisation = request.organisation
    if ident not in {None, organisation.layout_id(module.name)}:
        raise CallError(400, "INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 2})
    listed = [
        {
            "api_name": field.name,
            "required": field.is_mandatory or field.is_layout_mandatory,
            "data_type": field.kind,
            "sequence_number": place,
            "pick_list_values": [{"display_value": c, "actual_value": c} for c in field.choices],
        }
        for place, field in enumerate(module.fields.values(), start=1)
    ]
    section = {
        "api_name": f"{module.name} Information",
        "display_label": f"{module.name} Information",
        "sequence_number": 1,
        "column_count": 2,
        "isSubformSection": False,
        "fields": listed,
    }
    layout: Json = {
        "id": organisation.layout_id(module.name),
        "name": "Standard",
        "status": "active" if request.dialect.number >= 7 else 0,
        "visible": True,
        "profiles": [{"id": organisation.fixed_id(10), "name": "Administrator", "default": True}],
        "convert_mapping": {},
        "sections": [section],
    }
    return Answer(body={"layouts": [layout]})


def modules(request: Request, wanted: str | None = None) -> Answer:
    """GET /settings/modules, all or the one with that id or API name."""
    organisation = request.organisation
    shown = [
        {
            "id": organisation.module_id(name),
            "api_name": name,
            "module_name": name,
            "singular_label": name.removesuffix("s"),
            "plural_label": name,
            "generated_type": "default",
            "api_supported": True,
            "creatable": True,
            "editable": True,
            "deletable": True,
        }
        for name in organisation.modules
    ]
    if wanted is not None:
        shown = [one for one in shown if wanted in {one["id"], one["api_name"]}]
        if not shown:
            raise CallError(400, "INVALID_MODULE", "the module name given seems to be invalid", {})
    return Answer(body={"modules": shown})


def related_lists(request: Request) -> Answer:
    """GET /settings/related_lists?module=."""
    module = asked_module(request)
    shown = [
        {
            "id": request.organisation.fixed_id(4000 + place),
            "api_name": name,
            "display_label": name,
            "module": _module(request, name) if request.dialect.has_objects else name,
            "href": f"{module.name}/{{ENTITYID}}/{name}",
            "type": "default",
            "sequence_number": place,
        }
        for place, name in enumerate(related_names(module.name), start=1)
    ]
    return Answer(body={"related_lists": shown})


def _module(request: Request, name: str) -> Json:
    known = name in request.organisation.modules
    return {"api_name": name, "id": request.organisation.module_id(name) if known else None}


def asked_module(request: Request) -> Module:
    """Give the module that `?module=` names; none or an unknown one refuses the call."""
    name = request.call.param("module")
    if not name:
        raise missing_param("module")
    module = request.organisation.modules.get(name)
    if module is None:
        raise CallError(400, "INVALID_MODULE", "the module name given seems to be invalid", {"param_name": "module"})
    return module
