"""Computes on each of NVIDIA's GPUs by the driver's own interface, and prints what came out as one JSON document.

Runs in a container on its own Python: SEED. All it needs is libcuda.so.1, which the CDI specification brings; that
library drives GPUs and nothing else. The numbers are judged where they are asked for, not here.
"""

import ctypes
import hashlib
import json
import sys

ELEMENTS, ROUNDS, THREADS = 1 << 20, 1024, 256
TARGETS = (("6.3", "sm_75"), ("6.0", "sm_50"), ("4.0", "sm_30"))
REFUSES_PTX = (209, 218, 222)  # no binary for this GPU, invalid PTX, PTX of an unsupported version
PTX = """.version %s
.target %s
.address_size 64
.visible .entry job(.param .u64 out, .param .u32 elements, .param .u32 seed)
{
    .reg .pred %%p<3>;
    .reg .b32 %%r<9>;
    .reg .b64 %%d<5>;
    ld.param.u64 %%d1, [out];
    ld.param.u32 %%r1, [elements];
    ld.param.u32 %%r2, [seed];
    mov.u32 %%r3, %%ctaid.x;
    mov.u32 %%r4, %%ntid.x;
    mov.u32 %%r5, %%tid.x;
    mad.lo.u32 %%r6, %%r3, %%r4, %%r5;
    setp.ge.u32 %%p1, %%r6, %%r1;
    @%%p1 bra DONE;
    xor.b32 %%r7, %%r6, %%r2;
    mov.u32 %%r8, 0;
AGAIN:
    mul.lo.u32 %%r7, %%r7, 1664525;
    add.u32 %%r7, %%r7, 1013904223;
    add.u32 %%r8, %%r8, 1;
    setp.lt.u32 %%p2, %%r8, 1024;
    @%%p2 bra AGAIN;
    cvta.to.global.u64 %%d2, %%d1;
    mul.wide.u32 %%d3, %%r6, 4;
    add.u64 %%d4, %%d2, %%d3;
    st.global.u32 [%%d4], %%r7;
DONE:
    ret;
}
"""


class Driver:
    """libcuda: every call is checked."""

    def __init__(self):
        self.library = ctypes.CDLL("libcuda.so.1")
        self("cuInit", 0)

    def __call__(self, name, *arguments, may=()):
        """Call one function; a status other than 0 that it `may` not have is raised."""
        status = getattr(self.library, name)(*arguments)
        if status and status not in may:
            text = ctypes.c_char_p()
            self.library.cuGetErrorName(status, ctypes.byref(text))
            raise OSError(f"{name}: {text.value.decode() if text.value else status}")
        return status

    def asked(self, kind, name, *arguments):
        """Call one function that writes its answer, a `kind`, to where its first argument points."""
        found = kind()
        self(name, ctypes.byref(found), *arguments)
        return found


def computed(driver, place, seed):
    """What one GPU is, and the digest of what it computed."""
    device = driver.asked(ctypes.c_int, "cuDeviceGet", place)
    name = ctypes.create_string_buffer(256)
    driver("cuDeviceGetName", name, len(name), device)
    uuid = driver.asked(ctypes.c_ubyte * 16, "cuDeviceGetUuid", device)
    memory = driver.asked(ctypes.c_size_t, "cuDeviceTotalMem_v2", device)
    major, minor = (driver.asked(ctypes.c_int, "cuDeviceGetAttribute", which, device).value for which in (75, 76))
    driver("cuCtxSetCurrent", driver.asked(ctypes.c_void_p, "cuDevicePrimaryCtxRetain", device))
    try:
        numbers = ran(driver, seed)
    finally:
        driver("cuDevicePrimaryCtxRelease_v2", device)
    said = bytes(uuid).hex()
    return {
        "name": name.value.decode(errors="replace"),
        "uuid": "GPU-" + "-".join((said[:8], said[8:12], said[12:16], said[16:20], said[20:])),
        "memory": memory.value,
        "capability": f"{major}.{minor}",
        "sha256": hashlib.sha256(numbers).hexdigest(),
    }


def ran(driver, seed):
    """The bytes the GPU wrote."""
    function = driver.asked(ctypes.c_void_p, "cuModuleGetFunction", loaded(driver), b"job")
    there = driver.asked(ctypes.c_uint64, "cuMemAlloc_v2", ctypes.c_size_t(ELEMENTS * 4))
    given = (there, ctypes.c_uint32(ELEMENTS), ctypes.c_uint32(seed))
    pointers = (ctypes.c_void_p * 3)(*(ctypes.addressof(each) for each in given))
    driver("cuLaunchKernel", function, ELEMENTS // THREADS, 1, 1, THREADS, 1, 1, 0, None, pointers, None)
    driver("cuCtxSynchronize")
    here = ctypes.create_string_buffer(ELEMENTS * 4)
    driver("cuMemcpyDtoH_v2", here, there, ctypes.c_size_t(ELEMENTS * 4))
    driver("cuMemFree_v2", there)
    return here.raw


def loaded(driver):
    """The kernel, in the newest words this driver takes."""
    module = ctypes.c_void_p()
    for target in TARGETS:
        last = target == TARGETS[-1]
        text = (PTX % target).encode()
        if not driver("cuModuleLoadData", ctypes.byref(module), text, may=() if last else REFUSES_PTX):
            return module
    return module


def main(seed):
    """Let every GPU compute, and print what came out."""
    driver = Driver()
    version = driver.asked(ctypes.c_int, "cuDriverGetVersion").value
    count = driver.asked(ctypes.c_int, "cuDeviceGetCount").value
    devices = [computed(driver, place, seed) for place in range(count)]
    cuda = f"{version // 1000}.{version % 1000 // 10}"
    print(json.dumps({"format_version": 1, "seed": seed, "elements": ELEMENTS, "cuda": cuda, "devices": devices}))


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (OSError, AttributeError) as error:  # an old libcuda lacks a function
        sys.exit(f"no CUDA: {error}")
