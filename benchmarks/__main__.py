"""All figures in one table, each with its limit, and each ratio measured in one run.

    python benchmarks                        # all of it
    python benchmarks --quick                # smaller histories and batches, without their limits; fewer turns
    python benchmarks startup gen            # some of it
    python benchmarks --markdown > table.md

Ratios of start-up are of the least of many turns, all others of medians; each file here says what it measures and how,
and runs alone, too. Other programs are installed from the package index, each into an environment of its own below
`--peers`; so is ours. What cannot be measured here says why in the table. Ends with 1 where a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import batch as batches
import completion
import gen as drawing
import history
import peers
import startup
from figures import Absent, Figure, Table, duration, machine, ratio

FOLDER = peers.ROOT / ".venv-peers"


class Wanted(NamedTuple):
    """Where environments are kept, and whether a rough look is enough."""

    folder: Path
    quick: bool


def startups(wanted: Wanted) -> Iterator[Figure | Absent]:
    """Short commands, of ours and of others."""
    script = peers.ours(wanted.folder)
    yield from startup.figures(script, script.with_name("python"), 10 if wanted.quick else 40, wanted.folder)


def tabs(wanted: Wanted) -> Iterator[Figure | Absent]:
    """Completion."""
    yield from completion.figures(30 if wanted.quick else 100)


def gens(wanted: Wanted) -> Iterator[Figure | Absent]:
    """Four drafts."""
    needed("curl")
    command = [str(peers.ours(wanted.folder))]
    yield from drawing.figures(command, 5 if wanted.quick else 15)
    if not wanted.quick:
        yield from drawing.figures(command, 3, drawing.USUAL)


def rows(wanted: Wanted) -> Iterator[Figure | Absent]:
    """Batches."""
    needed("curl")
    count, runs, many, latency = (200, 1, 1000, 0.5) if wanted.quick else (500, 3, 10_000, 0.5)
    with drawing.service(latency) as base_url:
        batches.batch(1, 1, base_url)
        for jobs, ideal_limit, curl_limit in ((25, batches.TO_IDEAL_AT_25, None), (100, None, batches.TO_CURL_AT_100)):
            turns = [(batches.batch(count, jobs, base_url), batches.curl(count, jobs, base_url)) for _ in range(runs)]
            ours, theirs = (statistics.median(one.seconds for one in side) for side in zip(*turns, strict=True))
            what = f"batch, {count} rows, {jobs} in flight"
            yield ratio(what, ours, -(-count // jobs) * latency, "the ideal", ideal_limit)
            yield ratio(what, ours, theirs, "curl, the same calls", curl_limit)
        memory = batches.batch(many, 100, base_url).memory
        yield Figure(f"batch, {many:,} rows: memory", memory, batches.MEMORY, "MB", f"{batches.FILES} open files")


def notebook(wanted: Wanted) -> Iterator[Figure | Absent]:
    """The history."""
    needed("rg")
    drafts = 100_000 if wanted.quick else 1_000_000
    with history.histories(drafts) as (large, small):
        yield from history.figures(large, small, drafts, 3 if wanted.quick else 7, slow=False)


def sheets(wanted: Wanted) -> Iterator[Figure | Absent]:
    """Contact sheets."""
    import sheet

    needed("vips", "vipsthumbnail")
    count, times = (40, 2) if wanted.quick else (100, 5)
    with tempfile.TemporaryDirectory() as scratch:
        for suffix, limit in sheet.LIMITS.items():
            folder = Path(scratch, suffix)
            drafts = sheet.write_drafts(folder, suffix, count)
            turns = [(sheet.ours(folder, suffix), sheet.theirs(folder, suffix, drafts)) for _ in range(times + 1)][1:]
            ours, theirs = (statistics.median(run.seconds for run in side) for side in zip(*turns, strict=True))
            row = ratio(f"sheet of {count} drafts, {suffix.upper()}", ours, theirs, "vips, no captions", limit)
            yield row._replace(value=statistics.median(mine.seconds / vips.seconds for mine, vips in turns))


def embeddings(wanted: Wanted) -> Iterator[Figure | Absent]:
    """What made a picture, written into it."""
    import embedding

    with tempfile.TemporaryDirectory() as scratch:
        for name, options in embedding.KINDS.items():
            source, copy, target = (Path(scratch, f"{stem}-{name}") for stem in ("source", "copy", "embedded"))
            embedding.photo().save(source, **options)
            plain, embedded = embedding.median(
                25 if wanted.quick else 101,
                lambda s=source, c=copy: shutil.copyfile(s, c),  # type: ignore[misc]
                embedding.embedding(source, target),
            )
            if embedding.pixels(source) != embedding.pixels(target):
                raise SystemExit(f"{name}: pixels changed")
            yield ratio(f"prompt and seed into {name}", embedded, plain, "a copy", embedding.LIMIT)


def previews(wanted: Wanted) -> Iterator[Figure | Absent]:
    """Thumbnails on the terminal."""
    import preview

    with tempfile.TemporaryDirectory() as folder:
        plain = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "TMUX", "STY"}}
        plain |= {"SEEDREAM_HISTORY": f"{folder}/history.jsonl", "SEEDREAM_SANDBOX": "1", "TERM": "xterm-256color"}
        subprocess.run(preview.COMMAND, cwd=folder, env=plain, check=True, capture_output=True)
        for way in preview.WAYS:
            environment = plain | {"SEEDREAM_GRAPHICS": way}
            turns = [
                [preview.seconds(folder, environment, "--reuse", option) for option in ("--no-preview", "--preview")]
                for _ in range(3 if wanted.quick else 10)
            ][1:]
            without, shown = (statistics.median(side) for side in zip(*turns, strict=True))
            told = f"{duration(shown)}; without: {duration(without)}"
            yield Figure(f"preview of 4 drafts, {way}: added", shown - without, preview.LIMIT, "s", told)


def pages(wanted: Wanted) -> Iterator[Figure | Absent]:
    """The gallery's page, in a browser."""
    import gallery

    drafts = 200 if wanted.quick else 1000
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        gallery.hang(home, gallery.paint(home), drafts)
        gallery.seedream(home, "gallery", "--all", "-o", "page.html", history="many.jsonl")
        opened = statistics.median(gallery.opened(home / "page.html", drafts))
        yield Figure(f"gallery of {drafts} drafts opens in Chromium", opened, gallery.LIMIT, "s")


SECTIONS: dict[str, Callable[[Wanted], Iterator[Figure | Absent]]] = {
    "startup": startups,
    "completion": tabs,
    "gen": gens,
    "batch": rows,
    "history": notebook,
    "sheet": sheets,
    "embedding": embeddings,
    "preview": previews,
    "gallery": pages,
}
"""In this order: the largest memory of a process counts that of the one that started it, and pictures fill that."""

SIZED = frozenset({"batch", "history", "sheet", "gallery"})
"""What has its limits for the full sizes alone."""


def needed(*programs: str) -> None:
    """Raise `peers.AbsentError` where a program is not here."""
    for program in programs:
        if shutil.which(program) is None:
            raise peers.AbsentError(f"{program} is not installed here")


def main() -> int:
    """Measure all that is wanted, and tell."""
    parser = argparse.ArgumentParser(prog="python benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"{', '.join(SECTIONS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="a rough look: less of everything")
    parser.add_argument("--peers", type=Path, default=FOLDER, metavar="FOLDER", help="where others are installed")
    parser.add_argument("--markdown", action="store_true", help="print a table for a page")
    given = parser.parse_args()
    for section in given.sections:
        if section not in SECTIONS:
            parser.error(f"no such section '{section}': {', '.join(SECTIONS)}")
    began = time.monotonic()
    print(f"{machine()}\n")
    table = Table(markdown=given.markdown)
    for section in (each for each in SECTIONS if not given.sections or each in given.sections):
        try:
            for row in SECTIONS[section](Wanted(given.peers.resolve(), given.quick)):
                if given.quick and section in SIZED and isinstance(row, Figure):
                    row = row._replace(limit=None)  # noqa: PLW2901 - the same row, without what does not hold for it
                table.add(row)
        except (ImportError, AttributeError, peers.AbsentError) as error:
            table.add(Absent(section, str(error)))
    print(f"\n{table.missed} limits missed; {(time.monotonic() - began) / 60:.1f} minutes")
    return int(table.missed > 0)


if __name__ == "__main__":
    sys.exit(main())
