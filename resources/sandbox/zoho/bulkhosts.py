"""The hosts for uploads and for results of bulk writes (Zoho fact sheet §0.1, §0.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from resources.sandbox.calls import Answer, Call
from resources.sandbox.zoho.bulkfiles import unauthorized
from resources.sandbox.zoho.bulkwriting import DOWNLOAD, download
from resources.sandbox.zoho.dialect import SERVED
from resources.sandbox.zoho.problems import CallError
from resources.sandbox.zoho.routing import FILES

if TYPE_CHECKING:
    from resources.sandbox.zoho.bulk import Bulk
    from resources.sandbox.zoho.late import LateCalls
    from resources.sandbox.zoho.meter import Meter
    from resources.sandbox.zoho.oauth import Accounts
    from resources.sandbox.zoho.organisation import Organisation

UPLOAD = re.compile(r"/crm/(v[\d.]+)/upload")


class FileHosts:
    """Both hosts at once; a result's link is served below either mount, as clients put it together differently."""

    def __init__(
        self, organisation: Organisation, *, accounts: Accounts, meter: Meter, bulk: Bulk, late: LateCalls
    ) -> None:
        self._organisation = organisation
        self._accounts = accounts
        self._meter = meter
        self._bulk = bulk
        self._late = late

    def link(self, call: Call) -> str | None:
        """Give the path of a bulk write's result without mounts; None for any other call."""
        # Some resolve the link against a host, some write it behind the host's address as text.
        path, switches = f"/{call.path.lstrip('/')}", self._organisation.switches
        for mount in (switches.api_mount, switches.upload_mount):
            path = path.removeprefix(mount)
        return path if DOWNLOAD.fullmatch(path) else None

    def answer(self, call: Call, link: str | None) -> Answer:
        """Serve an upload (no credits) or a download (one credit)."""
        try:
            self._accounts.admit(call)
        except CallError:
            return unauthorized()
        if link is not None and call.method == "GET":
            self._meter.charge(1, is_heavy=False)
            return download(self._organisation, self._bulk.writes, link)
        match = UPLOAD.fullmatch(call.path)
        if call.method != "POST" or match is None or match.group(1) not in SERVED:
            body = {"ERROR_CODE": 404, "ERROR_MESSAGE": "Not Found", "x-error": "resource not found"}
            return Answer(status=404, body=body)
        if FILES in self._organisation.switches.missing_scopes:
            raise CallError(401, "OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL")
        if self._late.takes(call):
            return self._late.take(call, now=self._organisation.moment())
        return self._bulk.files.upload(call)
