#!/bin/sh
# Runs the C programs of examples/ under a memory checker.
#
#   tests/sanitize.sh asan|valgrind
#
# asan builds the programs with AddressSanitizer and UndefinedBehaviorSanitizer: it watches the memory that they share
# with the library, and what is left over at the end. valgrind watches the library's own code too.
set -eu

case "${1:-}" in
asan | valgrind) ;;
*)
    echo "usage: $0 asan|valgrind" >&2
    exit 2
    ;;
esac
cd "$(dirname "$0")/.."
WINHTTP_PROGRAMS="$1" exec cargo test -p winhttp-capi --test programs -- --test-threads=1
