"""Workloads as what each runtime reads: a Quadlet unit, a Compose file, the arguments of `container run`.

A renderer knows one format and nothing of hosts, labs or what was seen: from equal workloads it makes equal text.
"""
