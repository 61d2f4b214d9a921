"""Zoho CRM as plain calls: the reads of `ZohoReader`, and writes that give one outcome per record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pipeline.errors import RequestRefused
from resources.zoho import answers
from resources.zoho.reader import ZohoReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pipeline.models import Json, Outcome
    from resources.zoho.rows import Row

WRITE_SIZE = 100
RECORDS_PER_CREDIT = 10
CONVERT_CREDITS = 5.0


class ZohoClient(ZohoReader):
    """The calls of one organisation. `external_key` is our unique text field on Leads and Contacts.

    `how` of the writes: `trigger`, the automations that a write may start (none by default), and `priority`.
    A request that is refused as a whole raises RequestRefused unless it names an outcome for each record.
    """

    def insert(self, module: str, rows: Sequence[Row], **how: Json) -> list[Outcome]:
        """Insert ≤ 100 records; never repeated, because that would double them."""
        return self._write("POST", f"/{module}", rows, repeatable=False, **how)

    def upsert(self, module: str, rows: Sequence[Row], *, check: Sequence[str], **how: Json) -> list[Outcome]:
        """Insert or update ≤ 100 records by unique fields; one row per key."""
        extra = {"duplicate_check_fields": list(check)}
        return self._write("POST", f"/{module}/upsert", rows, repeatable=True, extra=extra, **how)

    def update(self, module: str, rows: Sequence[Row], **how: Json) -> list[Outcome]:
        """Update ≤ 100 records, each row with its `id`; keys left out stay as they are, null clears."""
        return self._write("PUT", f"/{module}", rows, repeatable=True, **how)

    def delete(self, module: str, ids: Sequence[str], *, priority: str = "normal") -> list[Outcome]:
        """Move ≤ 100 records to the recycle bin; no workflow is started."""
        path, params = f"{self.dialect.root}/{module}", {"ids": ",".join(ids), "wf_trigger": "false"}
        return self._outcomes(ids, "DELETE", path, params=params, repeatable=False, priority=priority)

    def add_tags(
        self, module: str, ids: Sequence[str], names: Sequence[str], *, priority: str = "normal"
    ) -> list[Outcome]:
        """Add tags to ≤ 100 records; other tags stay."""
        return self._tag(module, ids, names, add=True, priority=priority)

    def remove_tags(
        self, module: str, ids: Sequence[str], names: Sequence[str], *, priority: str = "normal"
    ) -> list[Outcome]:
        """Remove tags from ≤ 100 records."""
        return self._tag(module, ids, names, add=False, priority=priority)

    def convert(self, lead_id: str, request: Mapping[str, Json], *, priority: str = "normal") -> Outcome:
        """Convert a lead; `record_id` of the outcome is the contact, `related` the account and the deal."""
        try:
            reply = self.api.call(
                "POST",
                f"{self.dialect.root}/Leads/{lead_id}/actions/convert",
                json={"data": [self.dialect.convert_request(request)]},
                repeatable=False,
                priority=priority,
                units=CONVERT_CREDITS,
                purpose="convert",
            )
        except RequestRefused as error:
            return answers.refused(error, lead_id)
        return answers.converted(reply.json(), lead_id)

    def _tag(self, module: str, ids: Sequence[str], names: Sequence[str], *, add: bool, priority: str) -> list[Outcome]:
        path = f"{self.dialect.root}/{module}/actions/{'add_tags' if add else 'remove_tags'}"
        call = self.dialect.tag_call(ids, names, add=add)
        return self._outcomes(ids, "POST", path, repeatable=True, priority=priority, **call)

    def _write(
        self,
        method: str,
        path: str,
        rows: Sequence[Row],
        *,
        repeatable: bool,
        trigger: Sequence[str] = (),
        priority: str = "normal",
        extra: Mapping[str, Json] | None = None,
    ) -> list[Outcome]:
        return self._outcomes(
            [row.get("id") for row in rows],
            method,
            self.dialect.root + path,
            json={"data": list(rows), "trigger": list(trigger), **(extra or {})},
            repeatable=repeatable,
            priority=priority,
            units=math.ceil(len(rows) / RECORDS_PER_CREDIT),
        )

    def _outcomes(self, ids: Sequence[str | None], method: str, path: str, **call: Any) -> list[Outcome]:
        try:
            reply = self.api.call(method, path, purpose=path.removeprefix(self.dialect.root), **call)
        except RequestRefused as error:
            items = error.answer.get("data") if isinstance(error.answer, dict) else None
            if isinstance(items, list) and len(items) == len(ids):
                return answers.outcomes(error.answer, ids)
            raise
        return answers.outcomes(reply.json(), ids)
