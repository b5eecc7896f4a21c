"""Evidence: what was seen where. Collected on a Mac step by step, redacted; and the table of all claims."""
