"""The GPU as a container has it: vulkan-check's own words, under the codes that `prove` gives the same things."""

from collections.abc import Callable, Iterator

from carbon_fleet.doctor.check import DESKTOP, KRUNKIT, Check, Known
from carbon_fleet.doctor.patient import Patient

UPDATE = "brew upgrade krunkit libkrun virglrenderer-krun molten-vk, restart the machine, then: carbon-fleet prove LAB"
NODE = "give its stack `gpu: venus` (or its container --device /dev/dri); then: carbon-fleet apply LAB"
LAYER = "carbon-fleet apply LAB builds the Venus layer; in images of your own, pin it with `dnf versionlock`"
RESTART = "podman machine stop {machine} && podman machine start {machine}, then: carbon-fleet prove LAB"


def _says(word: str) -> Callable[[Patient], Iterator[str]]:
    """Whether vulkan-check refuses the GPU with this word."""

    def look(patient: Patient) -> Iterator[str]:
        vulkan = patient.inside.vulkan
        if vulkan is not None and not vulkan[0] and vulkan[1] == word:
            yield f"vulkan-check: {vulkan[1]}: {vulkan[2]}"

    return look


def _check(code: str, word: str, about: str, cause: str, remedy: str, row: str = "", link: str = "") -> Check:
    return Check(code, about, cause, remedy, _says(word), row, (), link, hides=("CONTAINER_*",))


CHECKS = (
    _check(
        code="GPU_UNROUNDED_DRIVER",
        word="unrounded-driver",
        about="the container's Mesa is not made for the Mac's 16 KiB pages",
        cause="sizes of GPU memory are not rounded to 16 KiB: OUT_OF_HOST_MEMORY, or it hangs",
        remedy=LAYER,
        row="11",
        link=f"{KRUNKIT}114",
    ),
    _check(
        code="GPU_SOFTWARE",
        word="software",
        about="the container computes in software (llvmpipe)",
        cause="the distribution's Mesa has replaced the one with Venus, or a software driver was chosen by a variable",
        remedy=LAYER,
        row="12",
        link=f"{DESKTOP}11060",
    ),
    _check(
        code="GPU_NO_VENUS",
        word="no-venus",
        about="the container finds no Venus device",
        cause="libkrun's GPU backend fell back (a virglrenderer without Venus), or the container's Mesa has "
        "no Venus driver",
        remedy=UPDATE,
        row="2.5.7",
    ),
    _check(
        code="GPU_NO_NODE",
        word="no-device-node",
        about="the container was not given /dev/dri",
        cause="podman passes no device by itself",
        remedy=NODE,
        row="2.5.5",
        link="https://github.com/containers/ramalama/issues/857",
    ),
    _check(
        code="GPU_EMPTY",
        word="empty-capset",
        about="the GPU offers nothing",
        cause="the capabilities it tells are empty: host and machine do not understand one another",
        remedy=UPDATE,
        row="13",
        link="https://github.com/libkrun/libkrun/issues/377",
    ),
    _check(
        code="GPU_WRONG_NUMBERS",
        word="wrong-numbers",
        about="the GPU computes wrong numbers",
        cause="the Venus protocol of Mesa and that of virglrenderer-krun do not fit, or a kernel is wrong",
        remedy=UPDATE,
        row="13",
        link="https://github.com/containers/ramalama/issues/1843",
    ),
    _check(
        code="GPU_JOB_FAILED",
        word="compute-failed",
        about="a computation on the GPU failed",
        cause="the Venus protocol of Mesa and that of virglrenderer-krun do not fit: it aborts in vn_ring_submit",
        remedy=UPDATE,
        row="13",
        link="https://github.com/libkrun/libkrun/issues/377",
    ),
    _check(
        code="GPU_HUNG",
        word="timeout",
        about="the GPU gave no answer in time",
        cause="the machine's GPU is stuck",
        remedy=RESTART,
        row="11",
        link=f"{KRUNKIT}102",
    ),
    _check(
        code="GPU_OTHER_DEVICE",
        word="other-device",
        about="another device than the Venus one computed",
        cause="a second driver in the container was faster to answer",
        remedy=LAYER,
        row="12",
        link=f"{DESKTOP}8555",
    ),
    _check(
        code="GPU_NOT_APPLE",
        word="not-apple",
        about="the Venus device is no Apple GPU",
        cause="this machine runs on something else than a Mac",
        remedy="look which host this virtual machine runs on",
    ),
)
KNOWN = (Known("GUEST_NO_GPU", "2.5", f"{DESKTOP}9860", ("GPU_*", "CONTAINER_*")),)
