"""The parts of a multipart/form-data body."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resources.sandbox.calls import Call

BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))')
NAME = re.compile(rb'(?i)content-disposition:[^\r\n]*?[;\s]name="([^"]*)"')


def file_part(call: Call, name: str) -> bytes | None:
    """Give the content of the part called `name`; None when the body has no such part."""
    return parts(call).get(name)


def parts(call: Call) -> dict[str, bytes]:
    """Give the contents of all parts by name, the first of a name; none when the body is no multipart form."""
    kind = call.headers.get("content-type", "")
    found = BOUNDARY.search(kind)
    if not kind.lower().startswith("multipart/form-data") or found is None:
        return {}
    mark = b"--" + (found.group(1) or found.group(2)).encode("latin-1")
    given: dict[str, bytes] = {}
    for part in (b"\r\n" + call.body).split(b"\r\n" + mark)[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        called = NAME.search(head)
        if blank and called is not None:
            given.setdefault(called.group(1).decode("utf-8", "replace"), content)
    return given
