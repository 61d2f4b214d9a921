"""Features: what each record says about a person, as numbers, one fixed-width row per record.

They depend on the record alone. What depends on all records (how rare a name is) is in `reference`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pipeline.identity.engine import memory, text
from pipeline.identity.engine.columns import Columns
from pipeline.identity.engine.domains import websites
from pipeline.identity.engine.encoded import AT_ONCE, distinct, pieces, whole
from pipeline.identity.engine.folding import folded as letters_of
from pipeline.identity.engine.mailboxes import mailboxes
from pipeline.identity.engine.names import SHOWN, names
from pipeline.identity.engine.naming import complete, put, put_called, put_names
from pipeline.identity.engine.organisations import organisations
from pipeline.identity.engine.phones import phones
from pipeline.identity.engine.profiles import profiles
from pipeline.identity.engine.titles import titles
from pipeline.normalize.places import country_code

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from pipeline.identity.engine.callings import Callings
    from pipeline.identity.engine.text import Cells, Hashes

IS_FREE, IS_BARE, IS_TURNED = 2, 4, 8

FEATURE = np.dtype(
    [
        ("record_id", "<i8"),
        ("email", "<u8"),
        ("slug", "<u8"),
        ("member", "<u8"),
        ("phone", "<u8"),
        ("title_words", "<u8"),
        ("title", "<u4"),
        ("letters", "<u4"),
        ("digits", "<u4"),
        ("domain", "<u4"),
        ("stem", "<u4"),
        ("given", "<u4"),
        ("given_exact", "<u4"),
        ("surname", "<u4"),
        ("surname_as_given", "<u4"),
        ("extra", "<u4"),
        ("mail_label", "<u4"),
        ("web_label", "<u4"),
        ("core", "<u4"),
        ("squashed", "<u4"),
        ("city", "<u4"),
        ("given_text", f"S{SHOWN}"),
        ("surname_text", f"S{SHOWN}"),
        ("country", "<u2"),
        ("initial", "u1"),
        ("formal_initial", "u1"),
        ("last_initial", "u1"),
        ("middle", "u1"),
        ("suffix", "u1"),
        ("flags", "u1"),
    ]
)
"""0 means: not known. 8-byte fields are ids that block and join; 4-byte fields are compared within pairs only."""

EDITION = 4
"""How leads are read: raised whenever one may have other features, so that kept ones are read again."""
SHARED = ("company", "website", "title", "city", "country")
OWN = ("record_id", "email", "phone", "linkedin_url")
_UNKNOWN = np.zeros(1, dtype=np.uint32)

Rows = np.ndarray[tuple[int], np.dtype[np.void]]
Features = Rows | Columns


def features(leads: pa.Table | pa.RecordBatch) -> Rows:
    """Return the features of leads with the columns of `sql/engine/leads.sql`, as rows."""
    return columned(leads).packed()


def columned(leads: pa.Table | pa.RecordBatch) -> Columns:
    """Return the features of leads with the columns of `sql/engine/leads.sql`, column by column."""
    out = unread(leads.num_rows)
    read_shared(out, leads)
    read_own(out, leads)
    return out


def unread(size: int) -> Columns:
    """Return the features of records that nothing is known of."""
    return Columns({name: np.zeros(size, dtype=FEATURE[name]) for name in FEATURE.names or ()})


def read_shared(out: Columns, leads: pa.Table | pa.RecordBatch) -> None:
    """Read what many records share (`SHARED`), in place and once per distinct value."""
    firms, places = distinct(leads.column("company"))
    read = [organisations(piece) for piece in pieces(firms)]
    for name in ("core", "squashed"):
        found = [text.short(getattr(firm, name)) for firm in read]
        out[name] = np.concatenate([*found, _UNKNOWN]).take(places)
    sites, places = distinct(leads.column("website"))
    labels = [text.short(websites(piece)) for piece in pieces(sites)]
    out["web_label"] = np.concatenate([*labels, _UNKNOWN]).take(places)
    out["title"], out["title_words"] = titles(*distinct(leads.column("title")))
    out["city"] = _worded(leads.column("city"))
    out["country"] = _countries(leads.column("country"))


def read_own(out: Columns, leads: pa.Table | pa.RecordBatch, said: Callings | None = None) -> None:
    """Read `OWN` and the names, what most records have for themselves, in place.

    Names are those of the column `name`, or `said` with those of `full_name` where one of the two is missing.
    """
    memory.keep()
    out["record_id"] = text.numbers(whole(leads.column("record_id")), np.int64)
    if said is None:
        for number, called in enumerate(pieces(whole(leads.column("name")))):
            put_names(out.part(slice(number * AT_ONCE, (number + 1) * AT_ONCE)), names(called))
    else:
        put_called(out, said, text.cells(whole(leads.column("full_name"))))
    own = [whole(leads.column(name)) for name in OWN[1:]]
    for number, cells in enumerate(zip(*(pieces(values) for values in own), strict=True)):
        _read(out.part(slice(number * AT_ONCE, (number + 1) * AT_ONCE)), *cells)


def _read(out: Columns, email: Cells, phone: Cells, profile: Cells) -> None:
    """Read what is not empty: of most columns a third is."""
    at, cells = email.filled()
    mail = mailboxes(cells)
    put(out, at, {"email": mail.email, "letters": mail.letters, "digits": mail.digits, "domain": mail.domain})
    put(out, at, {"mail_label": mail.label})
    out.fields["flags"][at] |= (mail.is_free * IS_FREE).astype(np.uint8)
    complete(out, at, mail.email, text.Cells(mail.plain.data, mail.local_starts, mail.local_ends))
    at, cells = profile.filled()
    page = profiles(cells)
    put(out, at, {"slug": page.slug, "member": page.member, "stem": page.stem})
    out.fields["flags"][at] |= (page.is_bare * IS_BARE).astype(np.uint8)
    complete(out, at, page.slug, page.stems)
    at, cells = phone.filled()
    put(out, at, {"phone": phones(cells)})


def strong_ids(leads: pa.Table | pa.RecordBatch, columns: Sequence[str]) -> Hashes:
    """Return hashes (records x columns) of ids that each belong to one person, 0 for none; see `evidence`."""
    found = [text.hashes(text.cells(whole(leads.column(name)))) for name in columns]
    return np.stack(found, axis=1) if found else np.empty((leads.num_rows, 0), dtype=np.uint64)


def _worded(values: pa.Array | pa.ChunkedArray) -> NDArray[np.uint32]:
    """Return hashes of letters and digits alone: "VP, Sales" is "vp sales"."""
    words, places = distinct(values)
    plain = letters_of(text.cells(words))
    known: Cells = plain.kept(plain.data >= 48)
    return np.concatenate([text.short(text.hashes(known)), _UNKNOWN]).take(places)


def _countries(values: pa.Array | pa.ChunkedArray) -> NDArray[np.uint16]:
    words, places = distinct(values)
    codes = [country_code(value) for value in words.to_pylist()]
    numbers = [ord(code[0]) << 8 | ord(code[1]) if code else 0 for code in codes]
    return np.array([*numbers, 0], dtype=np.uint16)[places]
