"""The web console as files: built beside everything else, put into the bucket as they are served.

Compressed files are stored compressed: neither the embedded AWS nor a bucket does it at a request.
"""

import gzip
import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.media_types import cache_control, content_type

CHECKOUT = Path(__file__).resolve().parents[2]
BUILT = CHECKOUT / "web-ui" / "dist"
UNBUILT = CHECKOUT / "web-ui" / "unbuilt"
SETTINGS_FILE = "config.json"
_BUILDER = CHECKOUT / "scripts" / "build_console.py"
_COMPRESSED = {".js", ".css", ".svg", ".json", ".html"}
_TOO_SMALL = 1024
_AT_ONCE = 8
_BUILD_SECONDS = 420
_LOCAL_SETTINGS: Mapping[str, Any] = {"api_base": "api"}


@dataclass(frozen=True)
class Build:
    """A build that goes on beside other work; a second one waits for the first."""

    process: "subprocess.Popen[str]"

    def trouble(self) -> str:
        """Wait for it, and return why there is no console, or nothing where there is one."""
        try:
            _, told = self.process.communicate(timeout=_BUILD_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "the web console is not built: it took too long"
        return told.strip() if self.process.returncode else ""


def begin_build() -> Build:
    """Begin to build the console; it is over at once where its sources are as they were."""
    return Build(
        subprocess.Popen(  # noqa: S603
            [sys.executable, str(_BUILDER)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
    )


def page_folder() -> Path:
    """Return the console, or what stands in its place while it is not built."""
    return BUILT if (BUILT / "index.html").is_file() else UNBUILT


def upload_page(
    s3: Any,  # noqa: ANN401  # boto3's clients have no importable type at run time
    bucket: str,
    folder: Path | None = None,
    settings: Mapping[str, Any] = _LOCAL_SETTINGS,
) -> None:
    """Put the page and its settings into the bucket; remove what is no longer part of it.

    Pages go last, so that whatever they name is there before them.
    """
    folder = folder or page_folder()
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _files_in(folder)}
    files[SETTINGS_FILE] = json.dumps(dict(settings)).encode()
    present = _keys_in(s3, bucket)
    # A name under assets/ holds the hash of its content.
    wanted = [key for key in files if not (key.startswith("assets/") and key in present)]
    first = [key for key in wanted if not key.endswith(".html")]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for upload in [pool.submit(_put, s3, bucket, key, files[key]) for key in first]:
            upload.result()
    for key in wanted:
        if key.endswith(".html"):
            _put(s3, bucket, key, files[key])
    for key in present - set(files):
        s3.delete_object(Bucket=bucket, Key=key)


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _keys_in(s3: Any, bucket: str) -> set[str]:  # noqa: ANN401
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {item["Key"] for page in pages for item in page.get("Contents", [])}


def _put(s3: Any, bucket: str, key: str, body: bytes) -> None:  # noqa: ANN401
    more: dict[str, str] = {}
    if Path(key).suffix in _COMPRESSED and len(body) > _TOO_SMALL:
        body = gzip.compress(body, compresslevel=9, mtime=0)
        more["ContentEncoding"] = "gzip"
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=body,
        ContentType=content_type(key),
        CacheControl=cache_control(key),
        **more,
    )
