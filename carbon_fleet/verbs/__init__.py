"""What each verb of `carbon-fleet` does: data on standard output, talk on standard error, an exit code."""
