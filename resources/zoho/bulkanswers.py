"""What the answers and result files of bulk write jobs mean (Zoho fact sheet §4.2 to §4.4).

COMPLETED does not mean that every row was written: each row of the result file says it for itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from pipeline.errors import RequestRefused, UnexpectedAnswer
from pipeline.models import JobRow, JobStatus
from resources.zoho import bulkfiles

if TYPE_CHECKING:
    from pipeline.models import Json
    from resources.replies import Reply

RowStatus = Literal["added", "updated", "skipped", "unprocessed"]

COUNTS = {"added_count": "added", "updated_count": "updated", "skipped_count": "skipped", "total_count": "total"}
_CODE = re.compile(r"^[A-Z][A-Z0-9_]*$")
_FAILED = frozenset({"FAILED", "FAILURE"})
_ROWS: Mapping[str, RowStatus] = {
    "added": "added",
    "updated": "updated",
    "skipped": "skipped",
    "failed": "skipped",
    "unprocessed": "unprocessed",
}


def created(reply: Reply, wanted: str) -> tuple[str | None, str | None]:
    """Return (id, code) of an answer that should hold `details[wanted]`, whatever its HTTP status says.

    The id is None where the answer is no refusal and yet names none.

    Raises:
        RequestRefused: the body is an error, also with HTTP 200 and in the shape of the upload host.
    """
    body = _bare(reply.json())
    code = body.get("code") or (f"ERROR_{body['ERROR_CODE']}" if "ERROR_CODE" in body else None)
    details = body.get("details")
    found = details.get(wanted) if isinstance(details, Mapping) else None
    says_error = str(body.get("status", "")).lower() not in {"", "success"} or "ERROR_CODE" in body
    if says_error or (code and not found and "SUCCESS" not in str(code).upper()):
        told = body.get("message") or body.get("ERROR_MESSAGE") or reply.excerpt()
        raise RequestRefused(
            f"Zoho answered {reply.request} with {code}: {told}",
            vendor="zoho",
            status=reply.status,
            code=str(code) if code else None,
            answer=body,
        )
    return (str(found) if found else None), (str(code) if code else None)


def status_of(reply: Reply) -> JobStatus:
    """Return where a job stands; UnexpectedAnswer when the answer names no status."""
    body = _bare(reply.json())
    told = _word(body.get("status"))
    if not told:
        raise UnexpectedAnswer(f"Zoho answered {reply.request} without a status: not used", vendor="zoho", answer=body)
    resources = [part for part in body.get("resource") or () if isinstance(part, Mapping)]
    result = body.get("result")
    url = result.get("download_url") if isinstance(result, Mapping) else None
    lost = resources and all(_word(part.get("status")) in {*_FAILED, "SKIPPED"} for part in resources) and not url
    state: Literal["running", "completed", "failed"] = "running"
    if told in _FAILED or (told == "COMPLETED" and lost):
        state = "failed"
    elif told == "COMPLETED":
        state = "completed"
    named = next((part for part in resources if part.get("code") not in (None, "SUCCESS", "ADDED")), body)
    return JobStatus(
        state=state,
        counts=_counts(resources, is_failed=state == "failed"),
        result=str(url) if url else None,
        code=str(named["code"]) if named.get("code") else None,
        message=str(named["message"]) if named.get("message") else None,
        answer=body,
    )


def read_state(reply: Reply) -> tuple[Literal["running", "completed", "failed"], Mapping[str, Json]]:
    """Return where a bulk read job stands, with `result` when it completed, or the error when it failed (§4.6)."""
    body = _bare(reply.json())
    told = _word(body.get("state") or body.get("status"))
    result = body.get("result")
    found: Mapping[str, Json] = result if isinstance(result, Mapping) else {}
    if not told:
        raise UnexpectedAnswer(f"Zoho answered {reply.request} without a state: not used", vendor="zoho", answer=body)
    if told in _FAILED:
        error = found.get("error_message")
        return "failed", error if isinstance(error, Mapping) else {"message": error}
    return ("completed" if told == "COMPLETED" else "running"), found


def result_rows(content: bytes) -> list[JobRow]:
    """Return the rows of a result zip, in its order.

    Raises:
        UnexpectedAnswer: it is no zip with one CSV, or a documented column is missing.
    """
    lines = bulkfiles.lines(content, place="the result file of Zoho's bulk job")
    header = next(lines, [])
    places = {name.strip().upper(): place for place, name in enumerate(header)}
    missing = [name for name in ("STATUS", "RECORD_ID", "ERRORS") if name not in places]
    if missing or places["STATUS"] == 0:
        raise UnexpectedAnswer(
            f"the result file of Zoho's bulk job has no column {', '.join(missing) or 'before STATUS'}: not used",
            vendor="zoho",
        )
    return [_row(line, places) for line in lines]


def errors_of(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return (code, headers) of each error of a row: `CODE-H1,H2:CODE2-H3` (Zoho fact sheet §4.4)."""
    found = []
    for part in re.split(r":(?=\s*[A-Z][A-Z_]+\s*(?:-|:|$))", text.strip()):
        code, _, headers = part.partition("-")
        if _CODE.match(code.strip()):
            found.append((code.strip(), tuple(name.strip() for name in headers.split(",") if name.strip())))
    return found


def _row(line: list[str], places: Mapping[str, int]) -> JobRow:
    def cell(name: str) -> str:
        return line[places[name]].strip() if places[name] < len(line) else ""

    told, errors = cell("STATUS"), errors_of(cell("ERRORS"))
    status = _ROWS.get(told.lower())
    worded = "; ".join(f"{code} ({', '.join(names)})" if names else code for code, names in errors)
    return JobRow(
        key=line[0],
        # A word that nobody documented: not known to be written, and settled by asking.
        status=status or "unprocessed",
        record_id=cell("RECORD_ID") or None,
        code=errors[0][0] if errors else (None if status else f"STATUS_{told.upper() or 'MISSING'}"),
        message=worded or cell("ERRORS") or None,
    )


def _counts(resources: list[Mapping[str, Json]], *, is_failed: bool) -> dict[str, int]:
    found: dict[str, int] = dict.fromkeys(COUNTS.values(), 0) if is_failed else {}
    for part in resources:
        file = part.get("file")
        for name, ours in COUNTS.items():
            value = file.get(name) if isinstance(file, Mapping) else None
            if value is not None and str(value).isdigit():
                found[ours] = found.get(ours, 0) + int(value)
    return found


def _bare(body: Json) -> dict[str, Json]:
    """Return the object of an answer, bare as documented or wrapped in `data`."""
    if isinstance(body, dict) and isinstance(body.get("data"), list) and len(body["data"]) == 1:
        body = body["data"][0]
    return body if isinstance(body, dict) else {}


def _word(value: Json) -> str:
    return re.sub(r"[\s_-]+", "", str(value or "")).upper()
