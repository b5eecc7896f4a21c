"""Which of a Mac's container runtimes compute, and on what: looked at, tried, and told as measured."""
