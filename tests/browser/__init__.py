"""The sandbox, used in a real browser."""
