"""vulkan-check: its verdict on recorded and imagined findings, and the order of its steps."""

import importlib
import json
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "files" / "images" / "vulkan-check"
RECORDED = ROOT / "tests" / "fixtures" / "vulkan-check"

sys.path.insert(0, str(PROGRAM))
model, measure, settings, verdicts, report, job = (
    importlib.import_module(f"vulkan_check.{name}")
    for name in ("model", "measure", "settings", "verdict", "report", "compute")
)

# As reported from real Macs: name, vendor and driver id; the type is the one Venus passes on from MoltenVK.
APPLE = model.Device(
    name="Virtio-GPU Venus (Apple M2 Pro)",
    driver_id="MESA_VENUS",
    driver_name="venus",
    driver_info="Mesa 26.0.8+16k",
    type="INTEGRATED_GPU",
    vendor_id=0x106B,
    api_version="1.2.0",
)
LLVMPIPE_BEHIND_VENUS = replace(
    APPLE, name="Virtio-GPU Venus (llvmpipe (LLVM 19.1.7, 256 bits))", type="CPU", vendor_id=65541
)
N = 1 << 20


def tried(step: str, outcome: str = "ok", driver: str = "venus", message: str = "") -> Any:
    return model.Attempt(driver, step, outcome, 0.1, message)


def computed(through: str = "venus", device: Any = APPLE, wrong: int = 0) -> Any:
    return model.Compute(through, device.name, device.type, device.vendor_id, N, wrong == 0, 0.3, 0.4, wrong)


def findings(device: Any = APPLE, compute: Any = None, *more: Any) -> Any:
    attempts_ = (tried("enumerate"), *(more or (tried("probe"), tried("compute"))))
    return model.Findings((device,) if device else (), attempts_, compute or model.Compute())


def unlisted(outcome: str, message: str) -> Any:
    return model.Findings((), (tried("enumerate", outcome, message=message),))


GOOD = findings(APPLE, computed())


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.json")), ids=lambda p: p.stem)
def test_recorded_findings_get_the_recorded_verdict(path: Path) -> None:
    recorded = json.loads(path.read_text())
    seen = model.Findings.from_json(recorded)
    made = report.document(seen, verdicts.verdict(seen, recorded["accept"]), recorded["accept"])
    assert {**made, "measured_at": ""} == {**recorded, "measured_at": ""}
    assert recorded["format_version"] == 1


@pytest.mark.parametrize(
    ("recording", "accepted", "code"),
    [
        ("software-lab", True, "software"),
        ("strict-on-software", False, "software"),
        ("no-server", False, "empty-capset"),
        ("lavapipe-only", False, "no-venus"),
    ],
)
def test_recordings_hold_what_they_are_named_for(recording: str, accepted: bool, code: str) -> None:
    judged = json.loads((RECORDED / f"{recording}.json").read_text())["verdict"]
    assert (judged["accepted"], judged["code"]) == (accepted, code)


@pytest.mark.parametrize("path", sorted(RECORDED.glob("*.json")), ids=lambda p: p.stem)
def test_no_recording_of_a_machine_without_a_gpu_passes_on_a_mac(path: Path) -> None:
    seen = model.Findings.from_json(json.loads(path.read_text()))
    assert not verdicts.verdict(seen, "apple").accepted


def test_an_apple_gpu_with_right_numbers_is_accepted_everywhere() -> None:
    for accept in ("apple", "software"):
        judged = verdicts.verdict(GOOD, accept)
        assert (judged.accepted, judged.code) == (True, "ok")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "CPU"}, "software"),
        ({"name": "Virtio-GPU Venus (llvmpipe (LLVM 19.1.7, 256 bits))"}, "software"),
        ({"name": "Virtio-GPU Venus (SwiftShader Device)"}, "software"),
        ({"name": "Apple M2 Pro"}, "not-apple"),
        ({"name": "Virtio-GPU Venus (NVIDIA GeForce RTX 4090)"}, "not-apple"),
        ({"name": "x Virtio-GPU Venus (Apple M2)"}, "not-apple"),
        ({"vendor_id": 0x10005}, "not-apple"),
        ({"driver_id": "MOLTENVK"}, "no-venus"),
        ({"driver_id": "MESA_LLVMPIPE"}, "no-venus"),
    ],
)
def test_strict_refuses_each_single_deviation_despite_right_numbers(change: dict[str, Any], code: str) -> None:
    device = replace(APPLE, **change)
    judged = verdicts.verdict(findings(device, computed(device=device)), "apple")
    assert (judged.accepted, judged.code) == (False, code)
    assert judged.remedy


@pytest.mark.parametrize("accept", ["apple", "software"])
@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (findings(APPLE, computed(wrong=3)), "wrong-numbers"),
        (findings(APPLE, replace(computed(), ok=True, wrong_values=1)), "wrong-numbers"),
        (findings(APPLE, replace(computed(), elements=0)), "wrong-numbers"),
        (findings(APPLE, None, tried("probe", "timeout"), tried("compute", "timeout")), "timeout"),
        (findings(APPLE, None, tried("compute", "error", message="ended by SIGABRT")), "compute-failed"),
        (findings(None), "no-venus"),
        (model.Findings(), "no-venus"),
        (unlisted("timeout", "no answer within 15 s"), "timeout"),
        (unlisted("error", "vkCreateInstance: ERROR_OUT_OF_HOST_MEMORY"), "unrounded-driver"),
    ],
)
def test_without_right_numbers_nothing_is_accepted(seen: Any, code: str, accept: str) -> None:
    judged = verdicts.verdict(seen, accept)
    assert (judged.accepted, judged.code) == (False, code)


@pytest.mark.parametrize(
    ("node", "outcome", "message", "code"),
    [
        ("missing", "no_device", "the driver offers no device", "no-device-node"),
        ("denied", "error", "vkEnumeratePhysicalDevices: ERROR_INITIALIZATION_FAILED", "no-device-node"),
        ("missing", "timeout", "no answer within 15 s", "timeout"),
        ("present", "no_device", "the driver offers no device", "empty-capset"),
        ("present", "error", "vkCreateInstance: ERROR_INCOMPATIBLE_DRIVER", "no-venus"),
    ],
)
def test_once_too_tells_apart_why_there_is_no_device(node: str, outcome: str, message: str, code: str) -> None:
    seen = replace(unlisted(outcome, message), node=node)
    assert verdicts.verdict(seen, "apple").code == verdicts.verdict(seen, "software").code == code
    assert "node" not in seen.to_json()


def test_a_device_of_zeros_is_an_empty_one() -> None:
    zeros = replace(APPLE, api_version="0.0.0", vendor_id=0, name="", type="OTHER")
    assert verdicts.verdict(findings(zeros), "apple").code == "empty-capset"


def test_lavapipes_numbers_never_prove_an_apple_gpu() -> None:
    seen = findings(APPLE, computed("lavapipe", replace(APPLE, name="llvmpipe", type="CPU")))
    assert verdicts.verdict(seen, "apple").code == "other-device"


def test_a_software_lab_says_whether_it_computed_through_venus() -> None:
    through = findings(LLVMPIPE_BEHIND_VENUS, computed(device=LLVMPIPE_BEHIND_VENUS))
    around = findings(LLVMPIPE_BEHIND_VENUS, computed("lavapipe", replace(APPLE, name="llvmpipe")))
    assert ", through Venus" in verdicts.verdict(through, "software").why
    assert "not through Venus" in verdicts.verdict(around, "software").why


class Script:
    """Steps that end as told, and a record of those asked for."""

    def __init__(self, **outcomes: list[str]) -> None:
        self.left = outcomes
        self.asked: list[tuple[str, str]] = []
        self.device = APPLE

    def __call__(self, driver: str, step: str, elements: int, deadline: float, env: Any) -> tuple[Any, dict[str, Any]]:
        self.asked.append((driver, step))
        outcome = self.left[f"{driver}_{step}"].pop(0)
        answer: dict[str, Any] = {}
        if step == "enumerate" and outcome == "ok":
            answer = {"devices": [vars(self.device)], "loader": "1.3.239"}
        if step == "compute" and outcome in ("ok", "wrong"):
            shown = {"device": self.device.name, "device_type": self.device.type, "vendor_id": 1, "elements": elements}
            answer = {
                **shown,
                "wrong_values": 0 if outcome == "ok" else 9,
                "init_s": 0.1,
                "run_s": 0.1,
                "wgpu": "0.32.0",
            }
        return tried(step, outcome, driver), answer


def measured(script: Script, accept: str) -> Any:
    return measure.measure(settings.Settings(accept=accept), {}, Path("/lvp_icd.json"), script)


def test_a_hung_probe_sends_a_software_lab_to_lavapipe_without_the_long_deadline() -> None:
    script = Script(venus_enumerate=["ok"], venus_probe=["timeout"], lavapipe_compute=["ok"])
    script.device = LLVMPIPE_BEHIND_VENUS
    seen = measured(script, "software")
    assert script.asked == [("venus", "enumerate"), ("venus", "probe"), ("lavapipe", "compute")]
    assert (seen.compute.through, seen.compute.ok) == ("lavapipe", True)


def test_a_hung_probe_on_a_mac_still_gets_its_computation_and_never_lavapipe() -> None:
    script = Script(venus_enumerate=["ok"], venus_probe=["timeout"], venus_compute=["timeout"])
    seen = measured(script, "apple")
    assert script.asked[-1] == ("venus", "compute")
    assert verdicts.verdict(seen, "apple").code == "timeout"


def test_a_crash_is_tried_once_more_and_both_attempts_are_told() -> None:
    script = Script(venus_enumerate=["ok"], venus_probe=["ok"], venus_compute=["error", "ok"])
    seen = measured(script, "apple")
    assert [a.outcome for a in seen.attempts] == ["ok", "ok", "error", "ok"]
    assert verdicts.verdict(seen, "apple").code == "ok"


@pytest.mark.parametrize("outcome", ["wrong", "timeout"])
def test_wrong_numbers_and_hangs_are_not_tried_again(outcome: str) -> None:
    script = Script(venus_enumerate=["ok"], venus_probe=["ok"], venus_compute=[outcome])
    assert not verdicts.verdict(measured(script, "apple"), "apple").accepted


def test_wrong_numbers_through_venus_are_not_painted_over_by_lavapipe() -> None:
    script = Script(venus_enumerate=["ok"], venus_probe=["ok"], venus_compute=["wrong"])
    script.device = LLVMPIPE_BEHIND_VENUS
    assert verdicts.verdict(measured(script, "software"), "software").code == "wrong-numbers"


def test_a_device_that_cannot_be_accepted_is_not_waited_for() -> None:
    script = Script(venus_enumerate=["ok"])
    script.device = LLVMPIPE_BEHIND_VENUS
    assert verdicts.verdict(measured(script, "apple"), "apple").code == "software"


def right_answers(elements: int) -> tuple[Any, list[int], list[float]]:
    a = job.inputs(elements)
    return a, [x * 3 + 7 for x in a], [math.sqrt(abs(x)) * 0.5 + 1.25 for x in a]


def test_the_known_answers_are_right_and_a_single_wrong_value_is_counted() -> None:
    a, whole, real = right_answers(1000)
    assert job.wrong_values(a, whole, real) == 0
    whole[3] += 1
    real[5] *= 1.001
    real[6] = math.nan
    real[7] = math.inf
    assert job.wrong_values(a, whole, real) == 4


def test_settings_come_from_the_environment_and_bad_ones_are_named() -> None:
    read = settings.Settings.from_environment({"CARBON_ACCEPT": "software", "CARBON_PROBE_SECONDS": "2.5"})
    assert (read.accept, read.probe_s, read.compute_s) == ("software", 2.5, 20.0)
    for name, value in (("CARBON_ACCEPT", "yes"), ("CARBON_COMPUTE_SECONDS", "0"), ("CARBON_PROBE_SECONDS", "nan")):
        with pytest.raises(settings.BadSetting, match=name):
            settings.Settings.from_environment({name: value})


def test_lavapipes_environment_holds_nothing_of_venus() -> None:
    env = settings.lavapipe_environment({"VN_DEBUG": "vtest", "VTEST_SOCKET_NAME": "s", "PATH": "/bin"}, Path("/lvp"))
    assert env == {"PATH": "/bin", "VK_DRIVER_FILES": "/lvp", "VK_ICD_FILENAMES": "/lvp"}


def test_a_record_that_cannot_be_read_is_a_refusal(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    assert report.read_verdict(path).code == "not-measured"
    for text in ("", "[]", '{"verdict": {}}', '{"verdict": null}', "\0"):
        path.write_text(text)
        assert report.read_verdict(path).code == "unreadable"
