"""`python -m resources.sandbox`: the sandbox as a process of its own.

Prints one JSON line {"url", "environment"} when it listens; stops, and saves its state, on SIGTERM, SIGINT
or, if asked, when its standard input closes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from resources.sandbox.faults import NAMED
from resources.sandbox.server import Sandbox, address, environment, listener, serve

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from resources.sandbox.server import Server


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m resources.sandbox", description=__doc__)
    parser.add_argument("--people", type=int, default=2000, help="size of the world (default 2000)")
    parser.add_argument("--seed", type=int, default=7, help="seed of the world (default 7)")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")
    parser.add_argument("--state", type=Path, default=None, help="file that keeps the state between starts")
    parser.add_argument("--faults", choices=sorted(NAMED), default="none", help="what goes wrong on purpose")
    parser.add_argument("--time-scale", type=float, default=60.0, help="divides limits and lives (default 60)")
    parser.add_argument("--until-stdin-closes", action="store_true", help="stop when standard input closes")
    return parser.parse_args(words)


def _stop_with_input(server: Server) -> None:
    while os.read(0, 4096):
        pass
    server.should_exit = True


def main(words: Sequence[str] | None = None) -> int:
    """Run until told to stop; 0 when stopped, 2 when it could not start."""
    wanted = _arguments(words)
    try:
        sandbox = Sandbox(
            people=wanted.people,
            seed=wanted.seed,
            state_path=wanted.state,
            time_scale=wanted.time_scale,
            faults=wanted.faults,
        )
        bound = listener(wanted.port)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"sandbox: {error}\n")
        return 2
    with bound:
        bound.listen(256)
        server = serve(sandbox)

        def stop(_: int, __: FrameType | None) -> None:
            server.should_exit = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        url = address(bound)
        sys.stdout.write(json.dumps({"url": url, "environment": environment(sandbox, url)}) + "\n")
        sys.stdout.flush()
        if wanted.until_stdin_closes:
            threading.Thread(target=_stop_with_input, args=(server,), daemon=True).start()
        server.run(sockets=[bound])
        sandbox.save()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
