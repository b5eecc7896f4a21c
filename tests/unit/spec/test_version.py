import pytest
from pydantic_core import PydanticCustomError

from carbon_fleet.spec import VersionBound


@pytest.mark.parametrize(
    ("bound", "version", "allowed"),
    [
        (">=1.3.2", "1.3.2", True),
        (">=1.3.2", "1.3.2_1", True),
        (">=1.3.2", "1.3.1_9", False),
        (">=5.6,<7", "6.0", True),
        (">=5.6,<7", "7.0.0", False),
        ("1.3.2", "1.3.2_4", True),
        ("1.3.2", "1.3.3", False),
        ("~=5.6", "5.9", True),
        (">=5.6", "6.0.0-rc1", True),
        (">=1.1.1", "1.1.1w", True),
        (">=1", "HEAD-abcdef", False),
        ("*", "HEAD-abcdef", True),
        ("*", "1", True),
    ],
)
def test_allows(bound: str, version: str, allowed: bool) -> None:
    assert VersionBound.parse(bound).allows(version) is allowed


@pytest.mark.parametrize("bad", ["", ">>1", "latest", "1.x", ">=", "1,2", "=1.2"])
def test_what_is_no_bound_is_refused(bad: str) -> None:
    with pytest.raises(PydanticCustomError, match="not a version bound"):
        VersionBound.parse(bad)


def test_a_number_is_refused_because_it_has_lost_digits() -> None:
    with pytest.raises(PydanticCustomError, match="lose digits"):
        VersionBound.parse(1.2)
    with pytest.raises(PydanticCustomError, match="not a version bound"):
        VersionBound.parse(True)
