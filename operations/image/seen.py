"""The images of a Mac's virtual machine as a probe saw them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ImageSeen:
    """An image; `inputs` is our label, empty where it has none.

    `containers` counts those made from it, also ones that do not run. `tags` are all its names, and one that was
    brought in by digest has that as a name, too; `digests` are its references by digest (`name@sha256:…`). `size` is
    in bytes, with the layers it shares with others. `mounted` are those whose files containers see in a folder of
    theirs; asked only where one of ours is there that the lab file does not wish. `mesa` is the version of its Mesa,
    `patches` what was patched there, as our labels say.
    """

    id: str
    inputs: str
    tags: tuple[str, ...] = ()
    containers: int = 0
    digests: tuple[str, ...] = ()
    size: int = 0
    mounted: bool = False
    mesa: str = ""
    patches: str = ""

    def has(self, reference: str) -> bool:
        """Whether its manifest is the one that `reference` names by digest."""
        wished = reference.partition("@")[2]
        return any(digest.partition("@")[2] == wished for digest in self.digests)


ImagesSeen = tuple[ImageSeen, ...]
"""The newest first, as podman lists them."""
