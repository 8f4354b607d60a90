#!/usr/bin/env bash
# Takes ITOps down: on this machine with --local, else in the AWS account you are signed in to.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
# shellcheck source=scripts/bootstrap.sh
. scripts/bootstrap.sh

case "${1:-}" in
  -h | --help)
    cat <<'TEXT'
./cleanup.sh --local       stops what ./deploy.sh --local started and removes its data; both keep it
                           in .itops of this checkout, or in the folder that ITOPS_HOME names
./cleanup.sh [options]     empties the buckets and deletes the stack in AWS, with all its data;
                           options: ./cleanup.sh --aws-help
TEXT
    ;;
  --local)
    shift
    bootstrap local
    exec .venv/bin/itops local down --purge "$@"
    ;;
  --aws-help)
    bootstrap local
    exec .venv/bin/python -m itops_cli.aws.teardown --help
    ;;
  *)
    bootstrap local
    exec .venv/bin/python -m itops_cli.aws.teardown "$@"
    ;;
esac
