"""Says of the environment it runs in what is installed, what of it is not as its wheels brought it, what imports.

Arguments: the modules to import. One JSON line. Of each package its RECORD names every file with its sha256 (PyPA,
"Recording installed projects"); scripts and bytecode are made on the Mac, and have none.
"""

import base64
import contextlib
import hashlib
import importlib
import io
import json
import platform
import re
import sys
from importlib.metadata import distributions

MOST = 20


def altered(distribution):
    """The files of one package that are missing, or other than they came."""
    for file in distribution.files or ():
        if file.hash is None:
            continue
        try:
            content = file.locate().read_bytes()
        except OSError:
            yield f"{file} is missing"
            continue
        digest = hashlib.new(file.hash.mode, content).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != file.hash.value:
            yield f"{file} was changed"


def imported(module):
    """Why a module cannot be imported; empty where it can."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            importlib.import_module(module)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"[:300]
    return ""


def main(modules):
    """Look, and print what there is."""
    packages, wrong = {}, []
    for one in distributions():
        packages[re.sub(r"[-_.]+", "-", one.metadata["Name"] or "").lower()] = one.version
        wrong += list(altered(one))
    said = {"python": platform.python_version(), "packages": packages, "altered": wrong[:MOST]}
    print(json.dumps(said | {"imports": {module: imported(module) for module in modules}}))


if __name__ == "__main__":
    main(sys.argv[1:])
