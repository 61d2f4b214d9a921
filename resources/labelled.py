"""The labelled sample of leads: who is who among 2,400 synthetic people, shipped in `data/samples/labelled/`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.errors import ConfigurationError

FOLDER = Path(__file__).resolve().parents[1] / "data" / "samples" / "labelled"
LEADS, TRUTH = "leads.parquet", "truth.parquet"


def fingerprint(folder: Path = FOLDER) -> str:
    """Return twelve hex digits of the sample's files.

    Raises:
        ConfigurationError: a file is missing.
    """
    digest = hashlib.sha256()
    for name in (LEADS, TRUTH):
        path = folder / name
        if not path.is_file():
            raise ConfigurationError(
                f"{path} is missing: the identity engine is judged on it; python -m benchmarks.leads.labelled makes it"
            )
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
