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
    kind = call.headers.get("content-type", "")
    found = BOUNDARY.search(kind)
    if not kind.lower().startswith("multipart/form-data") or found is None:
        return None
    mark = b"--" + (found.group(1) or found.group(2)).encode("latin-1")
    for part in (b"\r\n" + call.body).split(b"\r\n" + mark)[1:]:
        head, blank, content = part.partition(b"\r\n\r\n")
        called = NAME.search(head)
        if blank and called is not None and called.group(1).decode("utf-8", "replace") == name:
            return content
    return None
