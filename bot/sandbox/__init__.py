"""The real bot in a Slack in memory: for the tests, and to be used in the browser."""
