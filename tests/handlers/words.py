"""Comparing what is on screen with what a test writes."""


def plain(text: str) -> str:
    """Read no-break spaces as spaces, so that a test's sentences can be typed."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")
