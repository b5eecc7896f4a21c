import base64
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Action, Change, World
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, Unreadable, read_snapshot
from carbon_fleet.spec import Mac
from operations.image import RESOURCE, ImageSeen, ImagesSeen, check, differences, read
from operations.image import catalogue as catalogue
from operations.image.recipe import context_tar, recipe_of, recipes
from operations.image.wish import Images
from operations.stack.wish import Stacks
from tests.unit.operations.made_images import TINY, forget, make_project
from tests.unit.operations.run_section import SHELLS, program, run_section

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "image"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return make_project(monkeypatch, tmp_path / "project", TINY)


@pytest.fixture(autouse=True)
def _forget() -> object:
    yield
    forget()


def a_mac(images: str = "{}", stacks: str = "[]", *, software: bool = False) -> Mac:
    wish, used = Images.model_validate_json(images), Stacks.model_validate_json(stacks)
    return Mac("m", accept_software_gpu=software, sections={"images": wish, "stacks": used})


def changes(mac: Mac, seen: ImagesSeen) -> list[Change]:
    found = list(differences(mac.section("images", Images), seen, World(mac, Snapshot("m", guest=Guest.REACHED))))
    assert all(isinstance(finding, Change) for finding in found)
    return [finding for finding in found if isinstance(finding, Change)]


def seen_of(mac: Mac) -> ImagesSeen:
    return tuple(ImageSeen(f"id-{r.name}", r.digest, (r.tag,)) for r in recipes(mac))


def section(name: str) -> Section:
    return read_snapshot("m", (TRANSCRIPTS / name).read_text().splitlines()).section("image")


def test_images_of_stacks_come_with_their_bases_first(project: Path) -> None:
    assert [r.name for r in recipes(a_mac())] == []
    assert [r.name for r in recipes(a_mac(stacks='["pair"]'))] == ["base", "top-most"]
    assert [r.name for r in recipes(a_mac(images='{"base": {}}'))] == ["base"]
    assert recipe_of("top-most", a_mac(images='{"base": {}}')) is None


def test_nothing_there_builds_all_with_exact_commands(project: Path) -> None:
    mac = a_mac('{"base": {"args": {"WORD": "two"}, "build_timeout": "5m"}}', '["pair"]')
    base = recipes(mac)[0]
    first, second = changes(mac, ())
    assert (first.address, first.action) == ("image.base", Action.CREATE)
    assert [(a.name, a.before, a.after) for a in first.attributes] == [
        ("inputs", None, base.digest),
        ("tag", None, base.tag),
    ]
    (command,) = first.commands
    assert command.argv[:2] == ("/bin/sh", "-c")
    assert command.argv[2] == assets.text("image/build.sh")
    assert str(command).split("BYTES COMMAND... …' ")[1] == (
        "sh 10240 podman build --format docker --layers --force-rm --pull=missing --network=host "
        "--label org.opencontainers.image.title=base --label 'org.opencontainers.image.description=A base.' "
        f"--label org.opencontainers.image.version={base.digest[:16]} "
        f"--label org.opencontainers.image.revision={base.digest} "
        f"--label io.carbon-fleet.inputs={base.digest} --tag localhost/carbon-fleet/base:{base.digest[:16]} "
        "--build-arg WORD=two"
    )
    assert (command.where, command.deadline) == ("guest", 300)
    assert str(second.commands[0]).endswith(f"--build-arg BASE={base.tag}")
    assert second.commands[0].deadline == 40 * 60


def test_context_is_every_file_but_the_definition_and_always_the_same_bytes(project: Path) -> None:
    first = context_tar("base")
    forget()
    assert context_tar("base") == first
    command = changes(a_mac('{"base": {}}'), ())[0].commands[0]
    assert command.stdin == base64.b64encode(first).decode()
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        rows = [(m.name, m.mode, m.mtime, m.uid, m.uname) for m in archive.getmembers()]
    assert rows == [("Containerfile", 0o644, 0, 0, ""), ("run", 0o755, 0, 0, "")]


def test_a_current_image_is_left_alone(project: Path) -> None:
    mac = a_mac(stacks='["pair"]')
    assert changes(mac, seen_of(mac)) == []


INPUTS = {
    "a file's content": lambda root: (root / "base/run").write_text("#!/bin/sh\nexec sleep 1\n"),
    "a file's mode": lambda root: (root / "base/run").chmod(0o644),
    "a file's name": lambda root: (root / "base/run").rename(root / "base/run2"),
    "a new file": lambda root: (root / "base/more").write_text("x"),
    "the Containerfile": lambda root: (root / "base/Containerfile").write_text("FROM scratch\n"),
    "an argument": lambda root: (root / "base/image.yml").write_text("description: A.\nargs: {WORD: two}\n"),
}


@pytest.mark.parametrize("change", INPUTS.values(), ids=INPUTS.keys())
def test_every_input_of_a_base_changes_it_and_what_is_made_from_it(project: Path, change: object) -> None:
    before = recipes(a_mac(stacks='["pair"]'))
    change(project / "files/images")  # type: ignore[operator]
    forget()
    after = recipes(a_mac(stacks='["pair"]'))
    assert [r.name for r in after] == [r.name for r in before]
    assert all(old.digest != new.digest for old, new in zip(before, after, strict=True))


def test_what_is_no_input_changes_nothing(project: Path) -> None:
    before = recipes(a_mac(stacks='["pair"]'))
    folder = project / "files/images/base"
    (folder / "image.yml").write_text('description: Other words.\nargs: {WORD: "one"}\n')
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__/x.pyc").write_text("x")
    (folder / ".DS_Store").write_text("x")
    forget()
    assert recipes(a_mac(stacks='["pair"]')) == before


def test_the_lab_overrides_software_overrides_the_image(project: Path) -> None:
    def arg(mac: Mac) -> str:
        return dict(recipes(mac)[0].args)["WORD"]

    assert arg(a_mac('{"base": {}}')) == "one"
    assert arg(a_mac('{"base": {}}', software=True)) == "soft"
    assert arg(a_mac('{"base": {"args": {"WORD": "mine"}}}', software=True)) == "mine"
    based = recipes(a_mac('{"base": {"base": "docker.io/library/debian:13"}}'))[0]
    assert dict(based.args) == {"WORD": "one", "BASE": "docker.io/library/debian:13"}


def test_drift_is_told_by_attribute(project: Path) -> None:
    mac = a_mac('{"base": {}}')
    (recipe,) = recipes(mac)
    old = "localhost/carbon-fleet/base:0000000000000000"
    table: list[tuple[ImagesSeen, Action, list[tuple[str, object]]]] = [
        ((), Action.CREATE, [("inputs", None), ("tag", None)]),
        ((ImageSeen("a", "other", (recipe.tag,)),), Action.UPDATE, [("inputs", "other")]),
        ((ImageSeen("a", "old", (old,)),), Action.UPDATE, [("inputs", "old"), ("tag", old)]),
        # A build's steps and images made from ours inherit the label: without the tag it is not the image.
        ((ImageSeen("a", recipe.digest, ()),), Action.CREATE, [("inputs", None), ("tag", None)]),
    ]
    for seen, action, attributes in table:
        (change,) = changes(mac, seen)
        assert (change.address, change.action) == ("image.base", action)
        assert [(a.name, a.before) for a in change.attributes] == attributes
        assert {a.after for a in change.attributes} <= {recipe.digest, recipe.tag}


def test_transcripts() -> None:
    assert read(section("podman-5.4-empty.txt")) == ()
    images = read(section("podman-5.4-converged.txt"))
    tagged = [image for image in images if image.tags]
    assert len(tagged) == 2
    assert all(tag.endswith(image.inputs[:16]) for image in tagged for tag in image.tags)
    assert sorted(image.containers for image in tagged) == [1, 2]
    assert all(len(image.id) == 64 for image in images)


def _section(out: str, status: int = 0, err: str = "") -> Section:
    return Section("image", blocks={"images": Block("images", status, (out,), (err,))})


def test_what_cannot_be_read_is_not_nothing() -> None:
    assert read(_section("null")) == ()
    assert read(_section('[{"Id": "x", "Labels": null, "Size": 7}]')) == (ImageSeen("x", "", size=7),)
    for section in (
        _section("", 124),
        _section("", 127, "podman: not found"),
        _section("not JSON"),
        _section('[{"Labels": {}}]'),
        _section('["x"]'),
        Section("image"),
    ):
        with pytest.raises(Unreadable):
            read(section)


def test_a_machine_to_come_has_no_images() -> None:
    assert RESOURCE.observe(Snapshot("m")) == ()


def test_mistakes_are_named(project: Path) -> None:
    def problems(text: str) -> list[tuple[tuple[str | int, ...], str, str]]:
        mac = a_mac(text)
        return [(p.path, p.what, p.write) for p in check(mac.section("images", Images), mac)]

    assert problems('{"base": {"args": {"WORD": "x"}, "base": "docker.io/library/debian:13"}}') == []
    assert problems('{"bass": {}}') == [(("images", "bass"), "there is no image `bass`", "write `base`")]
    assert problems('{"base": {"args": {"WORT": "x"}}}') == [
        (("images", "base", "args", "WORT"), "there is no build argument of base `WORT`", "write `WORD`")
    ]
    # Handed over by carbon-fleet itself: the base is an image of ours.
    assert problems('{"top-most": {"args": {"BASE": "x"}}}')[0][0] == ("images", "top-most", "args", "BASE")
    twice = '{"base": {"args": {"BASE": "x"}, "base": "docker.io/library/debian:13"}}'
    assert problems(twice)[0][:2] == (("images", "base", "base"), "the base is said twice")
    assert problems('{"top-most": {"base": "x"}}')[0][:2] == (
        ("images", "top-most", "base"),
        "top-most has no base to choose",
    )


@pytest.mark.parametrize("text", ["description: [", "", "description: A.\nbogus: 1\n"])
def test_a_broken_definition_of_our_own_is_an_error(project: Path, text: str) -> None:
    (project / "files/images/base/image.yml").write_text(text)
    forget()
    with pytest.raises(ValueError):
        catalogue.definition("base")


def test_the_projects_own_images_are_right() -> None:
    assert set(catalogue.names()) >= {"venus", "vulkan-check"}
    for name in catalogue.names():
        definition = catalogue.definition(name)
        assert set(definition.args) | set(definition.software_args) <= set(catalogue.arguments(name))
        assert set(definition.bases) <= set(catalogue.names())
        assert context_tar(name)
        order = [r.name for r in recipes(a_mac(f'{{"{name}": {{}}}}'))]
        assert order.index(name) == len(order) - 1


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_section_in_every_shell(shell: tuple[str, ...], tmp_path: Path) -> None:
    program(tmp_path, "podman", 'echo "[{\\"Id\\":\\"$*\\",\\"Labels\\":{\\"io.carbon-fleet.inputs\\":\\"d\\"}}]"')
    (image,) = read(run_section(shell, "image", {}, home=tmp_path, programs=tmp_path))
    assert image.id == "images --no-trunc --format json"
    program(tmp_path, "podman", "echo broken >&2; exit 125")
    with pytest.raises(Unreadable, match=r"exit status 125.*broken"):
        read(run_section(shell, "image", {}, home=tmp_path, programs=tmp_path))


@given(st.lists(st.sampled_from(["x", "y", "z"]), unique=True))
def test_the_order_of_the_wish_is_no_input(args: list[str]) -> None:
    words = ", ".join(f'"{arg.upper()}": "1"' for arg in args)
    back = ", ".join(f'"{arg.upper()}": "1"' for arg in reversed(args))
    one, two = a_mac(f'{{"venus": {{"args": {{{words}}}}}}}'), a_mac(f'{{"venus": {{"args": {{{back}}}}}}}')
    assert recipes(one) == recipes(two)
