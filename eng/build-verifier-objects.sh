#!/bin/bash
# Builds the objects of tests/data/verifier from their C sources; the .o files are committed. Needs clang-19.
set -euo pipefail
cd "$(dirname "$0")/../tests/data/verifier"
for source in *.c; do
    clang-19 -target bpf -mcpu=v3 -O2 -g -Wall -Wno-unused-variable -Wno-unused-function -fdebug-prefix-map="$PWD=." -fdebug-compilation-dir=. \
        -c "$source" -o "${source%.c}.o"
    llvm-strip-19 --strip-debug "${source%.c}.o"
done
