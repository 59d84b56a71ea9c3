#!/bin/sh
# Builds the objects of tests/data/programs from their C sources. Needs clang 19; the objects are committed, so tests need none.
set -eu
cd "$(dirname "$0")/../tests/data/programs"
for source in *.c user/*.c; do
    "${CLANG:-clang-19}" -O2 -g -Wall -Wno-unused-function -Wno-incompatible-pointer-types -target bpf -mcpu=v3 \
        -fdebug-compilation-dir=. -c "$source" -o "${source%.c}.o"
    "${OBJCOPY:-llvm-objcopy-19}" --strip-debug "${source%.c}.o"
done
