"""Make the pictures of previews: what kitty shows after drawing, itself and with tmux in it.

Run from the top of a checkout in which the package is installed: `python docs/pictures/terminals.py`. Needs Xvfb,
kitty, tmux, and ImageMagick's `import` (Debian: xvfb kitty tmux imagemagick).
"""

import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).parent
COMMAND = 'seedream gen "An ink-wash mountain at dawn, soft mist" -n 4 --seed 7'
SIZE = 960, 430
PATIENCE = 60.0

SESSION = """#!/bin/sh
seedream() {{ {python} -m seedream_cli "$@"; }}
printf '$ %s\\n' {shown}
{command} 2>&1
touch {done}
sleep 60
"""


@contextmanager
def display() -> Iterator[str]:
    """A screen that nobody sees."""
    ours, theirs = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(theirs), "-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24"],
        pass_fds=[theirs],
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs)
    try:
        with os.fdopen(ours) as told:
            yield f":{told.readline().strip()}"
    finally:
        server.terminate()
        server.wait()


def shoot(name: str, scratch: Path, *, inside: list[str]) -> None:
    """Run the session in a terminal, and keep a picture of it."""
    folder = scratch / name
    folder.mkdir()
    done = folder / "done"
    session = folder / "session"
    text = SESSION.format(
        python=shlex.quote(sys.executable), shown=shlex.quote(COMMAND), command=COMMAND, done=shlex.quote(str(done))
    )
    session.write_text(text)
    session.chmod(0o755)
    with display() as screen:
        environment = {name: value for name, value in os.environ.items() if name not in {"TMUX", "STY", "NO_COLOR"}}
        environment |= {
            "DISPLAY": screen,
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "SEEDREAM_HISTORY": str(folder / "history.jsonl"),
            "SEEDREAM_SANDBOX": "1",
        }
        look = {
            "font_size": "10.5",
            "background": "#1b1d22",
            "window_padding_width": "6",
            "hide_window_decorations": "yes",
        }
        look |= {
            "remember_window_size": "no",
            "term": "xterm-256color",
            "initial_window_width": str(SIZE[0]),
            "initial_window_height": str(SIZE[1]),
        }
        options = [part for key, value in look.items() for part in ("-o", f"{key}={value}")]
        command = ["kitty", "--config", "NONE", *options, *inside, str(session)]
        terminal = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.DEVNULL)
        try:
            wait_for(done)
            shot = folder / "shot.png"
            subprocess.run(["import", "-display", screen, "-window", "root", str(shot)], check=True)
        finally:
            terminal.terminate()
            terminal.wait()
    with Image.open(shot) as image:
        image.convert("RGB").save(FOLDER / f"preview-{name}.jpg", quality=86, optimize=True)


def wait_for(path: Path) -> None:
    """Wait until the session has come to its end, and the terminal has had time to draw that."""
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        if time.monotonic() > deadline:
            raise SystemExit("the terminal did not come to the end of its session")
        time.sleep(0.1)
    time.sleep(2)


def main() -> None:
    """Make both pictures."""
    with tempfile.TemporaryDirectory() as scratch:
        shoot("kitty", Path(scratch), inside=[])
        tmux = ["tmux", "-S", str(Path(scratch, "socket")), "-f", str(Path(scratch, "tmux.conf"))]
        Path(scratch, "tmux.conf").write_text('set -g status off\nset -ga terminal-overrides ",*:RGB"\n')
        try:
            shoot("tmux", Path(scratch), inside=[*tmux, "new-session"])
        finally:
            subprocess.run([*tmux, "kill-server"], stderr=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    main()
