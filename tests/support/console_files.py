"""The web console as files: its sources, and what a browser has to fetch of the built one."""

import gzip
import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
UI = CHECKOUT / "web-ui"
DIST = UI / "dist"
MODULES = UI / "node_modules"
SOURCES = sorted(
    path for path in (UI / "src").rglob("*.ts*") if not path.name.endswith((".d.ts", ".test.ts"))
)
PAGES = ("index.html", "approve.html")
_IN_PAGE = re.compile(r'(?:src|href)="\./(assets/[\w.-]+)"')
_IMPORTED = re.compile(r'(?:from|import)\s*"\./([\w.-]+)"')


def first_files(page: str) -> set[Path]:
    """Return what a browser fetches before it can show a page: the page and all it imports."""
    html = DIST / page
    found = {DIST / name for name in _IN_PAGE.findall(html.read_text(encoding="utf-8"))}
    waiting = [path for path in found if path.suffix == ".js"]
    while waiting:
        script = waiting.pop()
        for name in _IMPORTED.findall(script.read_text(encoding="utf-8")):
            path = script.parent / name
            if path not in found and path.is_file():
                found.add(path)
                waiting.append(path)
    return found | {html}


def over_the_wire(files: set[Path]) -> int:
    """Return how many bytes the files are, compressed one by one as they are stored."""
    return sum(len(gzip.compress(path.read_bytes(), compresslevel=9)) for path in files)


if __name__ == "__main__":
    for name in PAGES:
        fetched = first_files(name)
        print(f"{name}: {over_the_wire(fetched)} bytes in {len(fetched)} files")  # noqa: T201
