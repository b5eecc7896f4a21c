"""The Mac itself: processor, Homebrew, and which provider podman chooses."""

import json
import tomllib

import pytest
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify import wish as wished
from carbon_fleet.verify.answers import document
from carbon_fleet.verify.wish import Formula

APPLY = "run `carbon-fleet apply {lab} --limit {mac}`"
pytestmark = pytest.mark.macos


def test_it_is_the_mac_that_is_wished(mac: Host, wish: Mac) -> None:
    system = mac.check_output("uname -s")
    assert system == "Darwin", f"this machine runs {system}, not macOS"
    if wish.intel:
        assert mac.check_output("uname -m") == "x86_64", "its processor is no Intel"
        return
    assert mac.check_output("sysctl -n hw.optional.arm64") == "1", "its processor is no Apple Silicon"


@pytest.mark.remedy(APPLY)
def test_tap_is_there(mac: Host, wish: Mac, tap: str) -> None:
    owner, _, name = tap.lower().partition("/")
    folder = f"{wished.homebrew(wish).prefix}/Library/Taps/{owner}/homebrew-{name.removeprefix('homebrew-')}"
    assert mac.run("test -d %s", folder).rc == 0, f"{tap} is not tapped: there is no {folder}"
    if wanted := wished.tap_remote(wish, tap):
        found = mac.run("sed -n %s %s", "s/^.*url = //p", f"{folder}/.git/config").stdout.strip()
        assert found == wanted, f"{tap} is from {found or 'nowhere'}; it should be from {wanted}"


@pytest.mark.remedy("run `brew trust {tap}` on the Mac as the login user, or `carbon-fleet apply {lab} --limit {mac}`")
def test_tap_is_trusted(mac: Host, wish: Mac, tap: str) -> None:
    version = mac.check_output("brew --version").split()[1]
    if int(version.partition(".")[0]) < 6:
        pytest.skip(f"Homebrew {version} knows no trust; it is asked for from 6.0")
    store = mac.run('cat "${XDG_CONFIG_HOME:+$XDG_CONFIG_HOME/homebrew/trust.json}" "$HOME/.homebrew/trust.json"')
    entries = [str(name).lower() for text in _documents(store.stdout) for name in text.get("trustedtaps", [])]
    trusted = [name.removesuffix(".git") for name in entries]
    name = (wished.tap_remote(wish, tap) or tap).lower().removesuffix(".git")  # another address is trusted by itself
    assert name in trusted, f"{tap} is not trusted: brew refuses its formulae"


def _documents(text: str) -> list[dict[str, list[str]]]:
    found, place, decoder = [], 0, json.JSONDecoder()
    while text[place:].strip():
        start = len(text) - len(text[place:].lstrip())
        document, place = decoder.raw_decode(text, start)
        found.append(document)
    return found


@pytest.mark.remedy(APPLY)
def test_formula_is_installed(mac: Host, wish: Mac, formula: Formula) -> None:
    keg = mac.run("readlink %s", f"{wished.homebrew(wish).prefix}/opt/{formula.short}").stdout.strip()
    version = keg.rpartition("/")[2]
    assert version, f"{formula.full} is not installed"
    assert formula.wish.version.allows(version), f"{formula.full} is {version}; the lab wants {formula.wish.version}"


@pytest.mark.remedy(APPLY)
def test_formula_is_from_its_tap(mac: Host, wish: Mac, formula: Formula) -> None:
    receipt = mac.run("cat %s", f"{wished.homebrew(wish).prefix}/opt/{formula.short}/INSTALL_RECEIPT.json")
    assert receipt.rc == 0, f"{formula.full} has no receipt: its installation did not come to its end"
    tap = str(json.loads(receipt.stdout)["source"]["tap"]).lower()
    assert tap == formula.tap.lower(), f"{formula.short} is from {tap}; it has to be from {formula.tap}"


@pytest.mark.remedy("run `brew pin NAME` on the Mac, or `carbon-fleet apply {lab} --limit {mac}`")
def test_formula_is_pinned(mac: Host, wish: Mac, pinned_formula: Formula) -> None:
    pin = f"{wished.homebrew(wish).prefix}/var/homebrew/pinned/{pinned_formula.short}"
    assert mac.run("test -L %s", pin).rc == 0, f"{pinned_formula.full} is not pinned"


@pytest.mark.remedy(APPLY)
def test_cask_is_installed(mac: Host, wish: Mac, cask: str) -> None:
    folder = f"{wished.homebrew(wish).prefix}/Caskroom/{cask.rpartition('/')[2]}"
    assert mac.run("ls %s", folder).stdout.strip(), f"the cask {cask} is not installed"


@pytest.mark.podman
@pytest.mark.remedy("run `brew unlink virglrenderer` on the Mac, then `carbon-fleet apply {lab} --limit {mac}`")
def test_krunkit_has_the_renderer_with_venus(mac: Host, wish: Mac) -> None:
    if wished.homebrew(wish).krun is False:
        pytest.skip("the lab file leaves krunkit out")
    prefix = wished.homebrew(wish).prefix
    ours = mac.run("test -d %s", f"{prefix}/opt/virglrenderer-krun/").rc == 0
    assert ours, "virglrenderer-krun is not installed: no Venus"
    # Others may need a keg of it: it does no harm where Homebrew has not linked it.
    other = mac.run("test -e %s", f"{prefix}/var/homebrew/linked/virglrenderer").rc == 0
    assert not other, "homebrew-core's virglrenderer, which has no Venus, is in virglrenderer-krun's place"


@pytest.mark.podman
@pytest.mark.remedy("run `brew reinstall libkrun/krun/krunkit` on the Mac")
def test_krunkit_runs(mac: Host, wish: Mac) -> None:
    if wished.homebrew(wish).krun is False:
        pytest.skip("the lab file leaves krunkit out")
    said = mac.run("krunkit --version")
    assert said.rc == 0, f"krunkit does not start: {said.stderr.strip() or said.rc}"
    path = mac.check_output("command -v krunkit")
    prefix = wished.homebrew(wish).prefix
    assert path.startswith(f"{prefix}/"), f"the krunkit that is used is {path}, not the one in {prefix}"


@pytest.mark.podman
@pytest.mark.remedy(APPLY)
def test_drop_in_chooses_the_provider(mac: Host, wish: Mac) -> None:
    provider = wished.provider(wish)
    if provider.drop_in is None:
        pytest.skip("the lab file wishes no drop-in")
    path = str(provider.drop_in)
    text = mac.run('cat "$HOME"/%s', path.removeprefix("~/")) if path.startswith("~/") else mac.run("cat %s", path)
    assert text.rc == 0, f"{path} is not there"
    chosen = tomllib.loads(text.stdout).get("machine", {}).get("provider")
    assert chosen == provider.name, f"{path} chooses {chosen!r}, not {provider.name!r}"


@pytest.mark.podman
@pytest.mark.remedy("look for CONTAINERS_MACHINE_PROVIDER and CONTAINERS_CONF in the login user's environment on {mac}")
def test_podman_uses_the_provider(mac: Host, wish: Mac) -> None:
    said = document(mac.run("podman machine info --format json", deadline=15))
    chosen, wanted = said["Host"]["VMType"], wished.provider(wish).name
    assert chosen == wanted, f"podman would make machines with the provider {chosen}, not {wanted}"
