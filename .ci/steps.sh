#!/usr/bin/env bash
# Steps of the gate. A step passes or fails whole; tests and cases are counted one by one.
set -u
passed=0
failed=0
began=$(date +%s)

step() { # name, command…
  local name=$1 from to
  shift
  echo "── $name"
  from=$(date +%s)
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
  to=$(date +%s)
  echo "── $name: $((to - from)) s"
}

finish() {
  echo "all steps: $(($(date +%s) - began)) s"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit $?
}

# Adds up "N passed, N failed" that a command prints last.
counted() { # name, command…
  local name=$1 log line
  shift
  echo "── $name"
  log=$(mktemp)
  "$@" 2>&1 | tee "$log"
  local rc=${PIPESTATUS[0]}
  line=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$log" | tail -n 1)
  rm -f "$log"
  if [ -z "$line" ]; then
    failed=$((failed + 1))
    echo "FAILED: $name said no count"
    return
  fi
  passed=$((passed + $(echo "$line" | cut -d' ' -f1)))
  failed=$((failed + $(echo "$line" | cut -d' ' -f3)))
  if [ "$rc" -ne 0 ] && [ "$(echo "$line" | cut -d' ' -f3)" -eq 0 ]; then failed=$((failed + 1)); echo "FAILED: $name ended with $rc"; fi
}

step "install" npm ci --no-audit --no-fund
[ "$failed" -eq 0 ] || finish
step "types" npm run --silent types
step "lint" npm run --silent lint
step "unused code" npm run --silent unused
counted "tests (npm test)" node .ci/count-tests.mjs
counted "cases through every engine" npm run --silent cases -- test/cases
step "the tour (npm start)" npm run --silent start -- --once
step "the tour again, from its data" npm run --silent start -- --once
step "build" npm run --silent build
step "the package, installed elsewhere" node .ci/try-package.mjs
finish
