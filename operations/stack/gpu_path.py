"""Which way a container takes to the Mac's GPU: Vulkan through Venus, or llama.cpp's API remoting.

Sources: llama.cpp's docs/backend/VirtGPU.md and VirtGPU/configuration.md. Remoting needs a llama.cpp with the virtgpu
backend in the container and a host set up for it; neither Homebrew's krunkit nor Debian's llama.cpp is, so far.
"""

from collections.abc import Mapping
from typing import Literal

GpuPath = Literal["auto", "venus", "remoting"]
"""`auto` is Venus: another way has to be measured, proved, and written into the lab file, which is its lock."""
REMOTING = {"GGML_REMOTING_USE_APIR_CAPSET": "1", "GGML_VK_VISIBLE_DEVICES": ""}
"""The capability set of its own, and no Vulkan device beside it: llama.cpp would split a model over both."""


def environment(path: GpuPath) -> Mapping[str, str]:
    """What a container has to be told for its way; nothing for Venus, which is every image's own."""
    return REMOTING if path == "remoting" else {}
