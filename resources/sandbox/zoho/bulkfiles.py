"""Files uploaded for bulk writes (Zoho fact sheet §4.1)."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import TYPE_CHECKING, Any

from resources.sandbox.calls import Answer, Call
from resources.sandbox.zoho.bulkparts import file_part
from resources.sandbox.zoho.problems import CallError, item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resources.sandbox.zoho.organisation import Organisation

MOST_BYTES = 25 * 1024 * 1024
KEPT_SECONDS = 7 * 86_400.0
FILE_NUMBERS = 910_000_000_000


class Files:
    """Zips by file id; each is kept for seven days."""

    def __init__(self, organisation: Organisation) -> None:
        self._organisation = organisation
        self._last = 0
        self._kept: dict[str, tuple[float, bytes]] = {}

    def upload(self, call: Call) -> Answer:
        """POST /crm/{v}/upload: `feature`, `X-CRM-ORG` and a part `file` that is a zip; nothing is unpacked yet."""
        feature, org = call.headers.get("feature"), call.headers.get("x-crm-org")
        if not feature or org != self._organisation.zgid:
            return bad_headers()
        if feature != "bulk-write":
            return self._refused(400, "NOT_SUPPORTED_FEATURE", "Feature is not supported")
        content = file_part(call, "file")
        if content is None:
            return self._refused(400, "MANDATORY_NOT_FOUND", "required field not found", {"api_name": "file"})
        if len(content) > MOST_BYTES:
            return self._refused(413, "FILE_TOO_LARGE", "File size too large to process")
        if not zipfile.is_zipfile(io.BytesIO(content)):
            return self._refused(400, "INVALID_FILE_FORMAT", "invalid file format. only zip format is supported")
        moment = self._organisation.moment()
        self._last += 1
        ident = self._organisation.fixed_id(FILE_NUMBERS + self._last)
        self._kept[ident] = (moment, content)
        details = {"file_id": ident, "created_time": self._organisation.shown(moment)}
        body = {"status": "success", "code": "FILE_UPLOAD_SUCCESS", "message": "file uploaded.", "details": details}
        return Answer(body=body)

    def content(self, ident: Any) -> bytes:
        """Give an uploaded zip; an id that is none, or of no file, refuses the call."""
        if not isinstance(ident, str) or not ident.isdigit():
            raise CallError(400, "INVALID_FILE_ID", "improper file id")
        self._forget()
        if ident not in self._kept:
            raise CallError(400, "FILE_NOT_FOUND", "file not found", {"file_id": ident})
        return self._kept[ident][1]

    def _forget(self) -> None:
        oldest = self._organisation.moment() - KEPT_SECONDS
        self._kept = {ident: held for ident, held in self._kept.items() if held[0] > oldest}

    def _refused(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> Answer:
        is_ok = self._organisation.switches.upload_refusals_ok
        return Answer(status=200 if is_ok else status, body=item(code, message, details))

    def dump(self) -> dict[str, Any]:
        """Give the state as JSON values."""
        self._forget()
        kept = {ident: [moment, base64.b64encode(held).decode()] for ident, (moment, held) in self._kept.items()}
        return {"last": self._last, "kept": kept}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._last = state["last"]
        self._kept = {ident: (held[0], base64.b64decode(held[1])) for ident, held in state["kept"].items()}


def bad_headers() -> Answer:
    """Refuse an upload whose headers lack, with the shape that only the file hosts use (Zoho fact sheet §0.3)."""
    error = "check if headers [feature, X-CRM-ORG] are present and valid"
    return Answer(status=400, body={"ERROR_CODE": 400, "ERROR_MESSAGE": "Bad Request", "x-error": error})


def unauthorized() -> Answer:
    """Refuse a token on the file hosts."""
    return Answer(status=401, body={"ERROR_CODE": 401, "ERROR_MESSAGE": "Unauthorized request"})
