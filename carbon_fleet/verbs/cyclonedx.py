"""A bill of materials as CycloneDX 1.6 JSON. The same image always gives the same text.

The library is an extra (`sbom`), so it is imported where it is used.
"""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from operations.image.sbom import Contents, Package

if TYPE_CHECKING:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component

MESA = "io.carbon-fleet.mesa."


def written(name: str, contents: Contents) -> str:
    """The document: CycloneDX 1.6, its time and serial number those of the image."""
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6

    top = Component(
        name=name,
        type=ComponentType.CONTAINER,
        version=contents.inputs[:16] or None,
        bom_ref=f"sha256:{contents.id}",
        description=contents.labels.get("org.opencontainers.image.description"),
        properties=_properties(contents.labels),
    )
    parts = [*(_package(each, contents.system) for each in contents.packages), *_files(contents), *_mesa(contents)]
    made = datetime.fromtimestamp(contents.created, UTC)
    serial = uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{contents.id}")
    document = Bom(components=parts, metadata=BomMetaData(component=top, timestamp=made), serial_number=serial)
    document.register_dependency(top, parts)
    return str(JsonV1Dot6(document).output_as_string(indent=2))


def _properties(labels: dict[str, str]) -> "list[Property]":
    from cyclonedx.model import Property

    return [Property(name=name, value=value) for name, value in sorted(labels.items())]


def _package(package: Package, system: tuple[str, str]) -> "Component":
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    if package.kind == "pip":
        purl = PackageURL("pypi", None, package.name, package.version)
    else:
        more = {"arch": package.architecture, "upstream": package.source, "distro": "-".join(filter(None, system))}
        said = {key: value for key, value in more.items() if value}
        purl = PackageURL("deb", system[0] or "debian", package.name, package.version, said)
    ref = purl.to_string()
    return Component(name=package.name, version=package.version, type=ComponentType.LIBRARY, purl=purl, bom_ref=ref)


def _files(contents: Contents) -> "list[Component]":
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.component import Component, ComponentType

    return [
        Component(
            name=path,
            type=ComponentType.FILE,
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
            bom_ref=path,
        )
        for path, digest in sorted(contents.files.items())
    ]


def _mesa(contents: Contents) -> "list[Component]":
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    version = contents.labels.get(f"{MESA}version")
    if version is None:
        return []
    purl = PackageURL("generic", None, "mesa", version)
    patches = contents.labels.get(f"{MESA}patches", "none")
    what = f"Mesa's Venus driver; patches: {patches}"
    kind, ref = ComponentType.LIBRARY, purl.to_string()
    return [Component(name="mesa", version=version, type=kind, purl=purl, bom_ref=ref, description=what)]
