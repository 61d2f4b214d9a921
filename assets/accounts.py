"""Companies toward Zoho: which accounts are kept up to date, which are created, and which are left to conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.mapping import VendorMapping, desired_values
from pipeline.models import Intent
from pipeline.planning.desired import Desired
from pipeline.planning.equivalence import is_blank
from pipeline.planning.owners import Owners, owner_of
from pipeline.rules import parse
from pipeline.sql import statement

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from assets.boundary import Stage
    from assets.targets import Target
    from pipeline.planning.capabilities import Capabilities

MADE = """
SELECT unnest($1::VARCHAR[]) AS account_id
EXCEPT
SELECT record_id FROM staging.crm_companies
ORDER BY account_id
"""
EMPLOYERS = """
SELECT person_key, company_key FROM identity.people WHERE company_key IS NOT NULL
UNION
SELECT old_key, company_key FROM identity.redirects INNER JOIN identity.people ON new_key = person_key
"""


def keyed(capabilities: Capabilities, kind: str, key_field: str) -> Capabilities:
    """Return capabilities without our key where it is not unique: such records are matched by their id only."""
    fact = capabilities.fact(kind, key_field)
    return capabilities.without(kind, key_field) if fact is not None and not fact.is_unique else capabilities


def companies(stage: Stage, target: Target, mapping: VendorMapping) -> list[Desired]:
    """Return what we want the account of each company to be.

    An account that exists is written by its id. One that does not is made by the conversion of a lead, or, where the
    mapping says so, by us under the company's key: never beside an account of that name, never without the key, and
    never while a conversion is about to make it.
    """
    kind = mapping.companies
    if kind is None:
        return []
    with stage.warehouse.open() as session:
        rows = session.rows(statement(f"{target.layer}/{target.vendor}__accounts"))
    taken = {row["zoho_account_id"] for row in rows}
    known = {
        key: record_id
        for key, (where, record_id) in stage.ledger.id_map(target.vendor).items()
        if where == kind and record_id not in taken
    }
    owners, users = parse(Owners, "owners", stage.rules), target.users(stage)
    capabilities = target.capabilities(stage)
    desired = []
    names: set[str] = set()
    for row in rows:
        # Written, but not in the mirror yet: never created twice.
        record_id = row["zoho_account_id"] or known.get(row["company_key"])
        if record_id is None and not (mapping.create_companies == "qualified" and row["is_qualified"]):
            continue
        told = {**row, "person_key": row["company_key"]}
        values = desired_values({**told, "owner_id": owner_of(told, owners, users)}, mapping, kind=kind)
        hold = None
        if record_id is None:
            hold = _uncreatable(row, mapping, capabilities, names)
            names |= {_plain(row["name"])} if hold is None else set()
        desired.append(
            Desired(
                person_key=row["company_key"],
                object=kind,
                record_id=record_id,
                values=values,
                hold=hold,
                is_gone=row["was_deleted"],
            )
        )
    return desired


def made_by_conversions(stage: Stage, target: Target, mapping: VendorMapping) -> list[Intent]:
    """Return the updates of accounts that conversions made since the mirror was read: our key, and what leads lack.

    What was taken back there stays blank. Later runs find these accounts in the mirror and plan them as all others.
    """
    from resources.ledger.undoings import Undoings

    kind = mapping.companies
    made = {row["account_id"]: row for row in stage.ledger.conversions(target.vendor) if row["account_id"]}
    if kind is None or not made:
        return []
    with stage.warehouse.open() as session:
        told = session.rows(MADE, [sorted(made)])
        if not told:
            return []
        rows = {row["company_key"]: row for row in session.rows(statement(f"{target.layer}/{target.vendor}__accounts"))}
        employers = {row["person_key"]: row["company_key"] for row in session.rows(EMPLOYERS)}
    stage.warehouse.release()
    capabilities = target.capabilities(stage)
    latest = stage.ledger.latest_plan(target.vendor)
    taken = Undoings(stage.ledger.store).taken_back(target.vendor)
    found = []
    for account_id in (row["account_id"] for row in told):
        company_key = employers.get(made[account_id]["person_key"])
        # Popped: of two accounts that conversions made for one company, one holds its key.
        row = rows.pop(company_key, None) if company_key is not None else None
        if company_key is None or row is None or row["zoho_account_id"] is not None:
            continue
        values = desired_values(row, mapping, kind=kind)
        fields = mapping.objects[kind].fields
        payload = {
            name: fitted
            for name, value in values.items()
            if fields[name].policy != "theirs" and capabilities.takes(kind, name)
            if (kind, account_id, name, "") not in taken
            if not is_blank(fitted := capabilities.fitted(kind, name, fields[name].type, value))
        }
        intent = Intent(
            intent_id="",
            vendor=target.vendor,
            object=kind,
            person_key=company_key,
            record_id=account_id,
            operation="update",
            payload=payload,
            plan_hash=latest.plan_hash if latest is not None else "",
        )
        found.append(intent)
    return found


def _uncreatable(
    row: Mapping[str, Any], mapping: VendorMapping, capabilities: Capabilities, names: Collection[str]
) -> str | None:
    """Return why the account of a company is not created, None when it may be; `names` are created already."""
    fact = capabilities.fact(mapping.companies or "", mapping.key_field)
    if fact is None or not fact.is_unique:
        return f"cannot be created: without a unique field {mapping.key_field} a lost answer could double it"
    if row["namesake_id"] is not None:
        return f"not created: account {row['namesake_id']} has that name, and may be another company"
    if _plain(row["name"]) in names:
        return "not created: another company of that name is, and may be the same"
    if row["is_converting"]:
        return "not created: the conversion of a lead makes it"
    return None


def _plain(name: str | None) -> str:
    return (name or "").strip().casefold()
