"""A Slack workspace in memory: what Slack accepts, refuses and remembers. It knows no bot."""
