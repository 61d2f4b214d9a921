"""Routes: a path with its API version, scope and handler, and the request a handler gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.sandbox.ghl.refusals import bad_request, forbidden_location, not_found, unprocessable

if TYPE_CHECKING:
    from resources.sandbox.calls import Call
    from resources.sandbox.ghl.account import Account
    from resources.sandbox.ghl.shapes import Shape

CRM_VERSION = "2021-07-28"
TALK_VERSION = "2021-04-15"  # conversations and calendars
SDK_VERSION = "2023-02-21"
V3 = "v3"


@dataclass(slots=True)
class Request:
    """One authorised call: the account it acts on, the ids of its path and the present moment."""

    call: Call
    account: Account
    ids: tuple[str, ...]
    now: int

    def body(self, shape: Shape | None = None) -> dict[str, Any]:
        """Parse the JSON object of the body and hold it against its shape."""
        try:
            parsed = self.call.json()
        except ValueError as error:
            raise bad_request() from error
        if not isinstance(parsed, dict):
            raise bad_request()
        if shape is not None:
            shape.check(parsed)
        return parsed

    def own_location(self, value: object) -> None:
        """Refuse a location that is not the token's; a missing one is a missing parameter."""
        if not value:
            raise unprocessable("locationId should not be empty", "locationId must be a string")
        if value != self.account.location_id:
            raise forbidden_location()

    def located(self, name: str = "locationId") -> None:
        """Hold the location of the query against the token's."""
        value = self.call.param(name)
        if not value:
            raise unprocessable(f"{name} should not be empty", f"{name} must be a string")
        self.own_location(value)

    def whole(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        """Give a whole number of the query, within bounds."""
        text = self.call.param(name)
        if text is None or text == "":
            return default
        if not text.isdigit():
            raise unprocessable(f"{name} must be a number conforming to the specified constraints")
        value = int(text)
        if value < least:
            raise unprocessable(f"{name} must not be less than {least}")
        if most is not None and value > most:
            raise unprocessable(f"{name} must not be greater than {most}")
        return value

    def yes(self, name: str) -> bool:
        """Say whether a query flag is set."""
        return self.call.param(name) == "true"


Handler = Callable[[Request], tuple[int, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint; `:` marks a path part that is an id, `version` the one its documentation names."""

    method: str
    path: str
    scope: str
    handle: Handler
    version: str = CRM_VERSION
    kind: str = ""
    in_v3: bool = True

    @property
    def parts(self) -> tuple[str, ...]:
        """The path's parts."""
        return split(self.path)

    @property
    def does(self) -> str:
        """Read or write, for the request journal."""
        return self.kind or ("read" if self.method == "GET" else "write")


def split(path: str) -> tuple[str, ...]:
    """Cut a path into parts; a slash at the end means nothing to the vendor."""
    return tuple(part for part in path.split("/") if part)


class Router:
    """Finds the route of a call; a literal part wins over an id."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_form: dict[tuple[str, int], list[tuple[tuple[str, ...], Route]]] = {}
        for route in routes:
            form = self._by_form.setdefault((route.method, len(route.parts)), [])
            form.append((route.parts, route))
        for form in self._by_form.values():
            form.sort(key=lambda entry: [part == ":" for part in entry[0]])

    def find(self, method: str, path: str) -> tuple[Route, tuple[str, ...]]:
        """Give the route and the ids of its path; an unknown path is 404."""
        parts = split(path)
        for pattern, route in self._by_form.get((method, len(parts)), ()):
            if all(want in (":", have) for want, have in zip(pattern, parts, strict=True)):
                ids = tuple(have for want, have in zip(pattern, parts, strict=True) if want == ":")
                return route, ids
        raise not_found()
