"""What the frequency table says of each record: how rare its values are, which of its ids are several people's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.identity.engine.columns import Columns
from pipeline.identity.engine.keying import BITS, among, bucket, full_name
from pipeline.identity.engine.reference import ASSUMED, COUNTED, SHARED, organisations

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.identity.engine.columns import Spread
    from pipeline.identity.engine.features import Features
    from pipeline.identity.engine.reference import Counts, Firms, Reference

SHARES = {"given": 1 / 256, "surname": 1 / 4096, "title": 1 / 128, "city": 1 / 128}
"""Share of the assumed records that has any one value."""
RARITY = np.dtype(
    [
        ("org", "<u4"),
        ("other_org", "<u4"),
        *((f"{name}_bits", "u1") for name in (*COUNTED, "org", "other_org", "phone")),
        ("name_log", "u1"),
        *((f"is_{name}_shared", "u1") for name in SHARED),
    ]
)


def rarities(rows: Features, reference: Reference, firms: Firms | None = None, spread: Spread = map) -> Columns:
    """Return what the frequency table says about each record; `firms`: their organisations, if these are known."""
    firms = organisations(rows, reference) if firms is None else firms
    out: dict[str, NDArray[Any]] = {"org": firms[0], "other_org": firms[1]}

    def said(name: str) -> NDArray[Any]:
        if name.startswith("is_"):
            field = name.removeprefix("is_").removesuffix("_shared")
            return among(rows[field], reference.shared[field]).astype(np.uint8)
        if name == "name_log":
            whole, common = full_name(rows), reference.counts["name"]
            times = np.maximum(common[bucket(whole, len(common))], 1).astype(np.float32)
            return np.where(whole == 0, 0, np.clip(np.log2(times) * BITS, 0, 255)).astype(np.uint8)
        field = name.removesuffix("_bits")
        is_org = field in out
        return _bits(out[field] if is_org else rows[field], reference, "org" if is_org else field)

    kinds = tuple(name for name in RARITY.names or () if name not in out)
    out.update(zip(kinds, list(spread(said, kinds)), strict=True))
    return Columns({name: out[name] for name in RARITY.names or ()})


def _bits(values: NDArray[np.unsignedinteger], reference: Reference, name: str) -> NDArray[np.uint8]:
    counts = reference.counts[name]
    times = counts.take(bucket(values, len(counts)))
    most = int(times.max(initial=0))
    if most >= len(values):
        bits = _rarity(times, reference, name)
    else:  # Fewer frequencies than records: the logarithm of each is taken once.
        bits = _rarity(np.arange(most + 1, dtype=counts.dtype), reference, name).take(times)
    bits *= values != 0
    return bits


def _rarity(times: Counts, reference: Reference, name: str) -> NDArray[np.uint8]:
    """Return the bits of values that stand in so many records."""
    frequency = np.maximum(times.astype(np.float32) + np.float32(ASSUMED * SHARES.get(name, 0.0)), 1)
    bits = np.log2(np.float32(reference.records + ASSUMED) / frequency)
    return np.asarray(np.clip(bits * BITS, 0, 255), dtype=np.uint8)
