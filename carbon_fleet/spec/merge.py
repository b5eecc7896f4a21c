"""How the layers of a lab become one wish: later layers win, maps merge, lists and single values replace."""

from carbon_fleet.spec.tree import Entry, Node, Table


def merge(under: Node | None, over: Node) -> Node:
    """`over` laid upon `under`. The values keep their own positions; an explicit null stays, hiding what was below."""
    if not isinstance(over, Table):
        return over
    # At the weakest layer's place, what is missing is missed once, and not in every Mac.
    base = under if isinstance(under, Table) else Table(over.line, over.column, {})
    entries = dict(base.entries)
    for key, entry in over.entries.items():
        below = base.entries.get(key)
        entries[key] = Entry(entry.line, entry.column, merge(below.node if below else None, entry.node))
    return Table(base.line, base.column, entries)
