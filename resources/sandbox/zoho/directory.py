"""The organisation and its users (Zoho fact sheet §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.problems import CallError, Json

if TYPE_CHECKING:
    from resources.sandbox.zoho.organisation import Organisation, User
    from resources.sandbox.zoho.request import Request

USER_TYPES = frozenset(
    [
        "AllUsers",
        "ActiveUsers",
        "DeactiveUsers",
        "ConfirmedUsers",
        "NotConfirmedUsers",
        "DeletedUsers",
        "ActiveConfirmedUsers",
        "AdminUsers",
        "ActiveConfirmedAdmins",
        "CurrentUser",
    ]
)


def org(request: Request) -> Answer:
    """GET /org."""
    organisation = request.organisation
    body: Json = {
        "id": organisation.fixed_id(1),
        "zgid": organisation.zgid,
        "company_name": organisation.name,
        "domain_name": f"org{organisation.zgid}",
        "time_zone": organisation.switches.time_zone,
        "currency": "US Dollar",
        "iso_code": "USD",
        "currency_symbol": "$",
        "country_code": "US",
        "primary_email": organisation.users[0].email,
        "primary_zuid": f"{organisation.zgid}1",
        "created_time": organisation.shown(organisation.founded),
        "mc_status": False,
        "license_details": {
            "paid_type": "enterprise",
            "paid": True,
            "users_license_purchased": 10,
            "portal_users_license_purchased": 0,
            "trial_type": None,
            "trial_expiry": None,
            "paid_expiry": None,
        },
    }
    if request.dialect.number >= 7:
        body["type"] = "production"
    return Answer(body={"org": [body]})


def users(request: Request) -> Answer:
    """GET /users?type=: everybody is active and confirmed."""
    organisation = request.organisation
    kind = request.call.param("type", "AllUsers") or "AllUsers"
    if kind not in USER_TYPES:
        raise CallError(400, "INVALID_DATA", "invalid data", {"param_name": "type"})
    found = organisation.users
    if kind in {"DeactiveUsers", "NotConfirmedUsers", "DeletedUsers"}:
        found = []
    elif "Admin" in kind:
        found = [user for user in found if user.is_admin]
    elif kind == "CurrentUser":
        found = found[:1]
    size = request.number("per_page", 200, 200)
    start = (request.number("page", 1) - 1) * size
    shown = [_user(organisation, user) for user in found[start : start + size]]
    if not shown:
        return Answer(status=204)
    info = {
        "per_page": size,
        "count": len(shown),
        "page": start // size + 1,
        "more_records": start + size < len(found),
    }
    return Answer(body={"users": shown, "info": info})


def user(request: Request, ident: str) -> Answer:
    """GET /users/{id}."""
    found = request.organisation.user(ident)
    if found is None:
        raise CallError(400, "INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    return Answer(body={"users": [_user(request.organisation, found)]})


def _user(organisation: Organisation, user: User) -> Json:
    profile: dict[str, Any] = {"id": organisation.fixed_id(10), "name": "Administrator"}
    if not user.is_admin:
        profile = {"id": organisation.fixed_id(11), "name": "Standard"}
    return {
        "id": user.id,
        "full_name": user.full_name,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "status": "active",
        "confirm": True,
        "zuid": f"{organisation.zgid}{user.id[-1]}",
        "role": {"id": organisation.fixed_id(20), "name": "CEO" if user.is_admin else "Sales"},
        "profile": profile,
        "time_zone": organisation.switches.time_zone,
        "locale": "en_US",
    }
