"""`leadflow` and `python -m assets`: run the command line and turn our errors into exit codes."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line; exit with the code of the error, whose message is one clear sentence."""
    # Read by Dagster when it is imported, so it must be set before any command starts.
    os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    from assets.absent import without_pandas  # after the environment is set
    from assets.cli import app
    from pipeline.errors import LeadflowError

    try:
        with without_pandas():
            app()
    except LeadflowError as error:
        sys.stderr.write(f"leadflow: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    except Exception as error:
        # Also Dagster's own files may be the ones that the disk does not take.
        from resources.disk import as_full_disk

        full = as_full_disk(error)
        if full is None:
            raise
        sys.stderr.write(f"leadflow: {full}\n")
        sys.exit(full.exit_code)


if __name__ == "__main__":
    main()
