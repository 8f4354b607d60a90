#!/usr/bin/env bash
# All checks, then all tests; the last line is pytest's own summary.
#
#   ./test.sh            everything but the long runs
#   ./test.sh --all      everything
#   ./test.sh [--all] ARGUMENTS…    the arguments go to pytest
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 1
# shellcheck source=scripts/bootstrap.sh
. scripts/bootstrap.sh

chosen="not slow"
if [ "${1:-}" = "--all" ]; then
  chosen="slow or not slow"
  shift
fi

bootstrap dev
bin=.venv/bin
failed=()
sources=(core-layer mcp-servers lambda-functions local-cloud cli tests)

check() {
  local name="$1"
  shift
  printf -- '--- %s\n' "$name"
  "$@" || failed+=("$name")
}

skip() {
  printf -- '--- SKIPPED: %s: %s\n' "$1" "$2"
}

check "ruff check" "$bin/ruff" check .
check "ruff format" "$bin/ruff" format --check .
# pyright comes from PyPI, but the program behind it from npm, at its first run.
if "$bin/pyright" --version >/dev/null 2>&1; then
  check "pyright" "$bin/pyright" "${sources[@]}"
else
  skip "pyright" "npm's registry is out of reach, and pyright is not there yet; types are NOT checked"
fi
check "import contracts" "$bin/lint-imports"
check "policies" "$bin/itops" policy check
check "cfn-lint" "$bin/cfn-lint" template.yaml
if bootstrap_sam; then
  check "sam validate" env SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 \
    .venv-sam/bin/sam validate --lint --template template.yaml
else
  skip "sam validate" "requirements/sam.txt could not be installed; sam deploy is NOT tested either"
fi
if ! bootstrap_node; then
  skip "conformance" "npm's registry is out of reach; MCP conformance and Inspector are NOT tested"
fi
"$bin/python" scripts/build_console.py
if [ $? -eq 3 ]; then
  skip "console" "npm's registry is out of reach; the web console is NOT built, checked or tested"
else
  check "console" "$bin/python" scripts/build_console.py --check
fi
if ! bootstrap_browser; then
  skip "browser" "there is no Chromium and none can be installed; the console is NOT tested in one"
fi
check "statelint" "$bin/statelint" --yaml --eval-jsonata statemachine/*.asl.yaml
check "shellcheck" "$bin/shellcheck" -x deploy.sh cleanup.sh test.sh .ci/run scripts/*.sh

if [ "${#failed[@]}" -gt 0 ]; then
  printf -- '--- FAILED: %s\n' "${failed[@]}"
fi
printf -- '--- pytest\n'
# More workers than cores: much of a test's time is waiting for the local cloud.
"$bin/pytest" -n 4 --dist worksteal -m "$chosen" "$@"
tests=$?
[ "$tests" -eq 0 ] && [ "${#failed[@]}" -eq 0 ]
