"""Zoho's bulk read: a job per page of up to 200,000 records, asked until it is done, then downloaded (§4.6).

Pages of several jobs are cut at different moments: a record deleted in between moves its followers up, and the
first of the next page would never be seen. So the deleted list is asked afterwards, and the read repeated.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.errors import RequestRefused, UnexpectedAnswer, VendorUnavailable
from resources.pagination import MOST_PASSES
from resources.zoho import bulkanswers, bulkrecords
from resources.zoho.bulklinks import Downloads
from resources.zoho.lists import stamp
from resources.zoho.quota import DOWNLOADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pipeline.models import Json
    from resources.zoho.client import ZohoClient
    from resources.zoho.rows import Row

READ_CREDITS = 50.0
PATIENCE = 2 * 60 * 60.0
"""Seconds that a job may take, before time scaling."""
PAUSES = (2.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds between questions, the last one again and again: a job of minutes costs few credits."""
JOIN_LIMIT = 2


class JobStuck(VendorUnavailable):
    """A bulk read job did not end within our patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPage:
    """One downloaded page: its zip as received, and what is needed to read it again, later, the same way.

    `kinds`: field → kind, of what was asked for. `repeated`: ids that an earlier page gave already.
    """

    number: int
    content: bytes = field(repr=False)
    kinds: Mapping[str, str] = field(repr=False)
    repeated: frozenset[str] = field(default=frozenset(), repr=False)

    def rows(self) -> Iterator[Row]:
        """Yield the records, shaped like those of a list; UnexpectedAnswer for a file that is not as documented."""
        return bulkrecords.records(self.content, self.kinds, skip=self.repeated)


class ZohoBulkReader:
    """Reads whole modules of one organisation. `pause` waits so many seconds (replaced in tests)."""

    def __init__(
        self,
        *,
        client: ZohoClient,
        time_scale: float = 1.0,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._downloads = Downloads(api=client.api, upload=client.upload)
        self._time_scale, self._pause, self._clock = time_scale, pause, clock
        self._fetched: deque[datetime] = deque(maxlen=int(DOWNLOADS * 0.8))

    def read(self, module: str, fields: Sequence[Row], *, modified_since: datetime | None = None) -> Iterator[BulkPage]:
        """Yield the pages of a module; every record once, though records may leave while they are read.

        `fields` are entries of the live field metadata: those to read, `Tag` only where it is among them.

        Raises:
            RequestRefused: Zoho does not read this module or one of these fields in bulk, or the job failed.
            JobStuck: a job did not end within two hours (divided by the time scale).
            UnexpectedAnswer: an answer or a file is not as documented. Otherwise as `Door.call`.
        """
        kinds = bulkrecords.kinds_of([entry for entry in fields if entry["api_name"] != "id"])
        asked = ["id", *kinds, *[dotted for name, dotted in bulkrecords.NAMES.items() if name in kinds][:JOIN_LIMIT]]
        since = stamp(modified_since) if modified_since else None
        moved = self._client.watch_deletions(module)
        seen: set[str] = set()
        for _ in range(MOST_PASSES):
            number, token, is_last = 1, None, False
            while not is_last:
                result, content = self._page(module, asked, since, number, token)
                ids = {str(row["id"]) for row in bulkrecords.records(content, kinds)}
                fresh, repeated = ids - seen, ids & seen
                is_last = not result.get("more_records")
                if not ids and not is_last:
                    raise UnexpectedAnswer(
                        "Zoho's bulk read gave an empty page and says that more follow", vendor="zoho"
                    )
                if fresh:
                    yield BulkPage(number=number, content=content, kinds=kinds, repeated=frozenset(repeated))
                seen |= fresh
                number, token = number + 1, result.get("next_page_token")
            if number == 2 or not moved(frozenset(seen)):
                return

    def _page(
        self, module: str, asked: Sequence[str], since: str | None, number: int, token: str | None
    ) -> tuple[Mapping[str, Json], bytes]:
        reply = self._client.api.call(
            "POST",
            self._client.dialect.bulk_path("read"),
            json=self._client.dialect.bulk_read(module=module, fields=asked, since=since, page=number, token=token),
            # Created twice it costs 50 credits more and changes nothing.
            repeatable=True,
            writes=False,
            units=READ_CREDITS,
            purpose="bulk read",
        )
        job_id, _ = bulkanswers.created(reply, "id")
        if job_id is None:
            raise UnexpectedAnswer("Zoho answered a bulk read without the id of the job: not used", vendor="zoho")
        result = self._completed(job_id)
        url = result.get("download_url") or f"{self._client.dialect.bulk_path('read')}/{quote(job_id, safe='')}/result"
        self._keep_pace()
        content = self._downloads.fetch(str(url), purpose="bulk read result")
        self._fetched.append(self._clock())
        return result, content

    def _completed(self, job_id: str) -> Mapping[str, Json]:
        path = f"{self._client.dialect.bulk_path('read')}/{quote(job_id, safe='')}"
        waited, asked = 0.0, 0
        while waited <= PATIENCE:
            seconds = PAUSES[min(asked, len(PAUSES) - 1)]
            self._pause(seconds / self._time_scale)
            waited, asked = waited + seconds, asked + 1
            reply = self._client.api.call("GET", path, repeatable=True, purpose="bulk read poll")
            state, result = bulkanswers.read_state(reply)
            if state == "completed":
                return result
            if state == "failed":
                raise RequestRefused(
                    f"Zoho's bulk read job failed: {result.get('code')} {result.get('message') or ''}".rstrip(),
                    vendor="zoho",
                    code=str(result.get("code") or "FAILURE"),
                    answer=reply.json(),
                )
        raise JobStuck(f"Zoho's bulk read job did not end within {PATIENCE / 3600:g} h; run again later", vendor="zoho")

    def _keep_pace(self) -> None:
        """Wait while as many files were downloaded in the last minute as we allow ourselves."""
        if len(self._fetched) == self._fetched.maxlen:
            past = (self._clock() - self._fetched[0]).total_seconds()
            wait = 62.0 / self._time_scale - past
            if wait > 0:
                self._pause(wait)
