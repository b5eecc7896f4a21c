import pickle

import pytest

from carbon_fleet.spec import LabError, Mac, Problem, SectionSpec, Size, Wish, lab_from_text
from tests.unit.spec.models import GOOD, SECTIONS, Homebrew, Machine, Stacks, fault, faults, load, machine, one_mac


def test_defaults_then_groups_then_mac() -> None:
    lab = load(GOOD)
    assert (machine(lab).memory, machine(lab).cpus) == (Size("16GiB"), 6)
    assert machine(lab, "mac-02").memory == Size("8GiB")
    assert list(lab.macs) == ["mac-01", "mac-02"]
    assert lab.mac("mac-01").groups == ("canary",)
    assert lab.mac("mac-01").user == "lab"


def test_groups_win_in_the_order_the_mac_lists_them() -> None:
    assert machine(load(GOOD.replace("[canary]", "[small, canary]"))).memory.gib == 16
    swapped = load(GOOD.replace("[canary]", "[canary, small]"))
    assert (machine(swapped).memory.gib, machine(swapped).cpus, swapped.mac("mac-01").port) == (4, 4, 2222)


def test_a_mac_wins_over_its_groups() -> None:
    lab = load(GOOD.replace("groups: [canary]", "groups: [canary], machine: {memory: 9GiB}"))
    assert machine(lab).memory.gib == 9


def test_lists_replace_and_maps_merge() -> None:
    lab = load(GOOD.replace("groups: [canary]", "stacks: [llama]"))
    assert lab.mac("mac-01").section("stacks", Stacks).root == ("llama",)
    both = GOOD.replace("user: lab", "user: lab\n  homebrew: {formulae: {podman: '>=6', krunkit: '*'}}")
    both = both.replace("groups: [canary]", "homebrew: {formulae: {podman: '>=7'}}")
    formulae = load(both).mac("mac-01").section("homebrew", Homebrew).formulae
    assert formulae == {"podman": ">=7", "krunkit": "*"}


def test_null_removes_what_an_earlier_layer_set() -> None:
    text = GOOD.replace("user: lab", "user: lab\n  homebrew: {formulae: {podman: '>=6', krunkit: '*'}}")
    dropped = load(text.replace("groups: [canary]", "homebrew: {formulae: {podman: null}}, machine: ~, stacks: "))
    assert dropped.mac("mac-01").section("homebrew", Homebrew).formulae == {"krunkit": "*"}
    assert machine(dropped).cpus == 4
    assert dropped.mac("mac-01").section("stacks", Stacks).root == ()
    assert load(text).mac("mac-02").section("homebrew", Homebrew).formulae == {"podman": ">=6", "krunkit": "*"}


def test_null_reaches_a_model_that_has_a_use_for_it() -> None:
    text = GOOD.replace("user: lab", "user: lab\n  homebrew: {casks: {a: 1GiB, b: 2GiB}, owner: x}")
    lab = load(text.replace("groups: [canary]", "homebrew: {casks: {a: null}, owner: null, formulae: null}"))
    wish = lab.mac("mac-01").section("homebrew", Homebrew)
    assert (wish.casks, wish.owner, list(wish.formulae)) == ({"a": None, "b": Size("2GiB")}, None, ["podman"])


def test_null_does_not_hide_an_unknown_key() -> None:
    found = fault(one_mac("machine: {memroy: null}"))
    assert (found.path, found.write) == ("machine.memroy", "did you mean `memory`?")


def test_null_removes_in_any_branch_of_a_union() -> None:
    lab = load(GOOD.replace("groups: [canary]", "stacks: {a: {image: x, ports: null}, b: null}"))
    root = lab.mac("mac-01").section("stacks", Stacks).root
    assert isinstance(root, dict)
    assert list(root) == ["a"]
    assert root["a"].ports == ()


def test_null_can_be_overruled_again() -> None:
    lab = load(GOOD.replace("{memory: 16GiB}", "{cpus: null, memory: null}").replace("[canary]", "[canary, small]"))
    assert (machine(lab).cpus, machine(lab).memory.gib) == (4, 4)


def test_a_map_that_meets_a_list_replaces_it() -> None:
    lab = load(GOOD.replace("groups: [canary]", "stacks: {llama: {image: x, load: null}}"))
    root = lab.mac("mac-01").section("stacks", Stacks).root
    assert isinstance(root, dict)
    assert root["llama"].load == 1.0


def test_empty_layers_are_fine() -> None:
    assert load("lab: x\ndefaults:\ngroups: {a: }\nmacs:\n  m: {host: local, groups: [a]}\n").mac("m").local
    assert load("lab: x\ngroups:\nmacs: {m: {host: local, groups: }}\n").mac("m").groups == ()


def test_local_needs_no_user_and_others_do() -> None:
    assert load("lab: x\nmacs: {m: {host: local}}").mac("m").user is None
    found = fault("lab: x\nmacs:\n  a: {host: h1}\n  b: {host: h2}\n  c: {host: h3}\n")
    assert (found.line, found.path) == (3, "user")
    assert "`a` and 2 more" in found.what


def test_sections_are_typed_and_known() -> None:
    mac = load(GOOD).mac("mac-01")
    with pytest.raises(LookupError, match="without the section `guest`"):
        mac.section("guest", Machine)
    with pytest.raises(LookupError):
        mac.section("machine", Stacks)
    with pytest.raises(KeyError):
        load(GOOD).mac("nobody")


def test_equal_wishes_share_models_and_digests_tell_wishes_apart() -> None:
    lab = load(GOOD + "  mac-03: {host: 10.0.0.3}\n")
    assert lab.mac("mac-02").sections["machine"] is lab.mac("mac-03").sections["machine"]
    again = load("# moved down\n" + GOOD)
    assert lab.mac("mac-01").digest == again.mac("mac-01").digest
    assert len({mac.digest for mac in lab.macs.values()}) == 3
    assert load(GOOD.replace("16GiB", "17GiB")).mac("mac-01").digest != lab.mac("mac-01").digest
    assert load(GOOD.replace("16GiB", "16384MiB")).mac("mac-01").digest == lab.mac("mac-01").digest


def test_origin_names_file_line_and_layer() -> None:
    lab = load(GOOD)
    assert lab.origin("mac-01", ("machine", "memory")) == ("lab.yml", 7, 30, "group canary")
    assert lab.origin("mac-01", ("machine", "cpus")) == ("lab.yml", 4, 33, "defaults")
    assert lab.origin("mac-01", ("host",)) == ("lab.yml", 10, 18, "mac-01")
    assert lab.origin("mac-01", ("groups", 0)) == ("lab.yml", 10, 38, "mac-01")
    assert lab.origin("mac-01", ("stacks", 0)) == ("lab.yml", 5, 12, "defaults")
    assert lab.origin("mac-01", ("machine", "disk")).layer == "built in"
    assert lab.origin("mac-01", ("homebrew", "formulae")).layer == "built in"
    assert lab.origin("mac-01", ()) == ("lab.yml", 10, 3, "mac-01")
    assert lab.origin("mac-01", ("stacks", "vulkan-check", "image")).layer == "defaults"


@pytest.mark.parametrize(
    ("wish", "line", "column", "path", "words"),
    [
        ("machin: {}", 6, 5, "machin", "did you mean `machine`?"),
        ("machine: {memroy: 8GiB}", 6, 15, "machine.memroy", "did you mean `memory`?"),
        ("machine: {Memory: 8GiB}", 6, 15, "machine.Memory", "did you mean `memory`?"),
        ("machine: {zzz: 1}", 6, 15, "machine.zzz", "known are: `cpus`, `disk`"),
        ("stacks: {a: {image: x, prots: []}}", 6, 28, "stacks.a.prots", "did you mean `ports`?"),
        ("machine: {memory: 8}", 6, 23, "machine.memory", "say which unit"),
        ("machine: {cpus: 0}", 6, 21, "machine.cpus", "at least 1"),
        ("machine: {cpus: 65}", 6, 21, "machine.cpus", "at most 64"),
        ("machine: {provider: libkrunn}", 6, 25, "machine.provider", "did you mean `libkrun`?"),
        ("machine: [a]", 6, 14, "machine", "this is a list, and a map is needed"),
        ("machine: word", 6, 14, "machine", "`word` is text to YAML, and a map is needed"),
        ("stacks: {a: {image: x, ports: 80}}", 6, 35, "stacks.a.ports", "write `[80]`"),
        ("stacks: {a: {image: x, ports: [80, 0]}}", 6, 40, "stacks.a.ports[1]", "at least 1"),
        ("stacks: {a: {image: [x]}}", 6, 25, "stacks.a.image", "this is a list, and text is needed"),
        ("stacks: {a: {image: {b: c}}}", 6, 25, "stacks.a.image", "this is a map, and text is needed"),
        ("stacks: {a: {image: x, ports: [null]}}", 6, 36, "stacks.a.ports[0]", "nothing is written here"),
        ("stacks: {a: {image: x, ports: {a: 1}}}", 6, 35, "stacks.a.ports", "this is a map, and a list is needed"),
        ("stacks: {a: {ports: [80]}}", 6, 17, "stacks.a.image", "`image` is missing"),
        ("stacks: {A: {image: x}}", 6, 14, "stacks.A", "`A` is not a name"),
        ("stacks: {a: {image: x, environment: {2X: y}}}", 6, 42, "stacks.a.environment.2X", "no digit first"),
        ("stacks: {a: {image: x, load: y}}", 6, 34, "stacks.a.load", "number"),
        ("homebrew: {owner: root}", 6, 15, "homebrew", "Homebrew is never root's"),
        ("homebrew: {owner: R2}", 6, 23, "homebrew.owner", "it has to match `^[a-z]+$`"),
        ("machine: {cpus: 1, memory: 8GiB}", 6, 32, "machine.memory", "more than 4GiB for each"),
        ("machine: {cpus: 1}", 6, 14, "machine.memory", "more than 4GiB for each"),
        ("groups: [canry]", 6, 14, "groups[0]", "`canry` is not a group of this lab, none is known here"),
        ("groups: [[a]]", 6, 14, "groups[0]", "`this` is not a group"),
        ("groups: canary", 6, 13, "groups", "write `groups: [NAME]`"),
        ("port: 0", 6, 11, "port", "at least 1"),
        ("key: id", 6, 10, "key", "write `~/id`"),
    ],
)  # fmt: skip
def test_every_mistake_has_its_place_and_words(wish: str, line: int, column: int, path: str, words: str) -> None:
    found = fault(one_mac(wish))
    assert (found.line, found.column) == (line, column)
    assert words in str(found)
    assert found.path == path


def test_all_mistakes_of_a_file_at_once_in_its_order() -> None:
    text = GOOD.replace("cpus: 6", "cpus: x").replace("16GiB", "16").replace("mac-02.local", "lab@x") + "zone: 1\n"
    found = faults(text)
    assert [each.line for each in found] == [4, 7, 11, 12]
    assert str(found[1]).startswith("lab.yml:7:30 machine.memory: `16` has no unit")


def test_what_ten_thousand_macs_inherit_is_said_once() -> None:
    macs = "".join(f"  m{n}: {{host: h{n}, machine: {{cpus: {4 + n % 9}}}}}\n" for n in range(10_000))
    found = fault(f"lab: x\ndefaults: {{user: u, machine: {{memory: 8GB}}}}\nmacs:\n{macs}")
    assert (found.line, found.path, found.write) == (2, "machine.memory", "write `8GiB`")


def test_missing_keys_are_missed_where_the_map_begins() -> None:
    text = GOOD.replace("[vulkan-check]", "{a: {ports: [80]}}")
    found = fault(text)
    assert (found.line, found.path) == (5, "stacks.a.image")


def test_wrong_values_that_no_mac_uses_are_found() -> None:
    assert fault(GOOD.replace("cpus: 4, memory: 4GiB", "cpus: four")).line == 8
    assert fault(GOOD.replace("port: 2222", "port: 0")).line == 8
    overridden = GOOD.replace("8GiB", "8GB").replace("host: mac-02.local", "host: h, groups: [canary]")
    assert fault(overridden).line == 4


def test_a_partial_layer_is_no_mistake() -> None:
    text = GOOD.replace("{cpus: 4, memory: 4GiB}", "{cpus: 4}, stacks: {a: {ports: [80]}}")
    assert load(text).mac("mac-01").name == "mac-01"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("macs: {m: {host: local}}", 1, "the lab has no name"),
        ("lab: 12\nmacs: {m: {host: local}}", 1, "name is not text"),
        ("lab: A b\nmacs: {m: {host: local}}", 1, "`A b` is not a name"),
        ("lab: x", 1, "there are no Macs"),
        ("lab: x\nmacs: {}", 2, "there are no Macs"),
        ("lab: x\nmacs: {m: {host: local}}\ndefaults: 3", 3, "a layer is a map"),
        ("lab: x\nmacs: {M: {host: local}}", 2, "`M` is not a name"),
        ("lab: x\nmacs: {m: }", 2, "`host` is missing"),
        ("lab: x\nmacs: {m: {host: local}}\ngroups: {g: [a]}", 3, "a layer is a map"),
        ("lab: x\nmacs: {m: {host: local}}\ngroups: {g: {host: a}}", 3, "`host` cannot be in `groups`"),
        ("lab: x\nmacs: {m: {host: local}}\ndefaults: {groups: [a]}", 3, "`groups` cannot be in `defaults`"),
        ("lab: x\nmacs: {m: {host: local}}\nmachine: {}", 3, "put `machine` into `defaults`"),
        ("lab: x\nmacs: {m: {host: local}}\ngroup: {}", 3, "did you mean `groups`?"),
        ("lab: x\nmacs: {m: {host: local}}\ndefaults: {zzzzzz: 1}", 3, "known are: "),
        ("lab: x\nmacs: {a: {host: local}, b: {host: local}}", 2, "the same host, port and user as `a`"),
    ],
)  # fmt: skip
def test_the_shape_of_a_lab(text: str, line: int, words: str) -> None:
    found = fault(text)
    assert found.line == line
    assert words in str(found)


def test_a_lab_whose_macs_are_a_list_says_so() -> None:
    assert any("`macs` is a map" in each.what for each in faults("lab: x\nmacs: [a]"))


class Needs(Wish):
    """A section that has to be written."""

    token: Size


def test_a_section_without_default_is_missed_at_the_mac() -> None:
    with pytest.raises(LabError) as raised:
        lab_from_text(GOOD, (*SECTIONS, SectionSpec("needs", Needs)))
    assert [(each.line, each.path) for each in raised.value.errors] == [(10, "needs.token"), (11, "needs.token")]


def test_a_problem_may_lie_outside_its_section() -> None:
    def check(wanted: Machine, mac: Mac) -> list[Problem]:
        return [Problem(("homebrew", "formulae"), "elsewhere", write="write it"), Problem(("host",), "a bad host")]

    with pytest.raises(LabError) as raised:
        lab_from_text(GOOD, [SectionSpec("machine", Machine, check), *SECTIONS[1:]])
    lines = [(each.line, each.column, each.path) for each in raised.value.errors]
    assert lines == [(10, 3, "homebrew.formulae"), (10, 18, "host"), (11, 3, "homebrew.formulae"), (11, 18, "host")]


def test_checks_run_beside_sections_that_are_wrong() -> None:
    text = GOOD.replace("memory: 16GiB", "memory: 64GiB").replace("[vulkan-check]", "[Vulkan]")
    assert [(each.line, each.path) for each in faults(text)] == [(5, "stacks[0]"), (7, "machine.memory")]


def test_a_check_that_needs_a_wrong_section_waits() -> None:
    def check(wanted: Stacks, mac: Mac) -> list[Problem]:
        return [Problem(("stacks",), str(mac.section("machine", Machine).cpus))]

    sections = [SECTIONS[0], SectionSpec("stacks", Stacks, check)]
    with pytest.raises(LabError) as raised:
        lab_from_text(one_mac("machine: {cpus: 0}"), sections)
    assert [each.path for each in raised.value.errors] == ["machine.cpus"]
    with pytest.raises(LookupError):
        lab_from_text(one_mac("stacks: [a]"), sections[1:])


def test_an_error_survives_pickling() -> None:
    with pytest.raises(LabError) as raised:
        load("lab: x")
    copy = pickle.loads(pickle.dumps(raised.value))
    assert copy.errors == raised.value.errors
    assert str(copy) == "lab.yml:1:1 macs: there are no Macs, write `macs: {mac-01: {host: …}}`"
