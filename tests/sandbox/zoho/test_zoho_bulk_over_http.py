"""A bulk write and a bulk read over a real socket: links that work, the journal, the state file."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin

import httpx
import pytest

from resources.sandbox.server import serving
from resources.sandbox.simulation import Sandbox

TEXT = "key,name,company\nk1,Berg,Fjord\nk2,,Fjord\n"


class Later:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Wire:
    """What a client needs: addresses and a token."""

    def __init__(self, running, client: httpx.Client) -> None:
        given = running.environment()
        self.api, self.files = given["ZOHO_API_URL"], given["ZOHO_UPLOAD_URL"]
        form = {
            "grant_type": "refresh_token",
            "client_id": given["ZOHO_CLIENT_ID"],
            "client_secret": given["ZOHO_CLIENT_SECRET"],
            "refresh_token": given["ZOHO_REFRESH_TOKEN"],
        }
        self.http = client
        token = self.http.post(f"{given['ZOHO_ACCOUNTS_URL']}/oauth/v2/token", data=form).json()["access_token"]
        self.http.headers["Authorization"] = f"Zoho-oauthtoken {token}"

    def submit(self, version: str) -> str:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("leads.csv", TEXT)
        zgid = self.http.get(f"{self.api}/crm/{version}/org").json()["org"][0]["zgid"]
        sent = {"feature": "bulk-write", "X-CRM-ORG": zgid}
        uploaded = self.http.post(
            f"{self.files}/crm/{version}/upload", headers=sent, files={"file": ("leads.zip", held.getvalue())}
        )
        columns = ("Leadflow_ID", "Last_Name", "Company")
        resource = {
            "type": "data",
            "module": "Leads" if version == "v2" else {"api_name": "Leads"},
            "file_id": uploaded.json()["details"]["file_id"],
            "find_by": "Leadflow_ID",
            "field_mappings": [{"api_name": name, "index": at} for at, name in enumerate(columns)],
        }
        body = {"operation": "upsert", "ignore_empty": True, "resource": [resource]}
        return self.http.post(f"{self.api}/crm/bulk/{version}/write", json=body).json()["details"]["id"]


def rows_of(content: bytes) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(archive.namelist()[0]).decode())))


@pytest.mark.parametrize("version", ["v2", "v8"])
def test_a_bulk_write_goes_from_upload_to_result_over_http(version):
    later = Later()
    with serving(sandbox=Sandbox(people=1, time_scale=1, source=later)) as running, httpx.Client(timeout=20) as client:
        wire = Wire(running, client)
        ident = wire.submit(version)
        later.ahead += timedelta(seconds=100)
        poll = wire.http.get(f"{wire.api}/crm/bulk/{version}/write/{ident}").json()
        url = poll["result"]["download_url"]
        links = {urljoin(f"{wire.api}/", url), urljoin(f"{wire.files}/", url)}
        links |= set() if version == "v2" else {f"{wire.api}{url}", f"{wire.files}{url}"}
        for link in links:
            told = {row["key"]: (row["STATUS"], row["ERRORS"]) for row in rows_of(wire.http.get(link).content)}
            assert told == {"k1": ("ADDED", ""), "k2": ("SKIPPED", "MANDATORY_NOT_FOUND-name")}
        assert wire.http.get(links.pop(), headers={"Authorization": "x"}).json()["ERROR_CODE"] == 401
        kinds = {(line["method"], line["path"]): line["kind"] for line in running.sandbox.journal.since()}
        assert kinds["POST", f"/upload/crm/{version}/upload"] == "write"
        assert kinds["POST", f"/api/crm/bulk/{version}/write"] == "write"
        assert kinds["GET", f"/api/crm/bulk/{version}/write/{ident}"] == "read"


def test_a_bulk_read_is_downloaded_below_the_api_address():
    later = Later()
    with serving(sandbox=Sandbox(people=40, time_scale=1, source=later)) as running, httpx.Client(timeout=20) as client:
        wire = Wire(running, client)
        query = {"query": {"module": "Leads", "fields": ["Email"]}}
        made = wire.http.post(f"{wire.api}/crm/bulk/v2/read", json=query).json()
        later.ahead += timedelta(seconds=100)
        ident = made["data"][0]["details"]["id"]
        result = wire.http.get(f"{wire.api}/crm/bulk/v2/read/{ident}").json()["data"][0]["result"]
        answer = wire.http.get(f"{wire.api}{result['download_url']}")
        assert answer.headers["content-type"] == "application/zip"
        assert len(rows_of(answer.content)) == result["count"] > 0


def test_a_job_goes_on_in_the_next_process_of_the_sandbox(tmp_path):
    later, path = Later(), tmp_path / "state.gz"
    with (
        serving(sandbox=Sandbox(people=1, time_scale=1, source=later, state_path=path)) as running,
        httpx.Client(timeout=20) as client,
    ):
        ident = Wire(running, client).submit("v2")
        before = running.sandbox.vendors["zoho"].bulk.writes.jobs[ident].status
    later.ahead += timedelta(seconds=100)
    with (
        serving(sandbox=Sandbox(people=1, time_scale=1, source=later, state_path=path)) as running,
        httpx.Client(timeout=20) as client,
    ):
        wire = Wire(running, client)
        poll = wire.http.get(f"{wire.api}/crm/bulk/v2/write/{ident}").json()
        assert (before, poll["status"]) == ("ADDED", "COMPLETED")
        assert len(rows_of(wire.http.get(poll["result"]["download_url"]).content)) == 2
