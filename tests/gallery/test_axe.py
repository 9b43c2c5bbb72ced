"""The page under axe, where somebody has it: `AXE_CORE=…/axe.min.js pytest tests/gallery/test_axe.py` (npm: axe-core).

It is not among the test's dependencies: no package of the registry that the rest comes from keeps it up to date.
"""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from support import past
from support.browser import Visit, visited
from support.gallery import hang, served
from support.program import Home

AXE = os.environ.get("AXE_CORE")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "color_scheme": "dark"}


def finds_nothing(visit: Visit) -> None:
    visit.page.evaluate(Path(str(AXE)).read_text())
    found = visit.page.evaluate("() => axe.run(document)")
    assert len(found["passes"]) > 15
    assert [(each["id"], each["impact"], each["nodes"][0]["target"]) for each in found["violations"]] == []


@pytest.mark.skipif(AXE is None, reason="AXE_CORE does not say where axe.min.js is")
@pytest.mark.parametrize("window", [{"color_scheme": "light"}, PHONE], ids=["light desktop", "dark phone"])
def test_axe_finds_nothing(home: Home, browser: Browser, window: dict[str, Any]) -> None:
    family = [past.asked(1), past.asked(2, "a grey fox", parent="draft0000001", tags=("picked", "poster"))]
    hang(home, [*family, past.asked(3, tags=("rejected",)), past.asked(4)])
    home.gen("a lighthouse", "--seed", "9").expect(0)
    with served(home) as page, visited(browser, page.url, **window) as visit:
        finds_nothing(visit)
        visit.page.get_by_text("More filters").click()
        finds_nothing(visit)
        for keys, name in [
            (["5", "Enter"], "viewer"),
            (["Escape", "ArrowRight", "ArrowRight", "c"], "viewer"),
            (["Escape", "d"], "duel"),
            (["ArrowLeft", "Enter"], "duel"),
            (["Escape", "r"], "rerun"),
            (["Escape", "?"], "help"),
        ]:
            if keys[0] == "5":
                visit.begin()
            visit.press(*keys)
            expect(visit.dialog(name)).to_be_visible()
            finds_nothing(visit)
