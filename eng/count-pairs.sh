#!/bin/sh
# Compiles the C twins of the compiler's pairs with clang and writes how many instructions each has, so that tests need no clang.
set -eu
cd "$(dirname "$0")/../tests/data/pairs"
clang=${CLANG:-clang-19}
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
{
    echo "# instructions of $clang -O2 -mcpu=v4, all functions; made by eng/count-pairs.sh"
    for source in *.c; do
        name=${source%.c}
        "$clang" -O2 -g -target bpf -mcpu=v4 -c "$source" -o "$temp/$name.o"
        slots=0
        for size in $(readelf -SW "$temp/$name.o" | sed 's/^ *\[ *[0-9]*\] *//' | awk '$2 == "PROGBITS" && $7 ~ /X/ { print $5 }'); do
            slots=$((slots + 0x$size / 8))
        done
        echo "$name $slots"
    done
} > counts.txt
