"""Zoho's bulk write: upload a zip, create a job, ask where it stands, fetch what became of each row.

Inserts are sent as `upsert` on our unique key, so that a job sent twice doubles nobody; updates go by record id.
`ignore_empty` is always true: a cell that has nothing to say changes nothing (Zoho fact sheet §4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.errors import AnswerLost, ConfigurationError, RequestRefused, UnexpectedAnswer
from resources.zoho import bulkanswers, bulkfiles
from resources.zoho.bulklinks import Downloads
from resources.zoho.bulkrows import FILE_NAME, Sheet, row_key, sheet
from resources.zoho.capabilities import is_unique

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.models import Intent, JobRow, JobStatus, Operation
    from resources.zoho.client import ZohoClient
    from resources.zoho.rows import Row

MODULES = frozenset({"Leads", "Accounts", "Contacts", "Deals", "Campaigns", "Products", "Vendors", "Tasks"})
JOB_CREDITS = 500.0
_UNKNOWN_JOB = "RESOURCE_NOT_FOUND"


class ZohoBulkWriter:
    """The bulk route of one organisation; see `pipeline.models.BulkWriter` for the contract of each method.

    `fields(module)` gives live field metadata, by default asked once per module.
    """

    vendor = "zoho"
    rows_per_job = bulkfiles.MOST_ROWS

    def __init__(
        self,
        *,
        client: ZohoClient,
        fields: Callable[[str], Sequence[Row]] | None = None,
    ) -> None:
        self._client = client
        self._downloads = Downloads(api=client.api, upload=client.upload)
        self._ask_fields = fields or client.fields
        self._fields: dict[str, Sequence[Row]] = {}
        self._organisation: str | None = None

    def takes(self, object_name: str, operation: Operation) -> bool:
        """Return whether this route writes this module: inserts need our key there, as a unique field.

        Raises:
            LeadflowError: what `Door.call` raises, when the module's metadata is not known yet.
        """
        if self._client.upload is None or object_name not in MODULES or operation not in {"insert", "update"}:
            return False
        key = self._client.external_key
        return operation == "update" or any(
            entry.get("api_name") == key and is_unique(entry) for entry in self._metadata(object_name)
        )

    def upload(self, intents: Sequence[Intent]) -> str:
        """Upload the rows; return the file's id.

        Raises:
            RequestRefused: a row or a column that this route cannot carry (nothing was sent), or Zoho's refusal.
            ConfigurationError: no upload host is known.
            VendorUnavailable, RateLimited, CredentialsRejected, QuotaExhausted: as `Door.call`.
        """
        content = self._sheet(intents).content()
        door = self._client.upload
        if door is None:
            raise ConfigurationError("bulk write needs ZOHO_UPLOAD_URL: the upload host does not follow from the API's")
        reply = door.call(
            "POST",
            f"{self._client.dialect.root}/upload",
            files={"file": (FILE_NAME.replace(".csv", ".zip"), content, "application/zip")},
            headers={"feature": "bulk-write", "X-CRM-ORG": self._zgid()},
            repeatable=True,
            writes=False,
            priority=_priority(intents),
            purpose="bulk upload",
        )
        file_id, _ = bulkanswers.created(reply, "file_id")
        if file_id is None:
            raise UnexpectedAnswer("Zoho answered an upload without a file_id: not used", vendor="zoho")
        return file_id

    def submit(self, intents: Sequence[Intent], file_id: str) -> str:
        """Create the job of an uploaded file; return its id. It is never repeated by itself.

        Raises:
            AnswerLost: the job may run, and nobody knows its id.
            RequestRefused, QuotaExhausted, CredentialsRejected, RateLimited: certainly not created.
        """
        written = self._sheet(intents)
        reply = self._client.api.call(
            "POST",
            self._client.dialect.bulk_path("write"),
            json=self._client.dialect.bulk_write(
                operation=written.operation,
                module=intents[0].object,
                file_id=file_id,
                file_name=FILE_NAME,
                find_by=written.find_by,
                mappings=written.mappings,
            ),
            repeatable=False,
            priority=_priority(intents),
            units=JOB_CREDITS,
            purpose="bulk write",
        )
        job_id, code = bulkanswers.created(reply, "id")
        if job_id is None:
            raise AnswerLost(
                f"Zoho answered {reply.request} without the id of the job: it may run; it is settled by asking",
                vendor="zoho",
                status=reply.status,
                code=code,
            )
        return job_id

    def job(self, job_id: str) -> JobStatus | None:
        """Return where the job stands; None when Zoho knows no such job.

        Raises:
            UnexpectedAnswer: the answer names no status. Otherwise as `Door.call`.
        """
        path = f"{self._client.dialect.bulk_path('write')}/{quote(job_id, safe='')}"
        try:
            reply = self._client.api.call("GET", path, repeatable=True, purpose="bulk poll")
        except RequestRefused as error:
            if error.code == _UNKNOWN_JOB:
                return None
            raise
        return bulkanswers.status_of(reply)

    def results(self, status: JobStatus) -> list[JobRow]:
        """Return the rows of the result file, in the file's order (not the upload's).

        Raises:
            UnexpectedAnswer: the job has no result yet, the link leads elsewhere, or the file is not as documented.
            RequestRefused: the link is not valid any more (`LINK_NOT_VALID`). Otherwise as `Door.call`.
        """
        if status.result is None:
            raise UnexpectedAnswer("this bulk job of Zoho names no result file", vendor="zoho", answer=status.answer)
        return bulkanswers.result_rows(self._downloads.fetch(status.result, purpose="bulk result"))

    def row_key(self, intent: Intent) -> str:
        """Return what `JobRow.key` will be for this intent: its record id or our key."""
        return row_key(intent, self._client.external_key)

    def _sheet(self, intents: Sequence[Intent]) -> Sheet:
        if not intents:
            raise bulkfiles.refusal("TOO_MANY_ROWS", f"0 rows, where a job takes 1 to {bulkfiles.MOST_ROWS}")
        kinds = {(intent.object, intent.operation) for intent in intents}
        if len(kinds) > 1 or intents[0].operation not in {"insert", "update"}:
            raise bulkfiles.refusal("MIXED_ROWS", "a job holds one module, and either inserts or updates")
        return sheet(intents, self._metadata(intents[0].object), key_field=self._client.external_key)

    def _metadata(self, module: str) -> Sequence[Row]:
        if module not in self._fields:
            self._fields[module] = self._ask_fields(module)
        return self._fields[module]

    def _zgid(self) -> str:
        if self._organisation is None:
            self._organisation = str(self._client.organisation()["zgid"])
        return self._organisation


def _priority(intents: Sequence[Intent]) -> str:
    return "optout" if any(intent.lane == "optout" for intent in intents) else "normal"
