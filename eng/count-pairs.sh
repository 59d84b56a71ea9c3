#!/bin/sh
# Compiles the C twins of the compiler's pairs with clang and writes how many instructions and bytes of
# stack each has, so that tests need no clang.
set -eu
cd "$(dirname "$0")/../tests/data/pairs"
clang=${CLANG:-clang-19}
objdump=${OBJDUMP:-llvm-objdump-19}
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
{
    echo "# instructions of $clang -O2 -mcpu=v4, and bytes of stack, all functions; made by eng/count-pairs.sh"
    for source in *.c; do
        name=${source%.c}
        "$clang" -O2 -g -target bpf -mcpu=v4 -c "$source" -o "$temp/$name.o"
        slots=0
        for size in $(readelf -SW "$temp/$name.o" | sed 's/^ *\[ *[0-9]*\] *//' | awk '$2 == "PROGBITS" && $7 ~ /X/ { print $5 }'); do
            slots=$((slots + 0x$size / 8))
        done
        # The lowest byte below r10 that each function accesses, or whose address it makes, rounded up to 8.
        stack=$("$objdump" -d --no-show-raw-insn "$temp/$name.o" | awk '
            function hex(text,    i, value) {
                value = 0
                for (i = 3; i <= length(text); i++) value = value * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
                return value
            }
            /^[0-9a-f]+ </ { total += int((depth + 7) / 8) * 8; depth = 0 }
            match($0, /r10 - 0x[0-9a-f]+/) { at = hex(substr($0, RSTART + 6, RLENGTH - 6)); if (at > depth) depth = at }
            match($0, /r[0-9] = r10$/) { copy = substr($0, RSTART, 2); next }
            copy != "" && match($0, copy " \\+= -0x[0-9a-f]+") { at = hex(substr($0, RSTART + 7, RLENGTH - 7)); if (at > depth) depth = at }
            { copy = "" }
            END { print total + int((depth + 7) / 8) * 8 }')
        echo "$name $slots $stack"
    done
} > counts.txt
