"""Who waits for whom, and the words where there is nothing to bring; tests/sim/test_spread_real.py moves images."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gevent
import pytest

from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.rules import Stopped
from carbon_fleet.plan import Action, Bring, Change, Command
from carbon_fleet.report.document import MacReport, Result
from carbon_fleet.report.trouble import Trouble
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Lab, Mac, Registry

BUILDER = Mac("mac-01", host="a")
OTHER = Mac("mac-02", host="b", build_on="mac-01", builder=BUILDER)
ID, INPUTS = "1" * 64, "f" * 64
CHANGE = Change("image.x", Action.CREATE, (), "x has to be brought", (), bring=Bring("t/x:1", INPUTS, "mac-01", 60))
LAID_OUT = (f"id {ID}", f"inputs {INPUTS}", "manifest e30=", f"blob {'2' * 64} 7")


class Fake:
    """A Session whose Mac answers each script, by the first words of its comment, as told."""

    def __init__(self, mac: Mac, guest: Guest = Guest.REACHED, **answers: Ran) -> None:
        self.mac, self.guest, self.answers = mac, guest, answers
        self.asked: list[str] = []
        self.execs, self.results = 3, list[Result]()

    def snapshot(self) -> Snapshot:
        return Snapshot(self.mac.name, guest=self.guest)

    def ask(self, command: Command) -> Ran:
        word = command.argv[2].split()[1].lower() if len(command.argv) > 3 else command.argv[0]
        self.asked.append(word)
        return self.answers.get(word, Ran(0, (), ()))

    def mend(self) -> None:
        self.asked.append("mend")

    def forget(self) -> None:
        """Nothing is kept."""

    def stopping(self) -> bool:
        return False

    def count_as_one(self, since: int, result: Result) -> None:
        self.execs = since + 1
        self.results.append(result)


def courier(builder: Fake, *macs: Mac) -> tuple[Courier, list[str]]:
    said: list[str] = []

    def opened(lab: Lab, mac: Mac) -> tuple[Any, Callable[[], None]]:
        assert mac.name == "mac-01"
        return builder, lambda: said.append("closed")

    return Courier(None, macs, opened, lambda mac, address, text: said.append(text)), said  # type: ignore[arg-type]


def brought(builder: Fake, receiver: Fake, *macs: Mac) -> dict[str, Any]:
    found, _ = courier(builder, *macs)
    report = MacReport("mac-02")
    found.bring(receiver, CHANGE, report)  # type: ignore[arg-type]
    found.close()
    return dict(report.measured["spread"][0])


def lays_out() -> Fake:
    return Fake(BUILDER, lays=Ran(0, LAID_OUT, ()))


def test_an_image_that_is_there_only_gets_its_tag_and_is_one_command_in_the_record() -> None:
    receiver = Fake(OTHER, what=Ran(0, ("there",), ()))
    builder = lays_out()
    entry = brought(builder, receiver, OTHER)
    assert (entry["moved_bytes"], entry["kept_bytes"], entry["id"]) == (0, 7, ID)
    assert (receiver.asked, receiver.execs, len(receiver.results)) == (["what", "makes"], 4, 1)
    assert builder.asked == ["mend", "lays", "rm"]


@pytest.mark.parametrize(
    ("builder", "code", "what"),
    [
        (Fake(BUILDER, lays=Ran(0, ("missing",), ())), "BUILDER_LACKS_IMAGE", "mac-01, which builds it, has no image"),
        (
            Fake(BUILDER, lays=Ran(0, (LAID_OUT[0], "inputs 0", *LAID_OUT[2:]), ())),
            "BUILDER_LACKS_IMAGE",
            "other inputs",
        ),
        (Fake(BUILDER, lays=Ran(1, (), ("300 MiB are free",))), "BUILDER_FAILED", "300 MiB are free"),
        (Fake(BUILDER, lays=Ran(0, ("nonsense",), ())), "BUILDER_FAILED", "cannot be read"),
        (Fake(BUILDER, Guest.STOPPED), "BUILDER_FAILED", "does not run"),
    ],
)
def test_a_builder_that_has_nothing_to_give_is_named(builder: Fake, code: str, what: str) -> None:
    with pytest.raises(Trouble) as caught:
        brought(builder, Fake(OTHER), OTHER)
    assert (caught.value.failure.code, what in caught.value.failure.what) == (code, True)
    assert "mac-01" in caught.value.failure.what + caught.value.failure.remedy


def test_a_receiver_that_cannot_take_it_is_tried_once_more_and_told() -> None:
    receiver = Fake(OTHER, what=Ran(1, (), ("200 MiB are free on the machine's disk",)))
    with pytest.raises(Trouble) as caught:
        brought(lays_out(), receiver, OTHER)
    assert (caught.value.failure.code, "200 MiB" in caught.value.failure.what) == ("NOT_BROUGHT", True)
    assert receiver.asked == ["what", "mend", "what"]


def test_a_landing_that_fails_is_tried_with_every_layer() -> None:
    receiver = Fake(OTHER, what=Ran(0, ("there",), ()), makes=Ran(1, (), ("a layer is gone",)))
    with pytest.raises(Trouble, match="a layer is gone"):
        brought(lays_out(), receiver, OTHER)
    assert receiver.asked == ["what", "makes", "mend", "what", "makes"]


def test_a_builder_of_the_run_is_waited_for_and_its_building_timed() -> None:
    builder, receiver, report = lays_out(), Fake(OTHER, what=Ran(0, ("there",), ())), MacReport("mac-02")
    found, said = courier(builder, BUILDER, OTHER)
    waiting = gevent.spawn(found.bring, receiver, CHANGE, report)
    gevent.sleep(0)
    assert (said[-1], builder.asked) == ("wait until mac-01 has it", [])
    own = Fake(BUILDER)
    own.results.append(Result("image.x", "podman build", 0, 34.5, ()))
    found.settled(own)  # type: ignore[arg-type]
    waiting.get(timeout=60)
    assert report.measured["spread"][0]["build_seconds"] == 34.5


def test_who_waits_for_a_builder_when_the_run_is_told_to_stop_waits_no_more() -> None:
    builder, receiver = lays_out(), Fake(OTHER)
    receiver.stopping = lambda: True  # type: ignore[method-assign]
    found, _ = courier(builder, BUILDER, OTHER)
    gevent.spawn_later(0.01, found.ended, "mac-01")
    with pytest.raises(Stopped):
        found.bring(receiver, CHANGE, MacReport("mac-02"))  # type: ignore[arg-type]
    assert (builder.asked, receiver.asked) == ([], [])


def test_a_builder_that_ends_without_it_is_looked_at_all_the_same() -> None:
    found, _ = courier(lays_out(), BUILDER, OTHER)
    waiting = gevent.spawn(found.bring, Fake(OTHER, what=Ran(0, ("there",), ())), CHANGE, MacReport("mac-02"))
    gevent.sleep(0)
    found.ended("mac-02")
    gevent.sleep(0)
    assert not waiting.dead
    found.ended("mac-01")
    waiting.get(timeout=60)


def test_a_connection_that_stays_broken_is_given_up_after_the_second_try() -> None:
    class Broken(Fake):
        def ask(self, command: Command) -> Ran:
            raise GaveUp("the connection broke")

    with pytest.raises(Trouble) as caught:
        brought(lays_out(), Broken(OTHER), OTHER)
    assert (caught.value.failure.code, caught.value.failure.what) == ("NOT_BROUGHT", "the connection broke")


REGISTRY = Registry(at="10.0.0.1:5000/carbon")
PUSHER = replace(BUILDER, registry=REGISTRY)
PULLER = replace(OTHER, registry=REGISTRY, builder=PUSHER)
DIGEST = f"sha256:{'d' * 64}"
HANDED = (f"id {ID}", f"inputs {INPUTS}", "architecture arm64", f"digest {DIGEST}", f"blob {DIGEST} 9")


def test_through_a_registry_the_builder_says_which_digest_and_the_receiver_pulls_it() -> None:
    builder, receiver = Fake(PUSHER, hands=Ran(0, HANDED, ())), Fake(PULLER, pulls=Ran(0, ("came 7", "all 9"), ()))
    entry = brought(builder, receiver, PULLER)
    assert (entry["moved_bytes"], entry["kept_bytes"], entry["moved_blobs"], entry["registry"]) == (
        7,
        2,
        1,
        REGISTRY.at,
    )
    assert (builder.asked, receiver.asked) == (["mend", "hands"], ["pulls"]), "nothing was laid out"


def test_what_a_registry_does_not_give_is_pushed_once_more_and_then_told() -> None:
    builder = Fake(PUSHER, hands=Ran(0, HANDED, ()))
    receiver = Fake(PULLER, pulls=Ran(125, (), ("Error: manifest unknown",)))
    with pytest.raises(Trouble) as caught:
        brought(builder, receiver, PULLER)
    assert (caught.value.failure.code, caught.value.failure.what) == ("NOT_BROUGHT", "Error: manifest unknown")
    assert builder.asked == ["mend", "hands", "mend", "hands"]
    refused = Fake(PUSHER, hands=Ran(125, (), ("Error: connection refused",)))
    with pytest.raises(Trouble) as caught:
        brought(refused, receiver, PULLER)
    assert (caught.value.failure.code, REGISTRY.at in caught.value.failure.remedy) == ("BUILDER_FAILED", True)


def test_who_has_a_registry_is_waited_for_until_it_is_done() -> None:
    """Its own stacks may be what the others pull from."""
    found, _ = courier(Fake(PUSHER, hands=Ran(0, HANDED, ())), PUSHER, PULLER)
    receiver = Fake(PULLER, pulls=Ran(0, ("came 7", "all 9"), ()))
    waiting = gevent.spawn(found.bring, receiver, CHANGE, MacReport("mac-02"))
    gevent.sleep(0)
    found.settled(Fake(PUSHER))  # type: ignore[arg-type]
    gevent.sleep(0)
    assert not waiting.dead
    found.ended("mac-01")
    waiting.get(timeout=60)


@pytest.mark.parametrize("through", [True, False])
def test_four_take_from_a_builder_at_once_and_no_more(through: bool) -> None:
    """Twelve want the same image. Each that is let in waits until no other comes any more."""
    inside, most, done = set[str](), list[int](), list[str]()

    class Waiting(Fake):
        def ask(self, command: Command) -> Ran:
            inside.add(self.mac.name)
            for _ in range(50):
                gevent.sleep(0)
            most.append(len(inside))
            inside.discard(self.mac.name)
            done.append(self.mac.name)
            return super().ask(command)

    template = PULLER if through else OTHER
    answers: dict[str, Any] = {"what": Ran(0, ("there",), ()), "pulls": Ran(0, ("came 7", "all 9"), ())}
    receivers = [Waiting(replace(template, name=f"mac-{number}"), **answers) for number in range(12)]
    builder = Fake(PUSHER, hands=Ran(0, HANDED, ())) if through else lays_out()
    found, _ = courier(builder, *(each.mac for each in receivers))
    going = [gevent.spawn(found.bring, each, CHANGE, MacReport(each.mac.name)) for each in receivers]
    gevent.joinall(going, timeout=60, raise_error=True)
    assert (max(most), {each.mac.name for each in receivers} == set(done)) == (4, True)
    assert builder.asked.count("hands") + builder.asked.count("lays") == 1, "it is made ready once for all"


ARCHIVE = (f"inputs {INPUTS}", "architecture arm64", "size 7", "layers sha256:1,sha256:2,")
OF_DOCKER = replace(CHANGE, address="docker.image.x", bring=Bring("t/x:1", INPUTS, "mac-01", 60, "docker"))


class Piped:
    """A Stream: gives `pieces`, keeps what it is given, ends as told."""

    def __init__(self, *pieces: bytes, ended: Ran | None = None) -> None:
        self.pieces, self.ended, self.taken = list(pieces), ended or Ran(0, (), ()), b""

    def read(self, size: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""

    def write(self, piece: bytes) -> bool:
        self.taken += piece
        return True

    def wait(self) -> Ran:
        return self.ended

    def close(self) -> None:
        """Nothing is open."""


def carried(builder: Fake, receiver: Fake, taker: Piped) -> dict[str, Any]:
    builder.open = lambda command: Piped(b"arch", b"ive")  # type: ignore[attr-defined]
    receiver.open = lambda command: taker  # type: ignore[attr-defined]
    found, _ = courier(builder, OTHER)
    report = MacReport("mac-02")
    found.bring(receiver, OF_DOCKER, report)  # type: ignore[arg-type]
    found.close()
    return dict(report.measured["spread"][0])


def test_an_image_of_docker_desktop_goes_as_an_archive_and_through_no_machine() -> None:
    builder, taker = Fake(BUILDER, Guest.ABSENT, tell=Ran(0, ARCHIVE, ())), Piped()
    entry = carried(builder, Fake(OTHER, Guest.ABSENT), taker)
    assert (taker.taken, entry["moved_bytes"], entry["moved_blobs"]) == (b"archive", 7, 2)
    assert builder.asked == ["mend", "tell"]


def test_an_archive_that_does_not_land_is_tried_once_more_and_told() -> None:
    spoiled = Piped(ended=Ran(65, (), ("what came is not what the builder has",)))
    builder = Fake(BUILDER, Guest.ABSENT, tell=Ran(0, ARCHIVE, ()))
    with pytest.raises(Trouble, match="not what the builder has"):
        carried(builder, Fake(OTHER, Guest.ABSENT), spoiled)
    assert spoiled.taken == b"archivearchive"
    with pytest.raises(Trouble) as caught:
        carried(Fake(BUILDER, Guest.ABSENT, tell=Ran(0, ("missing",), ())), Fake(OTHER, Guest.ABSENT), Piped())
    assert caught.value.failure.code == "BUILDER_LACKS_IMAGE"


def test_an_archive_begins_again_and_needs_no_registry() -> None:
    mute, whole = Ran(1, (), ("Cannot connect",)), Ran(0, ARCHIVE, ())
    for told, words in ((mute, "mend mac-01, then run"), (whole, "and run again: it begins again")):
        builder = Fake(PUSHER, Guest.ABSENT, tell=told)
        with pytest.raises(Trouble) as caught:
            carried(builder, Fake(PULLER), Piped(ended=Ran(65, (), ("what came is not what the builder has",))))
        assert words in caught.value.failure.remedy
