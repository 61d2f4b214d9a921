"""The one door to every vendor: the only module that knows httpx and tenacity.

It owns timeouts, bounded retries, limits, redaction, the call log and the size of answers. What a status or a
body *means* is told by the vendor's `read_error`; where it has no word, the HTTP status decides.

How a broken call ends:
    connection refused     never executed: repeated, then VendorUnavailable
    429                    never executed: repeated after the asked pause, then RateLimited
    5xx, cut or no answer  repeated when the caller said repeatable; then VendorUnavailable for a read,
                           AnswerLost for a write, which may have been executed
"""

from __future__ import annotations

import copy
import logging
import random
import time
from contextlib import closing, nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Literal

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception

from pipeline.errors import LeadflowError
from resources.addresses import check_address
from resources.attempts import Call, CallRecord, Retry
from resources.redaction import Redactor
from resources.replies import Reply, status_error

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from pipeline.models import Json
    from resources.limits import Limiter

__all__ = ["CallRecord", "Door", "Reply", "Retry", "Transport"]

Transport = httpx.BaseTransport
"""What carries the bytes: replaced in tests, and nameable without importing httpx elsewhere."""

LARGEST_ANSWER = 64 * 1024 * 1024
TIMEOUTS = httpx.Timeout(connect=10.0, read=60.0, write=30.0, pool=10.0)
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

for _noisy in ("httpx", "httpcore"):
    # They log whole URLs, and a query may hold an e-mail address or a key; the door keeps its own call log.
    logging.getLogger(_noisy).setLevel(logging.WARNING)


@cache
def _authorities(*, is_asked: bool) -> ssl.SSLContext:
    """Return whom to trust; `is_asked`: the environment may name others. Reading them costs 60 ms for each client."""
    return httpx.create_ssl_context(trust_env=is_asked)


class Door:
    """Calls one host of one vendor.

    `authorize(refused)` gives the headers of a call; True says the token of the last call was refused: new
    headers lead to one replay. `read_error(reply)` names what a reply means, None when it is no error; it is
    asked about every reply, because some vendors answer errors with HTTP 200. `answer_seconds`: how long one
    attempt waits for each step, where that is not the usual. `transport`, `clock`, `sleep`
    and `jitter` (0…1) are replaced in tests. ConfigurationError: the base URL is plain text and not loopback.
    """

    def __init__(
        self,
        *,
        vendor: str,
        base_url: str,
        authorize: Callable[[bool], Mapping[str, str]],
        read_error: Callable[[Reply], LeadflowError | None],
        limiter: Limiter | None = None,
        retry: Retry | None = None,
        time_scale: float = 1.0,
        on_call: Callable[[CallRecord], None] | None = None,
        transport: Transport | None = None,
        answer_seconds: float | None = None,
        token_refused: Callable[[Reply], bool] = lambda reply: reply.status == 401,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        local = check_address(vendor, base_url)
        self.vendor, self.base_url, self.redactor = vendor, base_url.rstrip("/"), Redactor()
        self._authorize, self._read_error, self._token_refused = authorize, read_error, token_refused
        self._limiter, self._retry, self._time_scale = limiter, retry or Retry(), time_scale
        self._on_call, self._clock, self._sleep, self._jitter = on_call, clock, sleep, jitter
        # A proxy of the environment is for vendors, never for a loopback server.
        timeouts = TIMEOUTS if answer_seconds is None else httpx.Timeout(answer_seconds)
        self._client = httpx.Client(
            transport=transport, timeout=timeouts, trust_env=not local, verify=_authorities(is_asked=not local)
        )

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Json = None,
        json: Json = None,
        data: Mapping[str, str] | None = None,
        files: Json = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool,
        writes: bool | None = None,
        expects: Literal["json", "bytes"] = "json",
        redirects: bool = False,
        largest: int | None = None,
        priority: str = "normal",
        units: float = 1.0,
        purpose: str = "",
        deadline: datetime | None = None,
    ) -> Reply:
        """Call `path` below the base URL and return the reply (2xx or 304).

        `repeatable`: sending it twice does no harm. `writes`: it changes something (default: no GET or HEAD);
        say False for a search by POST. `units` are taken from the limiter's windows. `expects="json"` treats
        a body that is not complete JSON like a broken connection. `redirects`: give a redirect back as a reply;
        nothing is ever followed here. `largest`: bytes of the answer at most, 64 MB where nothing is said.

        Raises:
            RequestRefused, CredentialsRejected, RateLimited, QuotaExhausted: nothing was executed.
            VendorUnavailable: a read failed, or a write was certainly not executed.
            AnswerLost: a write may have been executed.
            UnexpectedAnswer: the answer of a read was HTML, cut, or too large.
        """
        budget = self._retry.seconds
        if deadline is not None:
            budget = min(budget, max(0.0, (deadline - self._clock()).total_seconds()))
        call = Call(
            vendor=self.vendor,
            method=method,
            path=path,
            arguments={"params": params, "json": json, "data": data, "files": files},
            headers=headers or {},
            repeatable=repeatable,
            writes=method not in {"GET", "HEAD"} if writes is None else writes,
            expects=expects,
            redirects=redirects,
            largest=largest or LARGEST_ANSWER,
            priority=priority,
            units=units,
            purpose=purpose,
            ends_at=self._now() + budget,
        )
        attempts = Retrying(
            retry=retry_if_exception(call.may_repeat),
            stop=lambda state: self._must_stop(state, call),
            wait=lambda _: call.pause(self._retry, jitter=self._jitter(), time_scale=self._time_scale),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return attempts(self._attempt, call)
        except LeadflowError as error:
            raise call.ended(self.redactor.clean(error)) from error.__cause__

    def at(self, base_url: str) -> Door:
        """Return this door in front of another host of the vendor: same token, limits and connections."""
        check_address(self.vendor, base_url)
        twin = copy.copy(self)
        twin.base_url = base_url.rstrip("/")
        return twin

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _attempt(self, call: Call) -> Reply:
        headers = self._authorized(call, refused=False)
        reply = self._send(call, headers)
        if self._token_refused(reply):
            fresh = self._authorized(call, refused=True)
            reply = self._send(call, fresh) if fresh != headers else reply
        error = self._read_error(reply) or status_error(reply, self._clock())
        if error is not None and not (call.redirects and reply.location):
            call.note(error, reply.retry_after(self._clock()))
            raise error
        return call.readable(reply)

    def _authorized(self, call: Call, *, refused: bool) -> dict[str, str]:
        try:
            return dict(self._authorize(refused))
        except LeadflowError:
            # Whoever gives the token has repeated what can be repeated: this call does not multiply it.
            call.unauthorized = True
            raise

    def _send(self, call: Call, headers: Mapping[str, str]) -> Reply:
        self.redactor.learn(headers.values())
        given = {name: value for name, value in call.arguments.items() if value is not None}
        request = self._client.build_request(
            call.method, self.base_url + call.path, headers={**headers, **call.headers}, **given
        )
        limits = self._limiter
        with limits.slot(call.name, call.units, call.priority, call.ends_at) if limits else nullcontext():
            call.attempt += 1
            began, status = time.perf_counter(), None
            try:
                response = self._client.send(request, stream=True)
                status = response.status_code
                with closing(response):
                    content = call.gathered(response.iter_bytes())
            except (httpx.TransportError, httpx.DecodingError) as error:
                call.perhaps_executed |= not isinstance(error, _NEVER_SENT)
                raise call.unanswered(self.base_url, error) from error
            finally:
                if self._on_call is not None:
                    self._on_call(call.record(status, time.perf_counter() - began))
        sent = Reply(status, dict(response.headers), content, self.vendor, call.name)
        if limits:
            limits.observe(sent)
        return sent

    def _now(self) -> float:
        return self._clock().timestamp()

    def _must_stop(self, state: RetryCallState, call: Call) -> bool:
        return call.attempt >= self._retry.attempts or self._now() + state.upcoming_sleep > call.ends_at
