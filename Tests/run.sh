#!/usr/bin/env bash
# Runs every test that has been built, in two lanes beside each other: a guest under TCG keeps one processor busy, and CI has
# two. What the first lane names the second one skips, so that no test can fall between them.
# Inside a lane it is one test at a time: guests that boot three at once run into their tests' limits.
# The tests' program is started as `swift test` starts it: two of those at once would want one build database.
set -euo pipefail

first='^(GuestsTests|ComponentsTests|DisksTests|ExportingTests|AWSClientTests)\.'
program="$(swift build --show-bin-path)/kilnPackageTests.xctest"
lane() { "$program" --testing-library swift-testing --no-parallel "$@"; }

log="$(mktemp)"
lane --skip "$first" >"$log" 2>&1 &
second=$!
trap 'kill "$second" 2>/dev/null || true; rm -f "$log"' EXIT

failed=0
lane --filter "$first" || failed=1
wait "$second" || failed=1
cat "$log"
exit "$failed"
