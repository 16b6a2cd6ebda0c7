"""The licence procedures: no Slack, no French, no environment."""
