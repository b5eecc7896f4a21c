"""What a mirror answers: files and their parts, a registry's reading half, git without a server of its own."""

import hashlib
import json
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.manifest import Kind
from carbon_fleet.mirror.repository import Repository
from carbon_fleet.mirror.server import Server
from carbon_fleet.mirror.shelf import Shelf
from carbon_fleet.mirror.trouble import MirrorTrouble
from tests.mirror_upstream import git

CONTENT = bytes(range(256)) * 40
SHA256 = hashlib.sha256(CONTENT).hexdigest()
INDEX = "application/vnd.oci.image.index.v1+json"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    depot = Depot(tmp_path / "mirror")
    with depot.building():
        made = Shelf(depot)
        made.put("/files/x/a%20b.bin", Kind.FILE, CONTENT, "https://x/a%20b.bin", "application/octet-stream")
        made.put("/v2/docker.io/library/a/manifests/1", Kind.IMAGE, CONTENT, "docker.io", INDEX)
        depot.write(made.manifest("lab", ()))
    return made


@pytest.fixture
def url(shelf: Shelf) -> Iterator[str]:
    server = Server(shelf.depot.folder, ("127.0.0.1", 0), lambda _: None)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ask(url: str, method: str = "GET", **headers: str) -> tuple[int, Message, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=named, method=method)) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def test_a_file_is_answered_whole(url: str) -> None:
    status, headers, body = ask(f"{url}/files/x/a%20b.bin")
    assert (status, body, headers["ETag"]) == (200, CONTENT, f'"{SHA256}"')
    assert ask(f"{url}/files/x/a%20b.bin?ignored=1")[2] == CONTENT


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=100-", 206, CONTENT[100:]),
        ("bytes=0-0", 206, CONTENT[:1]),
        ("bytes=5-9", 206, CONTENT[5:10]),
        ("bytes=-7", 206, CONTENT[-7:]),
        ("bytes=0-999999", 200, CONTENT),
        ("lines=1-2", 200, CONTENT),
        (f"bytes={len(CONTENT)}-", 416, b""),
    ],
)
def test_a_part_is_answered_where_one_is_asked_for(url: str, wanted: str, status: int, part: bytes) -> None:
    got, headers, body = ask(f"{url}/files/x/a%20b.bin", Range=wanted)
    assert (got, body) == (status, part)
    if got == 206:
        begin = CONTENT.index(part) if len(part) > 256 else len(CONTENT) - 7 if wanted == "bytes=-7" else int(wanted[6])
        assert headers["Content-Range"] == f"bytes {begin}-{begin + len(part) - 1}/{len(CONTENT)}"


def test_what_a_client_has_already_is_not_sent(url: str) -> None:
    assert ask(f"{url}/files/x/a%20b.bin", If_None_Match=f'"{SHA256}"')[0] == 304


def test_it_is_a_registry_for_those_who_read(url: str) -> None:
    assert ask(f"{url}/v2/")[::2] == (200, b"{}")
    for method in ("GET", "HEAD"):
        status, headers, body = ask(f"{url}/v2/docker.io/library/a/manifests/1", method)
        assert (status, body) == (200, CONTENT if method == "GET" else b"")
        assert headers["Content-Type"] == INDEX
        assert headers["Docker-Content-Digest"] == f"sha256:{SHA256}"
        assert headers["Content-Length"] == str(len(CONTENT))
    for path, code in (("manifests/2", "MANIFEST_UNKNOWN"), (f"blobs/sha256:{'0' * 64}", "BLOB_UNKNOWN")):
        status, _, body = ask(f"{url}/v2/docker.io/library/a/{path}")
        assert (status, json.loads(body)["errors"][0]["code"]) == (404, code)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nobody_writes(url: str, method: str) -> None:
    assert ask(f"{url}/v2/docker.io/library/a/manifests/1", method)[0] == 501


@pytest.mark.parametrize("path", ["/../seen.json", "/blobs/sha256/00", "/%2e%2e/etc/passwd", "//etc/passwd", "/mirror"])
def test_nothing_but_the_manifests_paths_is_answered(url: str, path: str) -> None:
    assert ask(url + path)[0] == 404


def test_a_new_manifest_is_in_force_at_once_and_a_broken_one_never(url: str, shelf: Shelf) -> None:
    assert ask(f"{url}/files/new")[0] == 404
    shelf.put("/files/new", Kind.FILE, b"new", "https://x/new", "text/plain")
    (shelf.depot.partial).mkdir(exist_ok=True)
    shelf.depot.write(shelf.manifest("lab", ()))
    assert ask(f"{url}/files/new")[2] == b"new"
    (shelf.depot.folder / "mirror.json").write_text("{")
    assert ask(f"{url}/files/new")[2] == b"new"


def test_git_clones_from_it(url: str, shelf: Shelf, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "-q", "-b", "main")
    (source / "x.rb").write_text("one\n")
    git(source, "add", "-A")
    git(source, "commit", "-q", "-m", "one")
    git(source, "tag", "1.0")
    repository = Repository(shelf.depot.git / "owner/name.git", str(source), "owner/name")
    assert repository.update(lambda _path, text: text.replace("one", "two"))
    assert not repository.update(lambda _path, text: text)
    repository.shelve(shelf)
    shelf.depot.write(shelf.manifest("lab", ()))
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", f"{url}/git/owner/name.git", str(clone)], check=True)
    assert (clone / "x.rb").read_text() == "two\n"
    assert git(clone, "tag").split() == ["1.0"]
    assert git(clone, "rev-parse", "1.0").strip() == git(source, "rev-parse", "HEAD").strip()


def test_a_cut_off_update_of_a_repository_is_done_again(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    git(source, "init", "-q", "-b", "main")
    git(source, "commit", "-q", "--allow-empty", "-m", "one")
    repository = Repository(tmp_path / "bare.git", str(source), "owner/name")
    assert repository.update()
    git(source, "commit", "-q", "--allow-empty", "-m", "two")
    git(tmp_path / "bare.git", "fetch", "-q", str(source), "+refs/heads/main:refs/upstream/head")
    assert repository.update()
    assert git(tmp_path / "bare.git", "rev-parse", "HEAD") == git(source, "rev-parse", "HEAD")


def test_a_folder_that_is_no_mirror_is_not_served(tmp_path: Path) -> None:
    with pytest.raises(MirrorTrouble, match="holds no mirror"):
        Server(tmp_path, ("127.0.0.1", 0), lambda _: None)
