"""From a paid answer to a file on the disk, as users see it."""

import hashlib
import io
import os
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image
from support import pictures
from support.batches import let_urls_die
from support.program import Home, Launch
from support.replies import (
    CANARY_COOKIE,
    CANARY_KEY,
    CANARY_SIGNATURE,
    FORBIDDEN_URLS,
    LONG_URL,
    SPOILT_DOWNLOADS,
    at_service,
    drip,
    error,
    hold,
    ok,
    ok_b64,
    picture,
)
from support.service import Proxy, Service

from seedream_cli.saving.picture import read_facts

DAY = 24 * 60 * 60


def names(home, folder="drafts"):
    """Names of the files in a folder of the home."""
    return [path.name for path in home.files(folder)]


def shown(result):
    """The JSON of the one draft."""
    [one] = result.objects
    return one


def noisy(side):
    """A picture of about three bytes a pixel."""
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(3 * side * side)).save(file, "PNG", compress_level=0)
    return file.getvalue()


@pytest.mark.parametrize("embed", ["--embed", "--no-embed"])
@pytest.mark.parametrize("pulled", [False, True])
def test_a_secret_that_the_service_writes_into_a_picture_is_not_saved(
    home: Home, service: Service, embed: str, pulled: bool
) -> None:
    text = f"asked with {CANARY_KEY}, signed {CANARY_SIGNATURE}".encode()
    holding = pictures.with_text(pictures.png(1024, 1024), b"Source", text)
    service.always_download(error(403) if pulled else picture(holding))
    result = home.gen("a fox", "--json", embed).expect(9 if pulled else 0)
    if pulled:
        service.always_download(picture(holding))
        result = home.run("history", "pull", "--json", embed).expect(0)
    saved = Path(shown(result)["path"]).read_bytes()
    assert b"Source" in saved
    assert CANARY_KEY.encode() not in saved
    assert CANARY_SIGNATURE.encode() not in saved
    assert "the service had written a secret into the picture: it is blacked out" in result.talk
    with Image.open(io.BytesIO(saved)) as image:
        image.load()
    home.run("history", "verify").expect(0)


def mounted(folder, size):
    """Whether a small file system could be put there."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def disk(home):
    """A folder for a small file system, taken away in the end."""
    yield home.work / "disk"
    subprocess.run(["umount", "-l", home.work / "disk"], check=False, capture_output=True)


# What comes


def test_spoilt_pictures_stay_pending_and_leave_nothing(home, service):
    chosen = [
        "403 expired",
        "410",
        "wrong bytes: html",
        "wrong bytes: cut",
        "404",
        "500",
        "cut without a length",
        "900 megapixels",
    ]
    chosen += [name for name in SPOILT_DOWNLOADS if name.startswith("redirect")]
    for seed, name in enumerate(chosen, 100):
        service.on_picture_of_seed(seed, *[SPOILT_DOWNLOADS[name]] * 8)
    service.on_picture_of_seed(100 + len(chosen), picture())
    result = home.gen("a fox", "-n", str(len(chosen) + 1), "--seed", "100", "-j", "32", "-y", "--json").expect(9)
    statuses = {one["seed"]: (one["status"], one["path"]) for one in result.objects}
    saved = statuses.pop(100 + len(chosen))
    assert saved[0] == "saved"
    assert set(statuses.values()) == {("pending", None)}
    assert len(statuses) == len(chosen)
    assert [str(path) for path in home.files()] == [saved[1]]
    assert CANARY_SIGNATURE.encode() not in result.output
    assert b"history pull" in result.stderr
    per_seed = [sum(asked.seed == 100 + at for asked in service.downloads) for at in range(len(chosen))]
    assert max(per_seed) <= 8
    assert per_seed[:6] == [1, 1, 4, 4, 4, 4]
    assert all(one["cost_usd"] == 0.012 for one in result.objects)


def test_a_picture_that_comes_at_the_third_attempt_is_saved(home, service):
    service.script_downloads(error(500), error(503))
    one = shown(home.gen("a fox", "--seed", "7", "--json").expect(0))
    assert one["status"] == "saved"
    assert len(service.downloads) == 3
    assert names(home) == [f"a-fox-7-{one['id']}.png"]


def test_the_time_ends_a_dripping_download_as_a_whole(home, service):
    service.always_download(drip(picture(pictures.png(64, 64)), 0.05, "body"))
    result = home.gen("a fox", "--timeout", "0.6").expect(9)
    assert "did not come within 0.6 s" in result.talk
    assert home.files() == []
    assert 1 <= len(service.downloads) <= 4


def test_answers_with_forbidden_urls_are_paid_for_and_pending(home, service):
    odd = ["https://xn--a/1.png", "http://[64:ff9b::a9fe:a9fe]/", "https://0177.0.0.1/", "https://127.1/", LONG_URL]
    forbidden = [*FORBIDDEN_URLS.values(), *odd]
    for seed, url in enumerate(forbidden):
        service.on_seed(seed, ok(urls=[at_service(url, service.address)]))
    result = home.gen("a fox", "-n", str(len(forbidden)), "--seed", "0", "-y", "-j", "16", "--json").expect(9)
    assert [(one["status"], one["path"]) for one in result.objects] == [("pending", None)] * len(forbidden)
    assert service.billed == service.connections == len(forbidden)
    assert service.downloads == []
    assert home.files() == []
    assert CANARY_SIGNATURE.encode() not in result.output


def test_a_url_on_this_machine_is_not_fetched_where_the_api_is_elsewhere(tmp_path):
    inner = Service()
    with inner, Service(tls=True, origin=inner.address) as far, Proxy(("127.0.0.1", far.port)) as proxy:
        home = far_home(tmp_path, far, proxy)
        one = shown(home.gen("a fox", "--json").expect(9))
        assert one["status"] == "pending"
        assert inner.connections == 0


def far_home(tmp_path, far, proxy, **env):
    """A home whose service is elsewhere, reached through a proxy."""
    return Home(
        tmp_path / "far",
        {
            "SEEDREAM_BASE_URL": "https://llm.bytespike.ai/v1",
            "BYTESPIKE_API_KEY": CANARY_KEY,
            "HTTPS_PROXY": proxy.url,
            "SSL_CERT_FILE": str(far.ca_pem),
        }
        | env,
    )


def test_a_download_elsewhere_carries_no_secret_of_the_user(tmp_path):
    with Service(tls=True, origin="https://cdn.bytespike.ai") as far, Proxy(("127.0.0.1", far.port)) as proxy:
        home = far_home(tmp_path, far, proxy, NETRC=str(tmp_path / "netrc"))
        (tmp_path / "netrc").write_text("default login canary password CANARYPASSWORD\n")
        (tmp_path / "netrc").chmod(0o600)
        shutil.copy(tmp_path / "netrc", home.root / ".netrc")
        home.gen("a fox", "-n", "2").expect(0)
        assert len(far.downloads) == 2
        for asked in far.downloads:
            assert {name.lower() for name, _ in asked.headers} == {
                "host",
                "accept",
                "accept-encoding",
                "connection",
                "user-agent",
            }
            assert asked.header("host") == "cdn.bytespike.ai"
            for secret in (CANARY_KEY, CANARY_COOKIE, "CANARYPASSWORD"):
                assert secret.encode() not in asked.head
        assert all(head.startswith(b"CONNECT ") for head in proxy.requests)
        assert not any(b"Authorization" in head or b"sk-byts" in head for head in proxy.requests)


def test_a_private_address_is_asked_only_where_the_configuration_excepts_it(home, service):
    with Service(tls="untrusted") as private:
        service.always(ok(urls=[f"https://0.0.0.0:{private.port}/img/7-0-0.png"]))
        assert "private network" in home.gen("a fox").expect(9).talk
        assert private.connections == 0
        home.configure('download_hosts = ["0.0.0.0"]\n')
        with home.start("gen", "a fox") as running:
            private.wait_until(lambda: private.failed_handshakes > 0, "a connection")
            running.kill()


def test_downloads_on_this_machine_go_round_every_proxy(home, service):
    with Proxy() as proxy:
        env = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"), proxy.url)
        home.gen("a fox", env=env).expect(0)
        assert proxy.requests == []


def test_a_proxy_that_cannot_be_used_is_told_and_the_picture_waits(home, service):
    service.always(ok(urls=["https://cdn.bytespike.ai/img/7-0-0.png"]))
    result = home.gen("a fox", env={"HTTPS_PROXY": "gopher://127.0.0.1:1"}).expect(9)
    assert "proxy" in result.talk
    assert home.drafts()[0]["status"] == "pending"


def test_pictures_and_bombs_of_any_size_fit_into_little_memory(home, service):
    bombs = ["65 MB", "endless"]
    for seed, name in enumerate(bombs, 1):
        service.on_picture_of_seed(seed, *[SPOILT_DOWNLOADS[name]] * 4)
    service.on_picture_of_seed(3, picture(noisy(2600)))
    launch = Launch(limits={"RLIMIT_AS": 400 << 20})
    more = {"env": {"MALLOC_ARENA_MAX": "1"}, "launch": launch, "timeout": 60}
    result = home.gen("a fox", "-n", "3", "--seed", "1", "--json", **more).expect(9)
    statuses = {one["seed"]: one["status"] for one in result.objects}
    assert statuses == {1: "pending", 2: "pending", 3: "saved"}
    assert len(home.files()) == 1


# Where it goes


def test_an_output_is_replaced_only_by_a_whole_picture(home, service):
    path = home.work / "out.png"
    path.write_bytes(b"old")
    service.script_downloads(error(403))
    home.gen("a fox", "-o", "out.png").expect(9)
    assert path.read_bytes() == b"old"
    assert home.files() == [path]
    result = home.gen("a fox", "-o", "out.png", "--seed", "7", "--no-embed").expect(0)
    assert result.lines == ["out.png"]
    assert path.read_bytes() == service.picture_of(7)


WRONG_OUTPUTS = [
    "-",
    "",
    "folder",
    "new/",
    "new/..",
    "link.png",
    "dangling.png",
    "fifo",
    "/dev/null",
    "x" * 256,
    "x" * 252 + ".{ext}",
    "{x}.png",
    "{id.__class__}.png",
    "{",
    "../data/history.jsonl",
    "../config/config.toml",
    "../.config/seedream/keys.json",
    "../data/history.jsonl.d/0123456789ab.answer",
    "{slug}.{ext}/../link.png",
]


@pytest.mark.parametrize("output", WRONG_OUTPUTS, ids=lambda output: output[:30])
def test_an_output_that_cannot_be_costs_nothing(output, home, service):
    (home.work / "folder").mkdir()
    (home.work / "mine.png").write_bytes(b"mine")
    (home.work / "link.png").symlink_to("mine.png")
    (home.work / "dangling.png").symlink_to("missing.png")
    os.mkfifo(home.work / "fifo")
    before = sorted(home.work.iterdir())
    home.gen("a fox", "-o", output, *["--dry-run"][: len(output) % 2]).expect(2)
    assert service.posts == 0
    assert sorted(home.work.iterdir()) == before
    assert not home.history_path.exists()
    assert (home.work / "mine.png").read_bytes() == b"mine"


def test_two_drafts_for_one_place_cost_nothing(home, service):
    for output in ("{slug}.png", "{ext}", "{index}/../a.png"):
        home.gen("a fox", "-n", "2", "-o", output).expect(2)
    home.gen("a fox", "-n", "2", "--one-request", "-o", "{seed}.png").expect(2)
    assert service.posts == 0


def test_several_drafts_are_numbered_in_the_order_of_their_seeds(home, service):
    home.gen("a fox", "-n", "3", "--seed", "5", "-o", "a.b/out.tar.png", "--no-embed").expect(0)
    assert names(home, "a.b") == ["out.tar-1.png", "out.tar-2.png", "out.tar-3.png"]
    for index, seed in enumerate((5, 6, 7), 1):
        assert (home.work / f"a.b/out.tar-{index}.png").read_bytes() == service.picture_of(seed)


def test_a_template_makes_folders_and_the_extension_is_that_of_the_bytes(home, service):
    service.always_download(picture(pictures.painted("JPEG", (1024, 1024)), "image/png"))
    result = home.gen("../../etc/a fox", "--seed", "7", "-o", "{model}/{ext}/{slug}-{seed}.{ext}").expect(0)
    assert result.lines == ["seedream-v5lite/jpg/etc-a-fox-7.jpg"]
    assert home.files() == [home.work / result.lines[0]]


def test_a_suffix_that_is_wrong_and_a_size_that_was_not_asked_for_are_warned_about(home, service):
    service.always_download(picture(pictures.png(640, 480)))
    result = home.gen("a fox", "-o", "out.jpg").expect(0)
    assert "warning: out.jpg: the file is named .jpg, its bytes are PNG" in result.talk
    assert "640x480, not 1024x1024" in result.talk
    assert (home.work / "out.jpg").exists()


def test_a_copy_whose_suffix_is_wrong_is_warned_about_whether_it_lies_there_already_or_not(home, service):
    home.gen("a fox", "--seed", "1").expect(0)
    for _ in range(2):
        result = home.gen("a fox", "--seed", "1", "--reuse", "-o", "out.jpg").expect(0)
        assert "warning: out.jpg: the file is named .jpg, its bytes are PNG" in result.talk
    (home.work / "rows.txt").write_text("a fox\n")
    result = home.run("batch", "rows.txt", "--seed", "1", "-o", "{index}.webp").expect(0)
    assert "warning: 1.webp: the file is named .webp, its bytes are PNG" in result.talk
    assert service.posts == 1


@pytest.mark.parametrize(
    "prompt",
    ["山水画" + "🦊" * 3000, "../../../con", "-", "\u202e[/x]\x1b[2J\na"],
    ids=["long", "path", "dash", "hostile"],
)
def test_any_prompt_gives_a_safe_name_in_the_folder(prompt, home, service):
    [path] = home.gen("-", "-d", "out/deep", "--json", stdin=prompt.encode()).expect(0).objects
    folder, name = os.path.split(path["path"])
    assert folder == str(home.work / "out/deep")
    assert len(name.encode()) <= 200
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert names(home, "out/deep") == [name]


@pytest.mark.parametrize("kind", ["file in its place", "file above it", "dangling link", "too long"])
def test_a_folder_that_cannot_be_made_costs_nothing(kind, home, service):
    (home.work / "file").write_bytes(b"mine")
    (home.work / "dangling").symlink_to("missing")
    places = {
        "file in its place": "file",
        "file above it": "file/a",
        "dangling link": "dangling",
        "too long": "x" * 300,
    }
    home.gen("a fox", "-d", places[kind]).expect(10)
    assert service.posts == 0
    assert home.history() == []
    assert (home.work / "file").read_bytes() == b"mine"


def test_a_disk_that_is_full_costs_nothing(home, service, disk):
    if not mounted(disk, "64k"):
        pytest.skip("nothing may be mounted here")
    home.gen("a fox", "-d", "disk").expect(10)
    home.gen("a fox", "-o", "disk/a.png").expect(10)
    assert service.posts == 0
    assert list(disk.iterdir()) == []


def test_a_disk_that_runs_full_leaves_the_picture_pending_and_the_old_one_intact(home, service, disk):
    if not mounted(disk, "2m"):
        pytest.skip("nothing may be mounted here")
    (disk / "a.png").write_bytes(b"old")
    service.always_download(picture(noisy(1024)))
    one = shown(home.gen("a fox", "-o", "disk/a.png", "--json").expect(9))
    assert one["status"] == "pending"
    assert "No space left" in one["error"]["message"]
    assert [path.name for path in disk.iterdir()] == ["a.png"]
    assert (disk / "a.png").read_bytes() == b"old"


def test_a_limit_on_the_length_of_files_leaves_the_picture_pending(home, service):
    service.always_download(picture(noisy(512)))
    result = home.gen("a fox", launch=Launch(limits={"RLIMIT_FSIZE": 200_000})).expect(9)
    assert "File too large" in result.talk
    assert home.files() == []
    home.gen("a fox", launch=Launch(limits={"RLIMIT_FSIZE": 4096})).expect(10)
    assert service.posts == 1


def test_a_folder_that_is_removed_meanwhile_is_made_again(home, service):
    service.script(hold(ok()))
    with home.start("gen", "a fox", "-d", "out/deep") as running:
        service.wait_for_posts(1)
        shutil.rmtree(home.work / "out")
        service.release()
        result = running.wait().expect(0)
    assert home.files() == [home.work / result.lines[0]]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_pictures_follow_the_umask_and_the_history_does_not(umask, mode, home):
    result = home.gen("a fox", launch=Launch(umask=umask)).expect(0)
    assert stat.S_IMODE((home.work / result.lines[0]).stat().st_mode) == mode
    assert stat.S_IMODE(home.history_path.stat().st_mode) == 0o600


def test_a_killed_run_leaves_a_part_that_a_run_a_day_later_clears_away(home, service):
    service.script_downloads(drip(picture(pictures.png(64, 64)), 0.05, "body"))
    with home.start("gen", "a fox") as running:
        service.wait_for_downloads(1)
        running.kill()
    [part] = home.files("drafts")
    assert part.name.startswith(".seedream-")
    assert part.name.endswith(".part")
    home.gen("a fox").expect(0)
    assert part.exists()
    os.utime(part, (time.time() - DAY - 60,) * 2)
    home.gen("a fox").expect(0)
    assert not part.exists()
    assert len(home.files("drafts")) == 2


# What is in it


@pytest.mark.parametrize("embed", ["--embed", "--no-embed"])
def test_the_history_has_the_hash_of_the_file_as_it_lies_there(embed, home, service):
    one = shown(home.gen("a fox", "--seed", "7", embed, "--json").expect(0))
    data = Path(one["path"]).read_bytes()
    assert one["sha256"] == hashlib.sha256(data).hexdigest()
    assert one["bytes"] == len(data)
    assert (data == service.picture_of(7)) == (embed == "--no-embed")
    facts = read_facts(io.BytesIO(data))
    if embed == "--embed":
        assert (facts.prompt, facts.seed, facts.id, facts.created) == ("a fox", 7, one["id"], one["created"])
        assert b"trainedAlgorithmicMedia" in data
    else:
        assert facts is None
    assert CANARY_SIGNATURE.encode() not in data


def test_a_stand_in_of_the_sandbox_is_not_said_to_be_made_by_a_model(offline_home):
    one = shown(offline_home.gen("a fox", "--sandbox", "--json").expect(0))
    data = Path(one["path"]).read_bytes()
    assert b"trainedAlgorithmicMedia" not in data
    assert read_facts(io.BytesIO(data)).prompt == "a fox"


def test_a_picture_with_a_provenance_manifest_is_left_byte_for_byte(home, service):
    whole = pictures.png(1024, 1024)
    signed = whole[:33] + pictures.chunk(b"caBX", b"\0\0\0\x20jumb" + bytes(24)) + whole[33:]
    service.always_download(picture(signed))
    one = shown(home.gen("a fox", "--json").expect(0))
    assert Path(one["path"]).read_bytes() == signed


def test_a_picture_inside_the_answer_is_saved_like_any_other(home, service):
    service.script(ok_b64())
    one = shown(home.gen("a fox", "--seed", "7", "--no-embed", "--json").expect(0))
    assert Path(one["path"]).read_bytes() == service.picture_of(7)
    assert service.downloads == []
    assert home.holding(service.picture_of(7)) == [home.work / "drafts" / os.path.basename(one["path"])]


def test_bytes_inside_the_answer_that_are_no_picture_are_an_outcome_unknown_and_kept(home, service):
    service.script(ok_b64(pictures.HTML))
    result = home.gen("a fox").expect(8)
    assert "no usable picture" in result.talk
    assert result.seconds < 3
    assert home.files() == []
    (draft,) = home.drafts()
    assert draft["status"] == "unknown"
    assert next(home.history_path.parent.rglob("*.answer")).stat().st_mode & 0o777 == 0o600


# Drawn already


def test_an_intact_picture_is_given_back_and_copied_where_it_is_wanted(home, service):
    [first] = home.gen("a fox", "--seed", "7").expect(0).lines
    data = (home.work / first).read_bytes()
    again = ("a fox", "--seed", "7", "--reuse")
    assert home.gen(*again).expect(0).lines == [first]
    assert home.gen(*again, "-o", "new/b.png").expect(0).lines == ["new/b.png"]
    [other] = home.gen(*again, "-d", "other").expect(0).lines
    assert os.path.dirname(other) == "other"
    for path in ("new/b.png", other, first):
        assert (home.work / path).read_bytes() == data
    assert service.posts == 1
    assert len(home.files()) == 3


@pytest.mark.parametrize("change", ["changed", "cut", "missing", "FIFO"])
@pytest.mark.parametrize("url", ["lives", "is dead"])
def test_a_picture_that_is_no_longer_there_whole_is_fetched_again_or_drawn(url, change, home, service):
    [first] = home.gen("a fox", "--seed", "7").expect(0).paths
    path = home.work / first
    data = path.read_bytes()
    path.unlink()
    match change:
        case "changed":
            path.write_bytes(pictures.flipped(data))
        case "cut":
            path.write_bytes(data[:-1])
        case "FIFO":
            os.mkfifo(path)
    if url == "is dead":
        let_urls_die(home)
    [second] = home.gen("a fox", "--seed", "7", "--reuse").expect(0).paths
    assert (home.work / second).read_bytes() == data or url == "is dead"
    assert (second == first) == (change == "missing" and url == "lives")
    assert service.posts == (1 if url == "lives" else 2)


def test_a_copy_that_cannot_be_made_is_an_error_of_this_machine_and_costs_nothing(home, service):
    home.gen("a fox", "--seed", "7").expect(0)
    (home.work / "file").write_bytes(b"mine")
    home.gen("a fox", "--seed", "7", "--reuse", "-o", "file/a.png").expect(10)
    home.gen("a fox", "--seed", "7", "--reuse", "-d", "file").expect(10)
    assert service.posts == 1
    assert (home.work / "file").read_bytes() == b"mine"
