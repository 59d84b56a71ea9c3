#!/usr/bin/env bash
# Runs every generator that needs only the .NET SDK and demands that what is committed is what it writes.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
for generator in eng/generate/*.cs; do
    echo "generator: $generator"
    dotnet run "$generator"
done
git diff --exit-code -- '*.g.cs' 'docs/*.g.md' || { echo 'Generated files are stale: run the generators under eng/generate and commit.'; exit 1; }
