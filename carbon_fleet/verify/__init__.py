"""An independent look at Macs: testinfra over the Mac, its virtual machine and the containers in it.

It knows the wish (`carbon_fleet.spec`, the resources' wanted models) and looks with plain commands of its own. The
probe, the Snapshot and the differences are what it checks, so it uses none of them.
"""
