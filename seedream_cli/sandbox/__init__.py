"""The images API imitated on this machine: no key, no network, no bill.

    with Sandbox(faults="503, reset-billed") as sandbox:
        print(sandbox.base_url)      # http://127.0.0.1:PORT/v1
        ...
        print(sandbox.ledger.billed_images)

Whatever a client can see of the real service is imitated: fields, limits, errors, prices, quota headers,
addresses that expire. Any key but an empty one is accepted; none is kept. Beyond the API there is
`GET /sandbox/ledger`, which says as JSON what would have been billed. A prompt with `[blocked]` in it is
answered 451; one of more than 32,000 characters 413.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from typing import TYPE_CHECKING, Final, Self

from seedream_cli import catalog
from seedream_cli.sandbox.faults import FaultScriptError, Script, known_faults, parse_script
from seedream_cli.sandbox.ledger import Entry, Ledger, Totals
from seedream_cli.sandbox.pictures import Painter
from seedream_cli.sandbox.server import LOOPBACK, MAX_CONNECTIONS, LoopbackServer
from seedream_cli.sandbox.service import NOTICE, Service, Settings, Surroundings
from seedream_cli.sandbox.wire import Patience

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = [
    "NOTICE",
    "Entry",
    "FaultScriptError",
    "Ledger",
    "Painter",
    "Patience",
    "Sandbox",
    "Totals",
    "known_faults",
    "parse_script",
]

_MAX_PORT: Final = 65_535
_MAX_RANDOM_SEED: Final = 2**31
_POLL_SECONDS: Final = 0.05
_WAIT_SECONDS: Final = 0.5


class Sandbox:
    """A running imitation of the API on 127.0.0.1; a context manager, usable once."""

    def __init__(
        self,
        *,
        port: int = 0,
        latency: float = 0.0,
        ttl: float = float(catalog.URL_LIFETIME_SECONDS),
        balance: float | None = None,
        concurrency: int | None = None,
        faults: str | None = None,
        clock: Callable[[], float] = time.time,
        painter: Painter | None = None,
        patience: Patience | None = None,
        max_connections: int = MAX_CONNECTIONS,
    ) -> None:
        """Prepare a server; nothing listens before `start`.

        Args:
            port: TCP port, 0 for a free one.
            latency: seconds before a generation is answered; it is billed after them.
            ttl: seconds that a picture's address lives.
            balance: US dollars on the account, or None for 100 that never go down.
            concurrency: generations that may be in flight at once (429 beyond), or None for any number.
            faults: what shall go wrong: a script, or `@FILE` for a file of it.
            clock: Unix time in seconds.
            painter: paints pictures; by default the sandbox's own, which needs Pillow.
            patience: how long clients may take.
            max_connections: how many may be open at once.

        Raises:
            FaultScriptError: the script cannot be used.
            ValueError: any other value out of its range.
        """
        _check(port=port, latency=latency, ttl=ttl, balance=balance, concurrency=concurrency)
        settings = Settings(latency, ttl, balance, concurrency, Script() if faults is None else parse_script(faults))
        self._stopping = threading.Event()
        surroundings = Surroundings(
            clock=clock,
            pause=self._stopping.wait,
            load_painter=_own_painter if painter is None else lambda: painter,
            new_id=_new_id,
            new_seed=_new_seed,
            secret=secrets.token_bytes(32),
        )
        self._service = Service(settings, surroundings)
        self._port = port
        self._clock = clock
        self._patience = patience or Patience()
        self._max_connections = max_connections
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def ledger(self) -> Ledger:
        """Requests and bills so far; stays readable after the stop."""
        return self._service.ledger

    @property
    def port(self) -> int:
        """Port that it listens on.

        Raises:
            RuntimeError: it was not started.
        """
        if self._server is None:
            raise RuntimeError("the sandbox was not started")
        return self._port

    @property
    def base_url(self) -> str:
        """Base URL for clients, `http://127.0.0.1:PORT/v1`.

        Raises:
            RuntimeError: it was not started.
        """
        return f"http://{LOOPBACK}:{self.port}/v1"

    def start(self) -> Self:
        """Listen, and serve from a thread in the background.

        Raises:
            OSError: the port is taken or may not be used.
            RuntimeError: it was started before.
        """
        if self._server is not None:
            raise RuntimeError("the sandbox was started before")
        self._server = LoopbackServer(
            self._port,
            self._service,
            self._stopping,
            patience=self._patience,
            max_connections=self._max_connections,
            clock=self._clock,
        )
        self._port = self._server.port
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), name="seedream-sandbox", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening, end every connection and every wait; does nothing the second time."""
        if self._server is None or self._thread is None or self._stopping.is_set():
            return
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._server.say_goodbye()
        self._thread.join()

    def wait(self) -> None:
        """Block until `stop` is called or the user interrupts (KeyboardInterrupt)."""
        # In short waits: on Windows an endless one cannot be interrupted.
        while not self._stopping.wait(_WAIT_SECONDS):
            pass

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def _check(*, port: int, latency: float, ttl: float, balance: float | None, concurrency: int | None) -> None:
    if not 0 <= port <= _MAX_PORT:
        raise ValueError(f"port must be from 0 to {_MAX_PORT}")
    for name, seconds in (("latency", latency), ("ttl", ttl)):
        if not (math.isfinite(seconds) and 0 <= seconds <= 1e9):
            raise ValueError(f"{name} must be seconds, 0 or more")
    if balance is not None and not (math.isfinite(balance) and 0 <= balance <= 1e9):
        raise ValueError("balance must be US dollars, 0 or more")
    if concurrency is not None and concurrency < 1:
        raise ValueError("concurrency must be 1 or more")


def _new_id() -> str:
    return secrets.token_hex(16)


def _new_seed() -> int:
    return secrets.randbelow(_MAX_RANDOM_SEED)


def _own_painter() -> Painter:
    # Imported with the first picture: Pillow takes longer to load than all the rest.
    from seedream_cli.sandbox.painter import paint

    return paint
