"""What may run together: what one look told of a Mac's layers, rules over them, the lab's lock. All of it is pure.

The per-Mac lock that lets one writer change a Mac is another thing: `carbon_fleet/plan/lock.py`.
"""
