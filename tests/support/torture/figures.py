"""How large a proof is, by one variable, and where its figures go by another.

SEEDREAM_PROOF=full runs everything; otherwise a short part, chosen by SEEDREAM_PROOF_SEED (default 1).
SEEDREAM_PROOF_FIGURES names a file that each proof adds one line of JSON to.
"""

import json
import os
import random
from collections.abc import Sequence
from typing import Any, TypeVar

FULL = os.environ.get("SEEDREAM_PROOF") == "full"
SEED = int(os.environ.get("SEEDREAM_PROOF_SEED", "1"))
Case = TypeVar("Case")


def sized(short: int, full: int) -> int:
    """How many cases to try."""
    return full if FULL else short


def some(cases: Sequence[Case], short: int) -> list[Case]:
    """All cases, or a few chosen by the seed."""
    return list(cases) if FULL else random.Random(SEED).sample(list(cases), short)


def tell(proof: str, **figures: Any) -> None:
    """Put down what was counted."""
    line = json.dumps({"proof": proof, "seed": SEED, "full": FULL, **figures})
    print(line)  # noqa: T201 - shown with pytest -s, and where the proof fails
    if place := os.environ.get("SEEDREAM_PROOF_FIGURES"):
        with open(place, "a") as file:
            file.write(line + "\n")
