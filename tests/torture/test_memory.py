"""Bombs: whatever an answer or a picture unpacks to, the program stays small."""

import pytest
from support.torture import figures
from support.torture.house import House, OwnService

MOST = 200 << 20
BOMBS = [
    ("special: bomb", "usable: as usual"),
    ("unusable: 17 MB of space", "usable: as usual"),
    ("unusable: endless body", "usable: as usual"),
    ("unusable: header of 1 MB", "usable: as usual"),
    ("unusable: deep objects", "usable: as usual"),
    ("usable: plain", "spoilt: 900 megapixels"),
    ("usable: plain", "spoilt: pixels of 256 MB"),
    ("usable: plain", "spoilt: 65 MB"),
    ("usable: plain", "spoilt: gzip bomb"),
    ("usable: plain", "spoilt: endless"),
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("answer", "download"), figures.some(BOMBS, 1))
def test_a_bomb_takes_less_than_200_mb(answer: str, download: str, house: House, own_service: OwnService) -> None:
    own_service.faults(1, answers=1.0, downloads=1.0, only=[answer], only_downloads=[download])
    run = house.run("gen", "a fox", "--yes", "--timeout", "40", patience=200)
    assert run.status in {8, 9}, run
    assert not run.timed_out
    assert run.peak < MOST, f"{run.peak >> 20} MB"
    figures.tell("memory", answer=answer, download=download, peak_mb=run.peak >> 20)
