"""Makes text from anywhere inert: nobody is called, nothing is linked, nothing becomes markup."""

import re

_GAP = "\u200b"
"""Takes no room and joins nothing: what stands on both sides of it is no word together."""

_CALLS = re.compile(r"@(?=[\w-])")
_ADDRESSES = re.compile(r"(?<=[A-Za-z])://(?=\S)|\b(www)\.(?=\S)|\b(mailto|tel):(?=\S)")
_COMMANDS = re.compile(r"<(?=[!@#])")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!()&])")


def uncalled(text: str) -> str:
    """Return `text` in which no name calls anybody and no address can be clicked."""
    text = _COMMANDS.sub(f"<{_GAP}", _CALLS.sub(f"@{_GAP}", text))
    return _ADDRESSES.sub(lambda found: _parted(found.group()), text)


def mrkdwn(text: str) -> str:
    """Return `text` for Slack's mrkdwn: control sequences like `<!channel>` are just letters."""
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(mark, entity)
    return uncalled(text)


def markdown(text: str) -> str:
    """Return `text` for Markdown: no link, no image, no mention, no HTML."""
    escaped = _MARKUP.sub(r"\\\1", uncalled(text))
    # `#12` and `owner/name#12` refer to issues even where a backslash stands before the mark.
    return escaped.replace("\\#", f"\\#{_GAP}").replace("GH-", f"GH{_GAP}-")


def shortened(text: str, most: int) -> str:
    """Return `text`, at most that long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _parted(address: str) -> str:
    """Return it cut: `://` after its colon, `www.` and `mailto:` before their last mark."""
    at = 1 if address.startswith(":") else len(address) - 1
    return f"{address[:at]}{_GAP}{address[at:]}"
