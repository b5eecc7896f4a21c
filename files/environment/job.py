"""Multiplies two matrices and reduces the product on a device of one framework; prints what came out as one JSON line.

Runs on an environment's own Python: KIND(mps, mlx, tensorflow, numpy) SEED N(a multiple of 4) TIMED(that times matrices
of TIMED by TIMED). All numbers are small whole ones, which every device adds up exactly in float32, in whatever order:
so the answer is compared by digests. It is judged where it is asked for, not here.
"""

import hashlib
import json
import os
import sys
import time

import numpy

RANK, ROUNDS = 2, 3


def words(seed, count):
    """So many numbers of 0 to 7 from a linear congruential generator, entered anew at each place."""
    with numpy.errstate(over="ignore"):
        state = (numpy.arange(count, dtype=numpy.uint32) ^ numpy.uint32(seed)) * numpy.uint32(2654435761)
        for _ in range(4):
            state = state * numpy.uint32(1664525) + numpy.uint32(1013904223)
    return (state >> numpy.uint32(29)).astype(numpy.float32)


def inputs(seed, n):
    """Two n by n matrices: the first is a product itself, so that what comes out can be computed elsewhere in n*n."""
    u = words(seed, n * RANK).reshape(n, RANK) % 3 - 1
    v = words(seed ^ 0x9E3779B9, RANK * n).reshape(RANK, n) % 3 - 1
    b = words(seed ^ 0x3C6EF372, n * n).reshape(n, n) - 4
    return u @ v, b


def digest(array):
    """Of whole numbers, as 32-bit integers of the least significant byte first."""
    array = numpy.asarray(array)
    if not numpy.array_equal(array, numpy.rint(array)):
        return "no whole numbers"
    return hashlib.sha256(array.astype("<i4").tobytes()).hexdigest()


class _Numpy:
    """The CPU: how it is asked, and what is asked of every framework."""

    versions = ("numpy",)

    def __init__(self):
        self.device, self.name = "cpu", ""

    def put(self, array, cpu=False):
        return array

    def multiply(self, a, b):
        return a @ b

    def wait(self, array):
        return array

    def reduced(self, c):
        return {"rows": c.sum(1), "columns": c.sum(0), "largest": c.max(1), "smallest": c.min(0)}

    def where(self, array):
        return self.device

    def get(self, array):
        return array


class _Mps(_Numpy):
    """PyTorch; what Metal cannot do is an error, not done on the CPU."""

    versions = ("torch", "numpy")

    def __init__(self):
        os.environ["PYTORCH_ENABLE_MPS_FALLBACK"] = "0"
        import torch

        self.torch, self.name = torch, ""
        self.device = "mps" if torch.backends.mps.is_available() else "cpu"

    def put(self, array, cpu=False):
        return self.torch.from_numpy(array.copy()).to("cpu" if cpu else self.device)

    def wait(self, array):
        if array.device.type == "mps":
            self.torch.mps.synchronize()
        return array

    def reduced(self, c):
        return {"rows": c.sum(1), "columns": c.sum(0), "largest": c.max(1).values, "smallest": c.min(0).values}

    def where(self, array):
        return str(array.device)

    def get(self, array):
        return array.cpu().numpy()


class _Mlx(_Numpy):
    """MLX; a stream is a device."""

    versions = ("mlx", "numpy")

    def __init__(self):
        import mlx.core as mx

        self.mx = mx
        self.gpu = bool(mx.metal.is_available())
        self.device = "gpu" if self.gpu else "cpu"
        info = getattr(mx, "device_info", None) or mx.metal.device_info
        self.name = str(info().get("device_name", "")) if self.gpu else ""
        self.on = mx.Device(mx.gpu if self.gpu else mx.cpu)

    def put(self, array, cpu=False):
        return (self.mx.array(array), self.mx.Device(self.mx.cpu) if cpu else self.on)

    def multiply(self, a, b):
        return (self.mx.matmul(a[0], b[0], stream=a[1]), a[1])

    def wait(self, array):
        self.mx.eval(array[0])
        return array

    def reduced(self, c):
        array, on = c
        found = {
            "rows": self.mx.sum(array, 1, stream=on),
            "columns": self.mx.sum(array, 0, stream=on),
            "largest": self.mx.max(array, 1, stream=on),
            "smallest": self.mx.min(array, 0, stream=on),
        }
        return {name: (each, on) for name, each in found.items()}

    def where(self, array):
        return str(array[1])

    def get(self, array):
        return numpy.array(array[0])


class _Tensorflow(_Numpy):
    """TensorFlow; Apple's plugin shows the GPU as a device of its own, and soft placement would leave it unasked."""

    versions = ("tensorflow", "tensorflow-metal", "numpy")

    def __init__(self):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        import tensorflow as tf

        self.tf = tf
        tf.config.set_soft_device_placement(False)
        gpus = tf.config.list_physical_devices("GPU")
        self.device = "GPU:0" if gpus else "CPU:0"
        details = tf.config.experimental.get_device_details(gpus[0]) if gpus else {}
        self.name = str(details.get("device_name", ""))

    def put(self, array, cpu=False):
        with self.tf.device("/CPU:0" if cpu else f"/{self.device}"):
            return self.tf.identity(array)

    def multiply(self, a, b):
        with self.tf.device(a.device):
            return self.tf.linalg.matmul(a, b)

    def wait(self, array):
        # Only what is read back has surely been computed; one number is enough.
        float(array[0, 0])
        return array

    def reduced(self, c):
        tf = self.tf
        with tf.device(c.device):
            return {
                "rows": tf.reduce_sum(c, 1),
                "columns": tf.reduce_sum(c, 0),
                "largest": tf.reduce_max(c, 1),
                "smallest": tf.reduce_min(c, 0),
            }

    def where(self, array):
        return str(array.device).rpartition("/device:")[2] or str(array.device)

    def get(self, array):
        return array.numpy()


def seconds(framework, n, cpu):
    """The shortest of some rounds, after one that does not count."""
    rng = numpy.random.default_rng(0)
    a, b = (framework.put(rng.random((n, n), dtype=numpy.float32), cpu) for _ in range(2))
    framework.wait(framework.multiply(a, b))
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        framework.wait(framework.multiply(a, b))
        taken.append(time.perf_counter() - began)
    return min(taken)


def versions(names):
    """Those of the packages that computed, as they are installed."""
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


def main(kind, seed, n, timed):
    """Compute, and print what came out."""
    framework = {"numpy": _Numpy, "mps": _Mps, "mlx": _Mlx, "tensorflow": _Tensorflow}[kind]()
    a, b = (framework.put(each) for each in inputs(seed, n))
    c = framework.wait(framework.multiply(a, b))
    parts = {"product": c, **framework.reduced(c)}
    where = sorted({framework.where(each) for each in parts.values()})
    digests = {name: digest(framework.get(each)) for name, each in parts.items()}
    flop = 2 * timed**3
    figures = {
        "gflop_s": flop / seconds(framework, timed, False) / 1e9,
        "cpu_gflop_s": flop / seconds(framework, timed, True) / 1e9,
    }
    said = {"format_version": 1, "kind": kind, "seed": seed, "n": n, "timed": timed, "devices": where}
    said |= {"name": framework.name, "digests": digests, **figures, "versions": versions(framework.versions)}
    print(json.dumps(said))


if __name__ == "__main__":
    try:
        main(sys.argv[1], *map(int, sys.argv[2:5]))
    except ImportError as error:
        sys.exit(f"it cannot be imported: {error}")
