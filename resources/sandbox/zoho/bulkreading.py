"""Bulk read on the wire: create, poll, download (Zoho fact sheet §4.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.bulkasking import check_json
from resources.sandbox.zoho.bulkwriting import unknown_job
from resources.sandbox.zoho.problems import CallError, Json, item

if TYPE_CHECKING:
    from resources.sandbox.zoho.bulkreads import ReadJob, ReadJobs
    from resources.sandbox.zoho.request import Request


def create(request: Request, jobs: ReadJobs) -> Answer:
    """POST /crm/bulk/{v}/read: 201 with the job's id."""
    check_json(request.call.headers)
    if not request.call.body.strip():
        raise CallError(400, "REQUEST_BODY_IS_EMPTY", "The request body is empty")
    try:
        body = request.payload
    except CallError:
        raise CallError(400, "REQUEST_BODY_NOT_READABLE", "The request body is not readable") from None
    job = jobs.add(body, version=request.dialect.version)
    organisation = request.organisation
    details = {
        "id": job.id,
        "operation": "read",
        "state": "ADDED",
        "created_by": organisation.reference(organisation.me),
        "created_time": organisation.shown(job.created),
    }
    added: Json = {
        "status": "success",
        "code": "ADDED_SUCCESSFULLY",
        "message": "Added successfully.",
        "details": details,
    }
    return Answer(status=201, body={"data": [added], "info": {}})


def poll(request: Request, jobs: ReadJobs, ident: str) -> Answer:
    """GET /crm/bulk/{v}/read/{id}."""
    job = jobs.jobs.get(ident)
    if job is None:
        raise unknown_job(request.organisation, resource=ident)
    jobs.hurry(job)
    organisation = request.organisation
    shown: Json = {
        "id": job.id,
        "operation": "read",
        "state": _state(request, job),
        "query": _query(request, job),
        "created_by": organisation.reference(organisation.me),
        "created_time": organisation.shown(job.created),
        "file_type": "csv",
    }
    if job.is_done:
        shown["result"] = _result(request, job)
    return Answer(body={"data": [shown]})


def result(request: Request, jobs: ReadJobs, ident: str) -> Answer:
    """GET /crm/bulk/{v}/read/{id}/result: the zip, ten times a minute, for a day."""
    job = jobs.jobs.get(ident)
    content = jobs.result(job) if job is not None else None
    if content is None:
        raise unknown_job(request.organisation, resource=ident)
    if not jobs.count_download():
        message = "Many requests fired in concurrent than the allowed limit"
        raise CallError(429, "TOO_MANY_REQUESTS", message)
    name = f'attachment; filename="{ident}.zip"'
    return Answer(body=content, headers={"content-type": "application/zip", "content-disposition": name})


def _state(request: Request, job: ReadJob) -> str:
    if job.is_done:
        return "FAILURE" if job.fails else "COMPLETED"
    now = request.organisation.moment()
    if now >= job.starts:
        return "IN PROGRESS"
    is_queued = request.dialect.number >= 7 and now >= (job.created + job.starts) / 2
    return "QUEUED" if is_queued else "ADDED"


def _result(request: Request, job: ReadJob) -> Json:
    if job.fails:
        return {"error_message": item("INTERNAL_SERVER_ERROR", "Internal server error")}
    shown: Json = {
        "page": job.query.get("page", 1),
        "per_page": request.organisation.switches.bulk_read_rows,
        "count": job.count,
        "download_url": f"/crm/bulk/{request.dialect.version}/read/{job.id}/result",
        "more_records": job.more,
    }
    if job.next_token is not None:
        shown["next_page_token"] = job.next_token
    return shown


def _query(request: Request, job: ReadJob) -> Json:
    """Show the query as it was asked, its module with an id where modules are objects."""
    shown = {**job.query, "page": job.query.get("page", 1)}
    if isinstance(shown["module"], dict):
        name = shown["module"]["api_name"]
        shown["module"] = {"api_name": name, "id": request.organisation.module_id(name)}
    return shown
