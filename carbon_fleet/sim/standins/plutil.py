"""plutil, as far as property lists are checked and read: -lint, -convert json|xml1 -o -, -extract KEY raw."""

from __future__ import annotations

import json
import plistlib
import sys

from .disk import fail


def main(argv: list[str]) -> int:
    """Run plutil."""
    path = argv[-1]
    try:
        with open(path, "rb") as file:
            document = plistlib.load(file)
    except OSError:
        fail(
            f"{path}: file does not exist or is not readable or is not a regular file (Error "
            "Domain=NSCocoaErrorDomain Code=260)"
        )
    except Exception as error:
        fail(f"{path}: Property List error: {error}")
    if "-extract" in argv:
        for key in argv[argv.index("-extract") + 1].split("."):
            if key not in document:
                fail(f"{path}: Could not extract value, error: No value at that key path or invalid key path: {key}")
            document = document[key]
        sys.stdout.write(f"{document}\n")
    elif "json" in argv:
        sys.stdout.write(json.dumps(document))
    elif "xml1" in argv:
        sys.stdout.write(plistlib.dumps(document).decode())
    else:
        sys.stdout.write(f"{path}: OK\n")
    return 0
