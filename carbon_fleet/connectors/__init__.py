"""How a Mac is reached: pyinfra connectors that tell exit statuses, keep deadlines and never guess a host key."""
