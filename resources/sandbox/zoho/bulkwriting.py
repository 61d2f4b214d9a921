"""Bulk write on the wire: create, poll, download (Zoho fact sheet §4.2-§4.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resources.sandbox.calls import Answer
from resources.sandbox.zoho.bulkasking import check_callback, check_json
from resources.sandbox.zoho.problems import CallError, Json, item

if TYPE_CHECKING:
    from resources.sandbox.zoho.bulkjobs import WriteJob, WriteJobs
    from resources.sandbox.zoho.organisation import Organisation
    from resources.sandbox.zoho.request import Request

DOWNLOAD = re.compile(r"/(v[\d.]+)/crm/(?:org)?(\d+)/bulk-write/(\d+)/(\d+)\.zip")
MAPPING_KEYS = ("api_name", "index", "format", "find_by", "default_value")


def create(request: Request, jobs: WriteJobs) -> Answer:
    """POST /crm/bulk/{v}/write: 201 with the job's id."""
    check_json(request.call.headers)
    try:
        body = request.payload
    except CallError:
        raise CallError(400, "INVALID_REQUEST", "invalid request") from None
    check_callback(body.get("callback"))
    job = jobs.add(body, version=request.dialect.number)
    organisation = request.organisation
    details = {"id": job.id, "created_by": organisation.reference(organisation.me)}
    return Answer(status=201, body={"status": "success", "code": "SUCCESS", "message": "success", "details": details})


def poll(request: Request, jobs: WriteJobs, ident: str) -> Answer:
    """GET /crm/bulk/{v}/write/{id}."""
    job = jobs.jobs.get(ident)
    if job is None:
        raise unknown_job(request.organisation)
    jobs.hurry(job)
    return Answer(body=_shown(request, jobs, job))


def download(organisation: Organisation, jobs: WriteJobs, path: str) -> Answer:
    """GET a result's link on a file host; a bad link is 403 in the shape of these hosts."""
    match = DOWNLOAD.fullmatch(path)
    found = None
    if match is not None and match.group(2) == organisation.zgid and match.group(3) == match.group(4):
        found = jobs.result(match.group(3))
    if found is None:
        return Answer(status=403, body={"info": "Forbidden", "x-info": "Link not valid"})
    name = path.rpartition("/")[2]
    return Answer(
        body=found,
        headers={"content-type": "application/zip", "content-disposition": f'attachment; filename="{name}"'},
    )


def unknown_job(organisation: Organisation, **details: str) -> CallError:
    """Refuse an id that is no job's; bulk read names it in the details."""
    status = organisation.switches.bulk_unknown_status
    return CallError(status, "RESOURCE_NOT_FOUND", "The requested resource doesn't exist.", details)


def too_many_jobs() -> Answer:
    """Refuse one more job."""
    message = "Many requests fired in concurrent than the allowed limit"
    return Answer(status=429, body=item("TOO_MANY_REQUESTS", message))


def spelled(organisation: Organisation, status: str) -> str:
    """Give a state's word as this organisation spells it."""
    return organisation.switches.bulk_in_progress if status == "INPROGRESS" else status


def _shown(request: Request, jobs: WriteJobs, job: WriteJob) -> Json:
    organisation, body = request.organisation, job.body
    shown: Json = {
        "status": spelled(organisation, job.status),
        "character_encoding": job.encoding,
        "resource": [_resource(request, job)],
        "id": job.id,
    }
    if job.status == "COMPLETED" and organisation.moment() >= jobs.result_at(job):
        shown["result"] = {"download_url": _address(request, job)}
    if body.get("callback") is not None:
        shown["callback"] = body["callback"]
    shown["created_by"] = organisation.reference(organisation.me)
    shown["operation"] = body["operation"]
    shown["created_time"] = organisation.shown(job.created)
    return shown


def _resource(request: Request, job: WriteJob) -> Json:
    organisation, asked = request.organisation, job.body["resource"][0]
    module = asked["module"]["api_name"] if isinstance(asked["module"], dict) else asked["module"]
    status = spelled(organisation, job.status)
    shown: Json = {"status": status}
    if request.dialect.number > 2:
        shown["code"] = {"COMPLETED": "SUCCESS", "FAILED": "CANNOT_PROCESS"}.get(job.status, "ADDED")
        module = {"api_name": module, "id": organisation.module_id(module)}
    mappings = asked.get("field_mappings")
    shown |= {"type": "data", "module": module}
    if mappings is not None:
        shown["field_mappings"] = [{key: one.get(key) for key in MAPPING_KEYS} for one in mappings]
    return {**shown, "file": _file(job, status)}


def _file(job: WriteJob, status: str) -> Json:
    """Counts come with the work; an ADDED job tells its state only, a FAILED one no counts."""
    if job.status == "ADDED":
        return {"status": status}
    if job.status == "FAILED":
        return {"status": status, "name": job.file_name}
    return {
        "status": status,
        "name": job.file_name,
        "added_count": job.counts["ADDED"],
        "updated_count": job.counts["UPDATED"],
        "skipped_count": job.counts["SKIPPED"],
        "total_count": job.total,
    }


def _address(request: Request, job: WriteJob) -> str:
    organisation = request.organisation
    switches, host = organisation.switches, request.call.headers.get("host")
    form, version = switches.bulk_urls, request.dialect.version
    if form == "relative" or (form == "auto" and request.dialect.number >= 7):
        return f"{switches.api_mount}/{version}/crm/org{organisation.zgid}/bulk-write/{job.id}/{job.id}.zip"
    base = f"http://{host}{switches.upload_mount}" if host else "https://download-accl.zoho.com"
    return f"{base}/{version}/crm/{organisation.zgid}/bulk-write/{job.id}/{job.id}.zip"
