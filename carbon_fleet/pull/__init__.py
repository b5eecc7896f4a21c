"""A lab that a Mac fetches by itself: its repository, whose signature its commits have, the one that is in force."""
