"""Where v2 and v8 differ on the wire (Zoho fact sheet §9): nobody else asks for a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pipeline.models import Json

LIST_FIELDS = 50
"""Fields that a list of v3 and later may name."""

_FIRST = (
    "First_Name", "Last_Name", "Full_Name", "Company", "Designation", "Title", "Department", "Email",
    "Secondary_Email", "Phone", "Mobile", "Website", "Lead_Source", "Lead_Status", "Industry",
    "No_of_Employees", "Employees", "Annual_Revenue", "Street", "City", "State", "Zip_Code", "Country",
    "Mailing_Street", "Mailing_City", "Mailing_State", "Mailing_Zip", "Mailing_Country", "Billing_City",
    "Billing_State", "Billing_Country", "Email_Opt_Out", "Owner", "Tag", "Account_Name", "Contact_Name",
    "Deal_Name", "Stage", "Pipeline", "Amount", "Closing_Date", "Probability", "Created_Time",
    "Modified_Time", "Converted__s", "Converted_Date_Time", "Converted_Contact",
    "Converted_Account", "Converted_Deal",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ZohoDialect:
    """The wire of one API version."""

    version: Literal["v2", "v8"] = "v2"

    @property
    def root(self) -> str:
        """Return the path below which the version lives."""
        return f"/crm/{self.version}"

    @property
    def fields_required(self) -> bool:
        """Tell whether lists must name their fields."""
        return self.version != "v2"

    @property
    def cursors(self) -> bool:
        """Tell whether lists go on by page token instead of page number."""
        return self.version != "v2"

    @property
    def query_size(self) -> tuple[int, float]:
        """Return how many rows one COQL call gives when asked for all, and its credits (§5)."""
        return (200, 1.0) if self.version == "v2" else (2000, 3.0)

    @property
    def counts(self) -> bool:
        """Tell whether Zoho says how many records a module has."""
        return self.version != "v2"

    @property
    def tagged_at_once(self) -> int:
        """Return how many records one tag call may name."""
        return 100 if self.version == "v2" else 500

    def list_fields(self, fields: Sequence[Mapping[str, Json]]) -> str:
        """Return which fields a list asks for, from the module's metadata: ours and the known ones first."""
        known = {str(field["api_name"]) for field in fields}
        custom = [str(field["api_name"]) for field in fields if field.get("custom_field")]
        ordered = [*custom, *(name for name in _FIRST if name in known), *sorted(known)]
        return ",".join(list(dict.fromkeys(ordered))[:LIST_FIELDS])

    def tag_call(self, ids: Sequence[str], names: Sequence[str], *, add: bool) -> dict[str, Json]:
        """Return `params` and `json` of a call to add or remove tags: v2 takes a query, v8 a body (§7.1)."""
        if self.version == "v2":
            params = {"ids": ",".join(ids), "tag_names": ",".join(names)}
            return {"params": params | {"over_write": "false"} if add else params}
        body: dict[str, Json] = {"tags": [{"name": name} for name in names], "ids": list(ids)}
        return {"json": body | {"over_write": False} if add else body}

    def bulk_path(self, kind: Literal["read", "write"]) -> str:
        """Return the path of bulk jobs; the version stands inside it."""
        return f"/crm/bulk/{self.version}/{kind}"

    def bulk_write(
        self,
        *,
        operation: str,
        module: str,
        file_id: str,
        file_name: str,
        find_by: str,
        mappings: Sequence[Mapping[str, Json]],
    ) -> dict[str, Json]:
        """Return the request of a bulk write job: v2 names the module by text, later an object and the file (§4.2)."""
        resource: dict[str, Json] = {
            "type": "data",
            "module": self._module(module),
            "file_id": file_id,
            "find_by": find_by,
            "field_mappings": [dict(mapping) for mapping in mappings],
        }
        if self.version != "v2":
            resource["file_names"] = [file_name]
        return {
            "operation": operation,
            "character_encoding": "UTF-8",
            # False, the default, lets empty cells overwrite what the CRM holds.
            "ignore_empty": True,
            "resource": [resource],
        }

    def bulk_read(
        self, *, module: str, fields: Sequence[str], since: str | None, page: int, token: str | None
    ) -> dict[str, Json]:
        """Return the request of a bulk read job for one page, by number or by token (§4.6)."""
        query: dict[str, Json] = {"module": self._module(module), "fields": list(fields)}
        query |= {"page_token": token} if token else {"page": page}
        if since is not None:
            field: dict[str, Json] = {"api_name": "Modified_Time"}
            named = field if self.version == "v2" else {"field": field}
            term = {**named, "comparator": "greater_equal", "value": since}
            query["criteria"] = {"group_operator": "and", "group": [term]}
        return {"query": query, "file_type": "csv"}

    def _module(self, name: str) -> Json:
        return name if self.version == "v2" else {"api_name": name}

    def note_parent(self, module: str, record_id: str) -> dict[str, Json]:
        """Return how a note names its record: v2 by id and module beside it, later versions by an object (§7.2)."""
        if self.version == "v2":
            # The page and the SDK of v2 spell the module's key differently.
            return {"Parent_Id": record_id, "se_module": module, "$se_module": module}
        return {"Parent_Id": {"id": record_id, "module": {"api_name": module}}}

    def convert_request(self, request: Mapping[str, Json]) -> dict[str, Json]:
        """Return a conversion's request with ids as the version wants them: strings in v2, objects in v8."""
        told = dict(request)
        for key in ("Accounts", "Contacts", "assign_to"):
            value = told.get(key)
            plain = value.get("id") if isinstance(value, Mapping) else value
            if plain is None:
                told.pop(key, None)
            else:
                told[key] = str(plain) if self.version == "v2" else {"id": str(plain)}
        return told
