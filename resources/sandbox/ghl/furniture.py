"""Furniture: what a location has before any contact (fields, workflows, users, pipelines, calendars)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.ids import hex_id, short_id, uuid_id

if TYPE_CHECKING:
    from resources.sandbox.ghl.account import Account

Record = dict[str, Any]
_DAY_MS = 86_400_000

# key, name, data type, model, options
_FIELDS = (
    ("leadflow_id", "Leadflow ID", "TEXT", "contact", ()),
    ("lead_score", "Lead Score", "NUMERICAL", "contact", ()),
    ("lead_grade", "Lead Grade", "TEXT", "contact", ()),
    ("preferred_channel", "Preferred Channel", "SINGLE_OPTIONS", "contact", ("Email", "Phone", "LinkedIn")),
    ("deal_origin", "Deal Origin", "TEXT", "opportunity", ()),
)
_USERS = (("Nora", "Feld"), ("Samuel", "Okoro"), ("Ines", "Duarte"))
_WORKFLOWS = (("Outbound sequence", "published"), ("Reply follow-up", "published"), ("Old welcome", "draft"))
_PIPELINES = (
    ("Outbound", ("Replied", "Meeting booked", "Proposal", "Agreed")),
    ("Partners", ("First talk", "Signed")),
)
_CALENDARS = ("Intro call", "Product demo")


def furnish(account: Account, now: int) -> None:
    """Fill the tables; every id follows from the account's salt, so a reset finds the same ones."""
    salt, location = account.salt, account.location_id
    for place, (key, name, kind, model, options) in enumerate(_FIELDS):
        field_id = short_id(f"{salt}:field:{key}")
        account["custom_fields"][field_id] = {
            "id": field_id,
            "name": name,
            "fieldKey": f"{model}.{key}",
            "placeholder": "",
            "dataType": kind,
            "position": 50 * place,
            "picklistOptions": list(options),
            "model": model,
            "locationId": location,
        }
    for first, last in _USERS:
        user_id = short_id(f"{salt}:user:{first}")
        address = f"{first}.{last}@outreach.example".lower()
        user = {
            "id": user_id,
            "name": f"{first} {last}",
            "firstName": first,
            "lastName": last,
            "email": address,
        }
        role = {"type": "account", "role": "user", "locationIds": [location]}
        account["users"][user_id] = {**user, "phone": "", "extension": "", "roles": role, "deleted": False}
    for name, status in _WORKFLOWS:
        workflow_id = uuid_id(f"{salt}:workflow:{name}")
        times = {"createdAt": now - 200 * _DAY_MS, "updatedAt": now - 90 * _DAY_MS}
        account["workflows"][workflow_id] = {
            "id": workflow_id,
            "name": name,
            "status": status,
            "version": 3,
            "locationId": location,
            **times,
        }
    for name, stages in _PIPELINES:
        _add_pipeline(account, name, stages)
    for name in _CALENDARS:
        _add_calendar(account, name)
    _add_campaign(account, "Spring newsletter", now)


def _add_pipeline(account: Account, name: str, stages: tuple[str, ...]) -> None:
    pipeline_id = short_id(f"{account.salt}:pipeline:{name}")
    rows = [
        {"id": uuid_id(f"{account.salt}:stage:{name}:{stage}"), "name": stage, "position": place}
        for place, stage in enumerate(stages)
    ]
    account["pipelines"][pipeline_id] = {
        "id": pipeline_id,
        "name": name,
        "stages": rows,
        "showInFunnel": True,
        "showInPieChart": True,
        "locationId": account.location_id,
    }


def _add_calendar(account: Account, name: str) -> None:
    calendar_id = short_id(f"{account.salt}:calendar:{name}")
    account["calendars"][calendar_id] = {
        "id": calendar_id,
        "name": name,
        "description": "",
        "slug": name.lower().replace(" ", "-"),
        "widgetSlug": name.lower().replace(" ", "-"),
        "calendarType": "round_robin",
        "eventType": "RoundRobin_OptimizeForAvailability",
        "slotDuration": 30,
        "slotDurationUnit": "mins",
        "isActive": True,
        "groupId": short_id(f"{account.salt}:calendar group"),
        "teamMembers": [{"userId": user_id, "priority": 0.5} for user_id in account["users"]],
        "locationId": account.location_id,
    }


def _add_campaign(account: Account, name: str, now: int) -> None:
    campaign_id = hex_id(f"{account.salt}:campaign:{name}")
    texts = dict.fromkeys(("repeatAfter", "parentId", "documentId", "downloadUrl", "templateDataDownloadUrl"), "")
    flags = dict.fromkeys(("deleted", "migrated", "archived", "isPlainText", "enableResendToUnopened"), False)
    schedule = {
        "_id": campaign_id,
        "id": campaign_id,
        "childCount": 0,
        "campaignType": "bulk-email",
        "bulkActionVersion": "2",
        "status": "complete",
        "sendDays": [],
        "hasTracking": True,
        "hasUtmTracking": False,
        "templateId": hex_id(f"{account.salt}:template:{name}"),
        "templateType": "html",
        "createdAt": now - 40 * _DAY_MS,
        "updatedAt": now - 20 * _DAY_MS,
        "__v": 0,
        "child": [],
        **texts,
        **flags,
    }
    campaign = {"id": campaign_id, "name": name, "status": "published", "locationId": account.location_id}
    account["campaigns"][campaign_id] = {**campaign, "schedule": schedule}
