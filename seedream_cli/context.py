"""Everything ambient in one object: environment, streams, clock, chance, and what is made from them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from seedream_cli.terminal.console import Console

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from seedream_cli.history import History
    from seedream_cli.settings.config import Config


class Context:
    """What a command needs from outside; tests make one of their own.

    Args:
        environment: variables.
        clock: returns Unix time in seconds.
        chance: returns a random number of 0 to 1.

    Attributes:
        console: both output streams.
        hurried: whether the process is to end without waiting for its threads.
    """

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self.environment: Mapping[str, str] = os.environ if environment is None else environment
        self.clock = clock
        self.chance = chance or _random
        self.console = Console(self.environment)
        self.hurried = False
        self._config: Config | None = None

    @property
    def config(self) -> Config:
        """The configuration, read when it is first asked for."""
        if self._config is None:
            from seedream_cli.settings.config import read_config

            self._config = read_config(self.config_path)
        return self._config

    @property
    def config_path(self) -> Path:
        """Where the configuration lies, whether it exists or not."""
        from seedream_cli.settings.config import config_path

        return config_path(self.environment)

    def own_paths(self) -> Iterator[Path]:
        """Yield every file and folder of the program itself, whether it exists or not: no picture may replace them."""
        from seedream_cli.credentials.keyfile import keys_path

        history = self.history()
        yield from (history.path, history.folder, self.config_path, keys_path())

    @property
    def folder(self) -> str:
        """The folder for pictures where no option says another, as it was typed."""
        from seedream_cli.settings.config import DEFAULT_FOLDER

        return self.environment.get("SEEDREAM_DIR") or self.config.folder or DEFAULT_FOLDER

    @property
    def base_url(self) -> str:
        """The API's base URL as given, not yet checked."""
        from seedream_cli import catalog

        return self.environment.get("SEEDREAM_BASE_URL") or catalog.BASE_URL

    def history(self) -> History:
        """Return the history, which may not exist yet."""
        from seedream_cli.history import History
        from seedream_cli.settings.config import history_path

        return History(history_path(self.environment), self.clock)


def _random() -> float:
    from random import SystemRandom

    return SystemRandom().random()
