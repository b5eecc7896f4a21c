"""A Mac somebody set up by hand, said as a lab file: what one look saw, what would be wished, what is left alone."""
