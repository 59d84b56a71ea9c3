#!/usr/bin/env bash
# Builds the C samples into the objects committed beside them. Needs clang 19, libbpf's headers and llvm-strip.
set -euo pipefail
cd "$(dirname "$0")/.."
clang=${CLANG:-clang-19}
strip=${LLVM_STRIP:-llvm-strip-19}
for source in samples/c/*.c; do
    object=${source%.c}.o
    # The prefix map keeps this machine's paths out of the objects; strip drops DWARF and keeps BTF.
    "$clang" -O2 -g -target bpf -mcpu=v3 -Wall -Werror "-ffile-prefix-map=$PWD=." \
        -I"/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "$object"
    "$strip" -g "$object"
    echo "$object: $(stat -c %s "$object") bytes"
done
