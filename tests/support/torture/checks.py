"""Quick checks of one promise each: they hold for the package as it is, and must fail for a planted bug."""

import random
import threading
from base64 import b64encode
from collections.abc import Callable
from urllib.parse import quote

from support import pictures
from support.replies import CANARY_KEY, CANARY_SIGNATURE
from support.torture.audit import audit, leftovers, records
from support.torture.house import House, OwnService, Run, Stage
from support.torture.mutations import acting, hostile
from support.torture.powerloss import Disk, outcomes
from support.torture.sweep import SCENARIOS, Sweep

Check = Callable[[House, OwnService], None]
QUICK = ("--yes", "--timeout", "3", "--max-wait", "2")


def only(service: OwnService, answer: str = "usable: plain", download: str = "usable: as usual") -> None:
    """From now on every answer and every download is this one."""
    service.faults(0, answers=1.0, downloads=1.0, only=[answer], only_downloads=[download])


def gen(house: House, *argv: str, **how: object) -> Run:
    run = house.run("gen", "a fox", *argv, *QUICK, **how)
    assert not run.timed_out, run
    assert b"Traceback" not in run.stderr, run
    return run


def rows(house: House, count: int) -> None:
    (house.work / "rows.txt").write_text("".join(f"row {number}\n" for number in range(count)))


def lost_answer(house: House, service: OwnService) -> None:
    only(service, "unusable: reset before headers")
    assert gen(house).status == 8
    assert service.posts == 1
    assert audit(house, service.ledger).sound


def unusable_answer(house: House, service: OwnService) -> None:
    only(service, "unusable: html")
    assert gen(house).status == 8
    assert service.posts == 1


def power(house: House, service: OwnService) -> None:
    service.faults(0)
    disk = Disk()
    disk.begin(house.root)
    run = house.traced("gen", "a fox", "-n", "2", *QUICK, record=True)
    assert run.status == 0, run
    told = 0
    for call in run.calls:
        if call["name"] == "sendto" and bytes.fromhex(call["data"]).startswith(b"POST"):
            told += 1
            for how in outcomes(disk, house.root, random.Random(1), 0):
                listed = house.run("history", "list", "--all", "--json")
                assert len(listed.objects) >= told, (how, listed)
        disk.apply(call)
    for how in outcomes(disk, house.root, random.Random(1), 2):
        found = audit(house, service.ledger, parts=True, commands=False)
        assert found.sound, (how, found)
        assert found.kept["saved"] == 2, (how, found)


def kills(house: House, service: OwnService) -> None:
    sweep = Sweep(SCENARIOS["gen"], house, service, house.root.parent / "aside")
    for place, run in sweep.points({"do": "kill"}, lambda at: at % 3 == 0):
        found = place.audit(sweep.scenario, parts=True, commands=False)
        assert found.sound, (run, found)
        fetched = [line for line in service.ask({"do": "downloads"})[-2:] if line]
        recorded, _ = records(house)
        known = {record["id"] for record in recorded if record["kind"] in {"answer", "saved"}}
        asked = [record for record in recorded if record["kind"] == "intent" and record["prompt"] == place.prompt]
        seeds = {record["seed"] for record in asked if record["id"] not in known}
        assert not seeds & {seed for seed, _ in fetched}, (run, "fetched before its URL was recorded")


def redirect(house: House, service: OwnService) -> None:
    only(service, "special: redirect")
    assert gen(house).status == 7
    assert service.ask({"do": "others"}) == []


def download_headers(house: House, service: OwnService) -> None:
    only(service)
    gen(house)
    fetched = [data.lower() for method, target, data in service.requests if target.startswith("/img/")]
    assert fetched
    assert not any(b"x-api-key" in data or b"cookie" in data or b"authorization" in data for data in fetched)


def cap(house: House, service: OwnService) -> None:
    only(service, "special: slow")
    rows(house, 12)
    run = house.run("batch", "rows.txt", "--max-cost", "0.05", "--jobs", "12", *QUICK)
    assert run.status == 4, run
    assert sum(line["billed"] for line in service.ledger) <= 4


def daily_cap(house: House, service: OwnService) -> None:
    only(service)
    assert house.run("config", "set", "daily_cap", "0.05").status == 0
    rows(house, 12)
    run = house.run("batch", "rows.txt", "--jobs", "12", *QUICK)
    assert run.status == 4, run
    assert sum(line["billed"] for line in service.ledger) <= 4


def hostile_text(house: House, service: OwnService) -> None:
    only(service)
    lot = random.Random(5)
    for _ in range(12):
        text = "".join(
            character for character in hostile(lot) if character != "\0" and not 0xD800 <= ord(character) < 0xE000
        )
        house.run("gen", f"x\x9b2J\x1b[31m{text}", "--seed", "1", *QUICK)
    run = house.run("history", "list", "--all")
    text = (run.stdout + run.stderr).decode()
    assert run.stdout
    assert not acting(text, "\n\t"), acting(text, "\n\t")


def repair(house: House, service: OwnService) -> None:
    only(service)
    gen(house)
    with house.history_path.open("ab") as file:
        file.write(b"garbage\n")
    before = house.history_path.read_bytes()
    assert house.run("history", "repair").status == 0
    copies = [
        path.read_bytes()
        for path in house.history_path.parent.rglob("*")
        if path != house.history_path and path.is_file()
    ]
    assert before in copies


def link(house: House, service: OwnService) -> None:
    only(service)
    gen(house)
    victim = house.work / "victim"
    victim.write_text("mine")
    house.history_path.with_name("history.jsonl.rewriting").symlink_to(victim)
    house.run("history", "forget", "last")
    assert victim.read_text() == "mine"


def bomb(house: House, service: OwnService) -> None:
    only(service, "special: bomb")
    run = house.run("gen", "a fox", "--yes", "--timeout", "50", patience=60)
    assert run.status == 8, run
    assert b"larger than" in run.stderr, run
    assert run.peak < 200 << 20, f"{run.peak >> 20} MB"


def long_wait(house: House, service: OwnService) -> None:
    only(service, "special: come back in an hour")
    assert gen(house, patience=15).status == 6


def no_money(house: House, service: OwnService) -> None:
    only(service, "special: 402")
    rows(house, 30)
    run = house.run("batch", "rows.txt", "--jobs", "2", *QUICK)
    assert run.status == 4, run
    assert service.posts <= 4


def twins(house: House, service: OwnService) -> None:
    only(service, "special: slow")
    rows(house, 6)
    with Stage(house.stage.package) as other:
        second = House(house.root, other, house.env["SEEDREAM_BASE_URL"])
        both = [
            threading.Thread(target=each.run, args=("batch", "rows.txt", "--jobs", "1", *QUICK))
            for each in (house, second)
        ]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
    assert sum(line["billed"] for line in service.ledger) == 6


def unknown_again(house: House, service: OwnService) -> None:
    only(service, "unusable: reset mid body")
    rows(house, 3)
    for _ in range(2):
        assert house.run("batch", "rows.txt", *QUICK).status == 8
    assert service.posts == 3


def raw_kept(house: House, service: OwnService) -> None:
    only(service, "unusable: html")
    gen(house)
    kept = list(house.history_path.parent.rglob("*.answer"))
    assert len(kept) == 1
    assert b"Access denied" in kept[0].read_bytes()


def modes(house: House, service: OwnService) -> None:
    only(service, "unusable: html")
    gen(house)
    found = audit(house, service.ledger)
    assert found.sound, found


def spoilt(house: House, service: OwnService) -> None:
    only(service, download="spoilt: wrong bytes: bit flipped in the end")
    assert gen(house).status == 9
    assert not list(house.work.rglob("*.png"))


def left_behind(house: House, service: OwnService) -> None:
    only(service, download="spoilt: 404")
    gen(house)
    assert not leftovers(house)


def sha(house: House, service: OwnService) -> None:
    only(service)
    gen(house)
    found = audit(house, service.ledger)
    assert found.sound, found


def forms(secret: str) -> list[bytes]:
    """A secret as it may be written anywhere: plain, base64 (at each of three places), URL-encoded, hexadecimal."""
    plain = secret.encode()
    shifted = [b64encode(bytes(shift) + plain).rstrip(b"=")[2 * shift :][:-2][2:] for shift in range(3)]
    percent = "".join(f"%{byte:02X}" for byte in plain).encode()
    return [
        plain,
        plain[8:],
        *shifted,
        quote(secret, safe="").encode(),
        percent,
        plain.hex().encode(),
        plain.hex().upper().encode(),
    ]


def found_in(secret: str, data: bytes) -> bool:
    """Whether a secret stands in some data in any form."""
    return any(form in data for form in forms(secret))


def secrets(house: House, service: OwnService) -> None:
    only(service, "free: echoing 400")
    outputs = [gen(house), gen(house, "--verbose"), gen(house, "--json")]
    only(service, "special: signed")
    outputs += [gen(house), gen(house, "--json")]
    only(service, "unusable: secrets echoed")
    outputs += [gen(house), house.run("history", "list", "--json"), house.run("history", "export", "--json")]
    said = b"".join(run.stdout + run.stderr for run in outputs)
    assert not found_in(CANARY_KEY, said)
    assert not found_in(CANARY_SIGNATURE, said)
    for path in house.root.rglob("*"):
        if path.is_file():
            assert not found_in(CANARY_KEY, path.read_bytes()), path


def proxy(house: House, service: OwnService) -> None:
    only(service)
    assert gen(house, env={"HTTP_PROXY": "http://127.0.0.1:9", "ALL_PROXY": "http://127.0.0.1:9"}).status == 0


def private(house: House, service: OwnService) -> None:
    only(service, "special: private address")
    run = gen(house)
    assert run.status == 9
    assert b"private network" in run.stderr, run


def drips(house: House, service: OwnService) -> None:
    only(service, "special: drips")
    run = gen(house, patience=12)
    assert run.status == 8, run


def torn(house: House, service: OwnService) -> None:
    only(service)
    gen(house)
    with house.history_path.open("ab") as file:
        file.write(b'{"v":1,"id":"cut off')
    gen(house)
    found = audit(house, service.ledger)
    assert found.sound, found


def short(house: House, service: OwnService) -> None:
    sweep = Sweep(SCENARIOS["gen"], house, service, house.root.parent / "aside")
    for place, run in sweep.points({"do": "short"}, lambda _: True, ["write", "copy_file_range"]):
        found = place.audit(sweep.scenario, parts=False, commands=False)
        assert found.sound, (run, found)
        assert found.kept["saved"] == 2, (run, found)


def interrupt(house: House, service: OwnService) -> None:
    only(service, "special: slow")
    reference = house.traced("gen", "a fox", "-n", "6", "-j", "1", *QUICK, record=True)
    first = next(call["number"] for call in reference.calls if call["name"] == "sendto")
    before = service.posts
    run = house.traced("gen", "a fox", "-n", "6", "-j", "1", *QUICK, fault={"do": "signal", "at": first, "number": 2})
    assert run.status == 130, run
    assert service.posts - before <= 2, service.posts - before


def forget(house: House, service: OwnService) -> None:
    only(service)
    house.run("gen", "a telling prompt", *QUICK)
    assert house.run("history", "forget", "last").status == 0
    assert b"telling" not in house.history_path.read_bytes()


def kept_file(house: House, service: OwnService) -> None:
    only(service, download="spoilt: 404")
    gen(house)
    victim = house.work / "mine.png"
    recorded = house.history_path.read_bytes()
    changed = recorded.replace(b'"kept":null', b'"kept":"' + str(victim).encode() + b'"')
    if changed == recorded:
        changed = recorded.replace(b'"url":"', b'"kept":"' + str(victim).encode() + b'","url":"', 1)
    house.history_path.write_bytes(changed.replace(b'"url":"http', b'"url":null,"old":"http'))
    victim.write_bytes(pictures.png(16, 16))
    house.run("history", "pull")
    assert victim.exists()


def reuse(house: House, service: OwnService) -> None:
    only(service)
    gen(house, "--seed", "4")
    picture = next(house.work.rglob("*.png"))
    drawn = picture.read_bytes()
    picture.write_bytes(bytes(len(drawn)))
    run = gen(house, "--seed", "4", "--reuse")
    assert run.status == 0, run
    assert (house.work / run.stdout.decode().strip()).read_bytes() == drawn
    assert service.posts == 1


CHECKS: dict[str, Check] = {
    "lost_answer": lost_answer, "unusable_answer": unusable_answer, "power": power, "kills": kills,
    "redirect": redirect, "download_headers": download_headers, "cap": cap, "daily_cap": daily_cap,
    "hostile": hostile_text, "repair": repair,
    "link": link, "bomb": bomb, "long_wait": long_wait, "no_money": no_money, "twins": twins, "raw_kept": raw_kept,
    "unknown_again": unknown_again, "modes": modes, "spoilt": spoilt, "leftovers": left_behind, "hash": sha,
    "secrets": secrets, "proxy": proxy, "private": private, "drip": drips, "torn": torn, "short": short,
    "interrupt": interrupt, "forget": forget, "kept_file": kept_file, "reuse": reuse,
}  # fmt: skip
