"""The check that a patch still fits the emulator it was written for."""


class UpstreamChangedError(RuntimeError):
    """MiniStack no longer has what a patch replaces."""


def expect(condition: bool, what: str) -> None:
    """Refuse to go on with a patch that would no longer do what it says."""
    if not condition:
        raise UpstreamChangedError(f"this MiniStack is not the one the patch is for: {what}")
