# Every target sets itself up: see scripts/setup.
.DEFAULT_GOAL := help
.PHONY: help demo test test-emulated test-doctor test-migration test-linux test-environments environment-locks lint bench schema evidence-table tour env system test-system clean test-compose test-apple test-native test-moving test-moving-each
PYTEST_ARGS ?=
# One more than the cores that CI has: a test often waits, for a deadline, a health check, a disk.
WORKERS ?= 3
# The pure core must be covered, branches too; measured where its tests run in-process.
COVERAGE := --cov=carbon_fleet.spec --cov=carbon_fleet.snapshot --cov=carbon_fleet.plan --cov=carbon_fleet.lock --cov=operations \
	--cov-branch --cov-fail-under=95 --cov-report=term:skip-covered

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: system  ## converge a simulated lab Mac from nothing to a verified GPU container; again: nothing changes
	@.venv/bin/python -m carbon_fleet.sim.demo

test: test-system  ## run all tests
	@.venv/bin/pytest -n $(WORKERS) --dist loadscope $(COVERAGE) $(PYTEST_ARGS)

test-emulated: test-system  ## run the tests that boot a real podman machine under emulation (minutes a boot)
	@.venv/bin/pytest -n0 -m emulated --timeout 7200 --durations=0 -v $(PYTEST_ARGS)

test-doctor: test-system  ## put a simulated Mac into the state of each of the doctor's rows by itself (minutes)
	@.venv/bin/pytest -n0 -m walk -s $(PYTEST_ARGS)

test-migration: test-system  ## kill migrations, replacements, updates and a first apply at every command (tens of minutes)
	@.venv/bin/pytest -n0 -m migration --timeout 3600 --durations=0 -v $(PYTEST_ARGS)

test-moving: test-system  ## kill moves from one runtime to another at every command, both ways (tens of minutes)
	@.venv/bin/pytest -n0 -m moving --timeout 3600 --durations=0 -v $(PYTEST_ARGS)

test-moving-each: test-system  ## the same, each kill in a move of its own (hours)
	@.venv/bin/pytest -n0 -m moving_each --timeout 3600 --durations=0 -v $(PYTEST_ARGS)

test-linux: test-system  ## take a simulated Linux host with NVIDIA's GPU in appearance through its whole life (minutes)
	@.venv/bin/pytest -n0 -m linux_host -v $(PYTEST_ARGS)

test-environments: test-system  ## kill what makes a Python environment at every command, drift it in every way (minutes)
	@.venv/bin/pytest -n0 -m environments -v $(PYTEST_ARGS)

environment-locks: env  ## make the locks of the ready-made Python environments anew, from PyPI
	@scripts/environment-locks

test-compose: test-system  ## take a stack through its life by real docker and Compose before podman's API (minutes)
	@.venv/bin/pytest -n0 -m compose -v $(PYTEST_ARGS)

test-apple: test-system  ## drift Apple's container in every way and kill its apply at every command, on simulated Macs (minutes)
	@.venv/bin/pytest -n0 -m apple_walk -v $(PYTEST_ARGS)

test-native: test-system  ## kill a first apply of native stacks at every command (minutes)
	@.venv/bin/pytest -n0 -m native_walk -v $(PYTEST_ARGS)

lint: env  ## ruff, mypy --strict, import-linter, shellcheck
	@scripts/lint

bench: system  ## converged check of 1, 10, 30 and 60 simulated Macs against bare ssh and asyncssh
	@.venv/bin/python -m benchmarks.converged

schema: env  ## write inventories/lab.schema.json anew
	@.venv/bin/carbon-fleet schema -o inventories/lab.schema.json

tour: system  ## take the tour of docs/tour.md on 20 simulated Macs, and write that page anew
	@.venv/bin/python -m benchmarks.tour

evidence-table: env  ## write docs/evidence/README.md anew from claims.yml
	@.venv/bin/python -m carbon_fleet.evidence.claims

env:
	@scripts/setup

system:
	@scripts/setup system

test-system:
	@scripts/setup tests

clean:  ## remove what the targets made in this folder
	rm -rf .venv .tools dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
