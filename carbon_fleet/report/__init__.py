"""The document every verb ends in, and the views rendered from it."""
