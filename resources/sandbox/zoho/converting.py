"""POST /Leads/{id}/actions/convert (Zoho fact sheet §6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.matching import Matching
from resources.sandbox.zoho.problems import CallError, Json, RecordError
from resources.sandbox.zoho.rendering import shown_conversion
from resources.sandbox.zoho.rows import read_row
from resources.sandbox.zoho.store import Record, Table, folded, full_name
from resources.sandbox.zoho.tagging import set_tags

if TYPE_CHECKING:
    from resources.sandbox.zoho.request import Request

DEAL_MANDATORY = ("Deal_Name", "Closing_Date", "Stage")


def convert(request: Request, ident: str) -> Answer:
    """Turn a lead into contact, account and perhaps a deal; there is no way back."""
    leads = request.organisation.table("Leads")
    lead = leads.records.get(ident)
    if lead is None:
        raise CallError(400, "INVALID_DATA", "the id given seems to be invalid", {"resource_path_index": 1})
    if lead.converted is not None:
        raise CallError(400, "ID_ALREADY_CONVERTED", "id already converted", {"resource_path_index": 1})
    asked = request.rows()[0]
    if not isinstance(asked, dict):
        raise CallError(400, "INVALID_DATA", "invalid data", {"expected_data_type": "jsonobject"})
    try:
        made = _Conversion(request, lead, asked).done()
    except RecordError as refused:
        status = 202 if request.dialect.number < 3 else 400
        return Answer(status=status, body={"data": [refused.item]})
    return Answer(body={"data": [shown_conversion(request, made)]})


class _Conversion:
    """One conversion: everything is checked before anything is written."""

    def __init__(self, request: Request, lead: Record, asked: Json) -> None:
        self._request = request
        self._organisation = request.organisation
        self._lead = lead
        self._asked = asked
        self._overwrites = asked.get("overwrite") is True

    def done(self) -> dict[str, str | None]:
        organisation = self._organisation
        owner = self._owner()
        deal_values = self._deal_values()
        account = self._account()
        contact = self._contact(account)
        self._refuse_duplicate(contact)
        account_id = self._write("Accounts", account, owner, {}) if account or self._company() else None
        link = {"Account_Name": {"id": account_id}} if account_id else {}
        contact_id = self._write("Contacts", contact, owner, link)
        deal_id = self._deal(deal_values, owner, account_id, contact_id)
        made = {"Contacts": contact_id, "Deals": deal_id, "Accounts": account_id}
        self._carry_tags(made)
        self._move_activities(contact_id)
        now = organisation.moment()
        on = datetime.fromtimestamp(now, UTC).date().isoformat()
        self._lead.converted = {**made, "at": now, "on": on, "by": organisation.me}
        organisation.table("Leads").touch(self._lead, at=now, by=organisation.me)
        return made

    def _company(self) -> Any:
        return self._lead.values.get("Company")

    def _id_of(self, name: str) -> str | None:
        given = self._asked.get(name)
        ident = given.get("id") if isinstance(given, dict) else given
        return str(ident) if ident else None

    def _owner(self) -> str:
        ident = self._id_of("assign_to")
        if ident is not None and self._organisation.user(ident) is None:
            raise RecordError("INVALID_DATA", "Non Subordinate User Found", {"api_name": "assign_to"})
        return ident or self._lead.owner

    def _account(self) -> Record | None:
        table = self._organisation.table("Accounts")
        ident = self._id_of("Accounts")
        if ident is not None:
            found = table.living(ident)
            if found is None:
                raise RecordError(
                    "INVALID_DATA", "give account id is mismatched with the data", {"api_name": "Accounts"}
                )
            return found
        matches = table.matches("Account_Name", self._company()) if self._company() else []
        return matches[0] if matches else None

    def _contact(self, account: Record | None) -> Record | None:
        table = self._organisation.table("Contacts")
        ident = self._id_of("Contacts")
        if ident is not None:
            found = table.living(ident)
            if found is None:
                raise RecordError(
                    "INVALID_DATA", "give contact id is mismatched with the data", {"api_name": "Contacts"}
                )
            linked = (found.values.get("Account_Name") or {}).get("id")
            if self._id_of("Accounts") and linked and account and linked != account.id:
                raise RecordError(
                    "INVALID_DATA", "give account id is mismatched with the data", {"api_name": "Accounts"}
                )
            return found
        for name in (*table.module.unique, "Email"):
            value = self._lead.values.get(name)
            matches = table.matches(name, value) if value else []
            if matches:
                return matches[0]
        return self._namesake(table, account)

    def _namesake(self, table: Table, account: Record | None) -> Record | None:
        """Find a contact of that name in that account, Zoho's last way to match."""
        if account is None:
            return None
        wanted = folded(full_name(self._lead))
        for record in table.ordered():
            linked = (record.values.get("Account_Name") or {}).get("id")
            if linked == account.id and folded(full_name(record)) == wanted:
                return record
        return None

    def _refuse_duplicate(self, contact: Record | None) -> None:
        table = self._organisation.table("Contacts")
        values = {name: self._lead.values.get(name) for name in table.module.unique if self._carries(name)}
        Matching(self._request, table).refuse_duplicates(values, 0, own=contact.id if contact else None)

    def _carries(self, name: str) -> bool:
        switches = self._organisation.switches
        return name != switches.external_key or switches.carry_key_on_convert

    def _carried(self, target: str) -> Json:
        fields = self._organisation.modules["Leads"].fields
        return {
            fields[name].converts[target]: value
            for name, value in self._lead.values.items()
            if name in fields and target in fields[name].converts and self._carries(name)
        }

    def _write(self, module: str, record: Record | None, owner: str, extra: Json) -> str:
        organisation = self._organisation
        table = organisation.table(module)
        values = {name: value for name, value in self._carried(module).items() if name in table.module.fields}
        if record is None:
            return organisation.new(module, {**values, **extra}, owner=owner, by=organisation.me).id
        if not self._overwrites:
            values = {name: value for name, value in values.items() if record.values.get(name) is None}
            extra = {name: value for name, value in extra.items() if record.values.get(name) is None}
        if values or extra:
            table.change(record, {**values, **extra}, at=organisation.moment(), by=organisation.me)
        return record.id

    def _deal_values(self) -> Json | None:
        asked = self._asked.get("Deals")
        if not isinstance(asked, dict) or not asked:
            return None
        for name in DEAL_MANDATORY:
            if not asked.get(name):
                raise RecordError("MANDATORY_NOT_FOUND", "required field not found", self._request.place(name, 0))
        row = {name: value for name, value in asked.items() if name != "Contact_Role"}
        return read_row(self._request, self._organisation.modules["Deals"], row, 0, is_new=True)

    def _deal(self, values: Json | None, owner: str, account: str | None, contact: str) -> str | None:
        if values is None:
            return None
        organisation = self._organisation
        links: Json = {"Contact_Name": {"id": contact}}
        if account:
            links["Account_Name"] = {"id": account}
        kept = {**self._carried("Deals"), **values, **links}
        tags = kept.pop("Tag", [])
        owner = (kept.pop("Owner", None) or {"id": owner})["id"]
        record = organisation.new("Deals", kept, owner=owner, by=organisation.me)
        set_tags(organisation, organisation.table("Deals"), record, tags)
        return record.id

    def _move_activities(self, contact: str) -> None:
        """Let notes and tasks of the lead hang at the contact from now on (assumed: the fact sheet does not say)."""
        organisation = self._organisation
        moves: tuple[tuple[str, str, Json], ...] = (
            ("Notes", "Parent_Id", {"Parent_Id": {"id": contact}, "$se_module": "Contacts"}),
            ("Tasks", "What_Id", {"What_Id": None, "Who_Id": {"id": contact}, "$se_module": None}),
        )
        for module, link, values in moves:
            table = organisation.table(module)
            for record in list(table.ordered()):
                if (record.values.get(link) or {}).get("id") == self._lead.id:
                    table.change(record, values, at=organisation.moment(), by=organisation.me)

    def _carry_tags(self, made: dict[str, str | None]) -> None:
        carried = self._asked.get("carry_over_tags")
        if not isinstance(carried, dict):
            return
        for module, given in carried.items():
            ident = made.get(module)
            if not ident or not isinstance(given, list):
                continue
            names = [str(entry.get("name")) if isinstance(entry, dict) else str(entry) for entry in given]
            table: Table = self._organisation.table(module)
            record = table.records[ident]
            set_tags(self._organisation, table, record, [*record.tags, *names])
