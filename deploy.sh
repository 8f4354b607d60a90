#!/usr/bin/env bash
# Brings ITOps up: on this machine with --local, else in the AWS account you are signed in to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/bootstrap.sh
. scripts/bootstrap.sh

case "${1:-}" in
  -h | --help)
    cat <<'TEXT'
./deploy.sh --local [options]   on this machine: no AWS account, Docker or model key needed; its
                                state lies in .itops here, or in the folder that ITOPS_HOME names
./deploy.sh [options]           into the AWS account and region you are signed in to

Options of the local run: itops local up --help; of the other: ./deploy.sh --aws-help
TEXT
    ;;
  --local)
    shift
    # The console is built meanwhile; whoever asks for it next waits for this one.
    "$(find_python)" scripts/build_console.py >/dev/null 2>&1 &
    bootstrap local
    exec .venv/bin/itops local up --demo "$@"
    ;;
  --aws-help)
    bootstrap local
    exec .venv/bin/python -m itops_cli.aws.deploy --help
    ;;
  *)
    "$(find_python)" scripts/build_console.py >/dev/null 2>&1 &
    bootstrap local
    bootstrap_sam || die "the SAM command line could not be installed (requirements/sam.txt)"
    exec .venv/bin/python -m itops_cli.aws.deploy "$@"
    ;;
esac
