"""What is wrong with a Mac, by what one look saw: checks are data and small functions; all pure."""
