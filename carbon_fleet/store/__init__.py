"""Files of weights on their way: fetched once where carbon-fleet runs, handed to each Mac's cache, checked."""
