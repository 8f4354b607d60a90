"""What the files of the web page are, and how long a browser may keep them."""

import mimetypes
from pathlib import PurePosixPath

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".map": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
}


def content_type(key: str) -> str:
    """Return the media type of a file, by its name and not by this machine's own table."""
    known = _TYPES.get(PurePosixPath(key).suffix.lower())
    return known or mimetypes.guess_type(key)[0] or "application/octet-stream"


def cache_control(key: str) -> str:
    """Let pages be asked for again each time; files named by their content last for ever."""
    if "/assets/" in f"/{key}":
        return "public, max-age=31536000, immutable"
    return "no-cache"
