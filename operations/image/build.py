"""The build of an image inside a Mac's virtual machine, for that machine itself or for another platform."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence

from carbon_fleet import assets
from carbon_fleet.plan import Command, Where, shell
from carbon_fleet.spec import mirror as at
from operations.image import catalogue
from operations.image.recipe import LABEL, Recipe, context_tar
from operations.image.wish import Image

PUBLISHED = "localhost/carbon-fleet-publish/"
"""Images that were built for other platforms, to be pushed from here: nothing here runs them or counts them as ours."""
_APART = ("--layers=false",)
"""podman takes an image from scratch with the same files for the same, whatever its platform (seen with podman 5.4)."""
_URL = re.compile("https?://")
_OCI = "org.opencontainers.image."


def build(recipe: Recipe, image: Image, mirror: str | None = None) -> Command:
    """The build for this machine. It uses the machine's own network: what reaches its mirrors is what reached this."""
    args = mirrored(dict(recipe.args), mirror)
    return _build(recipe, image, recipe.tag, args, [], f"build the image {recipe.name} (may take minutes)")


def build_for(platform: str, recipe: Recipe, image: Image, bases: Sequence[Recipe]) -> Command:
    """The build for a `platform` such as linux/arm64, on those of the `bases` that were built for it, too."""
    ours = {base.tag: tag_for(platform, base) for base in bases}
    args = {name: ours.get(value, value) for name, value in recipe.args}
    says = f"build the image {recipe.name} for {platform} (may take long: what is not this machine's is emulated)"
    return _build(recipe, image, tag_for(platform, recipe), args, [*_APART, "--platform", platform], says)


def mirrored(args: Mapping[str, str], mirror: str | None) -> dict[str, str]:
    """The arguments, addresses of files (`…_URL`) leading to the site mirror.

    The image is the same one: what is fetched has to be what its sha256 says, wherever it was fetched.
    """
    return {
        name: f"{mirror}{at.file(value)}" if mirror and name.endswith("_URL") and _URL.match(value) else value
        for name, value in args.items()
    }


def tag_for(platform: str, recipe: Recipe) -> str:
    """What the image is called that was built for `platform`."""
    return f"{PUBLISHED}{recipe.name}:{recipe.digest[:16]}-{platform.replace('/', '-')}"


def labels(recipe: Recipe) -> Iterator[tuple[str, str]]:
    """What the image says of itself (OCI image-spec, annotations.md): title, description, source, revision, base.

    The revision is the digest of all its inputs, the version its start, as in the tag. All follow from the inputs, so
    equal inputs give equal labels: that is why none says when it was made, which the image's own settings do.
    """
    yield f"{_OCI}title", recipe.name
    yield f"{_OCI}description", catalogue.definition(recipe.name).description
    yield f"{_OCI}version", recipe.digest[:16]
    yield f"{_OCI}revision", recipe.digest
    if source := catalogue.definition(recipe.name).source:
        yield f"{_OCI}source", source
    base = dict(recipe.args).get("BASE", "")
    name, _, digest = base.partition("@")
    if "/" in name:
        yield f"{_OCI}base.name", name
    if digest:
        yield f"{_OCI}base.digest", digest


def _build(recipe: Recipe, image: Image, tag: str, args: Mapping[str, str], more: Sequence[str], says: str) -> Command:
    context = context_tar(recipe.name)
    options = ["--format", "docker", "--layers", "--force-rm", "--pull=missing", "--network=host", *more]
    options += [word for name, value in labels(recipe) for word in ("--label", f"{name}={value}")]
    options += ["--label", f"{LABEL}={recipe.digest}", "--tag", tag]
    options += [word for name, value in args.items() for word in ("--build-arg", f"{name}={value}")]
    argv = shell(assets.text("image/build.sh"), str(len(context)), "podman", "build", *options)
    stdin = base64.b64encode(context).decode()
    return Command(argv, Where.GUEST, stdin, deadline=image.build_timeout.seconds, says=says)
