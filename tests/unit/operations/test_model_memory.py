import json
from typing import Any

import pytest

from carbon_fleet.plan import Finding, Notice, Refusal
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import LabError, Mac, Problem, Size, lab_from_text
from operations.machine import Machine
from operations.model.checks import check
from operations.model.loads import loads, window
from operations.model.wish import Models
from operations.preflight.models import differences
from operations.stack.wish import Stacks

GIB = 1 << 30


def a_mac(*sizes: str, memory: str = "8GiB", software: bool = False, **settings: Any) -> Mac:
    """A Mac with a server for each model; each but the first is written in place."""
    models = {f"m{n}": {"url": "/m", "sha256": f"{n}" * 64, "size": size} for n, size in enumerate(sizes)}
    stacks: list[Any] = [{"name": "llama-server", "settings": {"model": "m0", **settings}}]
    for name in list(models)[1:]:
        box = {"image": "llama", "models": [name], "command": ["llama-serve", name, "4096", "999", "1"]}
        stacks.append({"name": name, "containers": {"box": box}})
    sections = {
        "machine": Machine(memory=Size.parse(memory)),
        "models": Models.model_validate_json(json.dumps(models)),
        "stacks": Stacks.model_validate_json(json.dumps(stacks)),
    }
    return Mac("m", accept_software_gpu=software, sections=sections)


def problems(mac: Mac) -> list[Problem]:
    return list(check(mac.section("models", Models), mac))


def findings(mac: Mac, memory: int, reserve: str = "4GiB") -> list[Finding]:
    return list(differences(memory * GIB, Size.parse(reserve), mac))


def test_what_servers_load_is_known_where_the_lab_file_says_sizes() -> None:
    found = loads(a_mac("609MiB", "4GiB", context=8192))
    assert [(load.stack, load.model, load.weights >> 20) for load in found] == [
        ("llama-server", "m0", 609),
        ("m1", "m1", 4096),
    ]
    assert [load.cache for load in found] == [GIB, GIB // 2]
    mac = a_mac("1GiB")
    unsized = Models.model_validate_json(json.dumps({"m0": {"url": "/m", "sha256": "0" * 64}}))
    assert loads(Mac("m", sections={**mac.sections, "models": unsized})) == ()


def test_a_machine_leaves_the_gpu_a_window() -> None:
    """The figures of krunkit's own rule."""
    assert window(8192 << 20) == 53 * GIB
    assert window(61440 << 20) == GIB


def test_models_that_fit_are_not_spoken_of() -> None:
    assert problems(a_mac("5GiB", "5GiB", memory="16GiB")) == []
    assert findings(a_mac("5GiB"), 24) == []
    assert findings(a_mac("30GiB", software=True), 24) == []


@pytest.mark.parametrize(
    ("sizes", "memory", "words"),
    [
        (("40GiB",), "24GiB", "`machine: {memory: 21GiB}` or less"),
        (("20GiB", "20GiB"), "24GiB", "`machine: {memory: 21GiB}` or less"),
        (("70GiB",), "4GiB", "59GiB is the most any machine's GPU can have"),
    ],
)
def test_what_no_window_holds_is_a_mistake(sizes: tuple[str, ...], memory: str, words: str) -> None:
    (found,) = problems(a_mac(*sizes, memory=memory))
    assert found.path == ("stacks", 0)
    assert words in found.write
    if "memory: " in found.write:
        assert problems(a_mac(*sizes, memory="21GiB")) == []
        assert len(problems(a_mac(*sizes, memory="22GiB"))) == 1


def test_layers_left_in_the_machine_count_there() -> None:
    settings: dict[str, Any] = {"gpu-layers": 20}
    assert problems(a_mac("40GiB", memory="24GiB", **settings)) == []
    assert len(problems(a_mac("61GiB", memory="24GiB", **settings))) == 1


def test_a_software_gpu_has_the_machines_memory() -> None:
    (found,) = problems(a_mac("4GiB", memory="4GiB", software=True))
    assert "`machine: {memory: 5GiB}` or more" in found.write
    assert problems(a_mac("4GiB", memory="5GiB", software=True)) == []


def test_weights_a_mac_cannot_hold_are_refused() -> None:
    (found,) = findings(a_mac("12GiB"), 16)
    assert isinstance(found, Refusal)
    assert (found.address, found.code) == ("preflight.models", "MODEL_TOO_LARGE")
    assert "12GiB of weights; this Mac has 16GiB" in found.what
    assert not [each for each in findings(a_mac("12GiB", memory="2GiB"), 16, "2GiB") if isinstance(each, Refusal)]


def test_what_is_tight_is_said_with_the_number_to_write() -> None:
    (found,) = findings(a_mac("6GiB", memory="8GiB", context=8192), 16)
    assert isinstance(found, Notice)
    assert found.code == "MODEL_TIGHT"
    assert "about 7GiB on the GPU, and the machine has 8GiB; 12GiB are there" in found.what
    assert "`machine: {memory: 5GiB}` or less" in found.remedy
    (mended,) = findings(a_mac("6GiB", memory="5GiB", context=8192), 16)
    assert isinstance(mended, Notice)
    assert mended.code == "MODEL_BEYOND_MACHINE"
    (small,) = findings(a_mac("9GiB", memory="8GiB", context=65536), 16)
    assert isinstance(small, Notice)
    assert small.remedy == "name a smaller model or `context`"


def test_a_model_larger_than_its_machine_is_said() -> None:
    (found,) = findings(a_mac("10GiB", memory="8GiB"), 64)
    assert isinstance(found, Notice)
    assert found.remedy == "write `machine: {memory: 13GiB}`"
    assert findings(a_mac("10GiB", memory="13GiB"), 64) == []
    (none,) = findings(a_mac("10GiB", memory="2GiB"), 24)
    assert isinstance(none, Notice)
    assert "smaller model" in none.remedy


def test_a_lab_file_names_the_line() -> None:
    text = (
        "lab: l\nmacs:\n  m:\n    host: local\n    machine: {memory: 48GiB}\n    models:\n"
        f"      big: {{url: /m, sha256: {'a' * 64}, size: 40GiB}}\n    stacks:\n"
        "      - name: llama-server\n        settings: {model: big}\n"
    )
    with pytest.raises(LabError) as caught:
        lab_from_text(text, lab_sections())
    assert ":9:" in str(caught.value)
    assert "the model `big` takes 40GiB of memory" in str(caught.value)
