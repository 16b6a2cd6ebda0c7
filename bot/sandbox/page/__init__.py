"""The browser page: a Slack workspace as one person sees it."""
