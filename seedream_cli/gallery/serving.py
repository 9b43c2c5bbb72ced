"""A served page from its first line on stdout to Ctrl-C: threads answer, the main thread draws."""

from __future__ import annotations

import secrets
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from seedream_cli.errors import LocalFileError
from seedream_cli.exits import ExitStatus
from seedream_cli.gallery.actions import Actions, Order
from seedream_cli.gallery.pictures import Small
from seedream_cli.gallery.server import GalleryServer
from seedream_cli.gallery.site import Site
from seedream_cli.history.upkeep import SMALL_PICTURES

if TYPE_CHECKING:
    from seedream_cli.context import Context
    from seedream_cli.gallery.shelf import Shelf
    from seedream_cli.options.redraw import RedrawOptions

_POLL: Final = 0.1
"""Seconds after which the server notices that it is to stop."""

_WAIT: Final = 0.5
"""Seconds of one wait of the main thread: on Windows an endless one cannot be interrupted."""

_ENDS: Final = (ExitStatus.INTERRUPTED, ExitStatus.TERMINATED)


def serve(context: Context, shelf: Shelf, options: RedrawOptions, *, port: int) -> ExitStatus:
    """Serve a page until interrupted.

    What is ordered on the page is drawn here, in the thread that gets the signals: so Ctrl-C means the same as for any
    other command that draws, and what is in flight is brought home.

    Args:
        context: of the command.
        shelf: what the page shows.
        options: with which reruns are drawn, where the page says nothing else.
        port: 0 for a free one.

    Raises:
        LocalFileError: where the port cannot be served.
        KeyboardInterrupt: while nothing is drawn.
    """
    todo: SimpleQueue[Order | BaseException] = SimpleQueue()
    actions = Actions(context, shelf, options, todo.put)
    small = Small(context.history().folder / SMALL_PICTURES)
    site = Site(shelf, actions, small, sandbox=options.sandbox)
    try:
        server = GalleryServer(site, secrets.token_urlsafe(32), port, on_bug=todo.put)
    except OSError as error:
        hint = "seedream gallery --serve --port 0   # a free one"
        raise LocalFileError(f"port {port} cannot be served: {error.strerror or error}", hint=hint) from error
    threading.Thread(target=server.serve_forever, args=(_POLL,), daemon=True).start()
    try:
        context.console.data(server.url)
        context.console.note("gallery: open that address in a browser of this machine; Ctrl-C ends it")
        return _work(actions, todo)
    finally:
        server.shutdown()
        server.server_close()


def _work(actions: Actions, todo: SimpleQueue[Order | BaseException]) -> ExitStatus:
    while True:
        try:
            order = todo.get(timeout=_WAIT)
        except Empty:
            continue
        if isinstance(order, BaseException):
            raise order
        status = actions.draw(order)
        if status in _ENDS:
            return status
