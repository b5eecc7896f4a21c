"""One module a resource: its wanted model, how its probe section is read, its differences."""
