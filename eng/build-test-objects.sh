#!/bin/bash
# Builds the objects of tests/data/objects from their C sources and each clang there is; the .o files are committed,
# so that nobody needs clang to run the tests. NAME.o is the newest compiler's, NAME.VERSION.o an older one's whose file differs
# in kind (one source per older compiler is enough to keep its habits tested: see the list below).
# A comment "flags: …" in a source adds flags; "since: N" says the first clang that can build it.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/tests/data/objects"
newest=19
old_too="btf_maps globals subprograms legacy_maps core_fields callbacks iproute_maps strings ksyms"
build() { # version source output
    local flags since
    flags=$(sed -n 's|^/\* flags: \(.*\) \*/$|\1|p' "$2")
    since=$(sed -n 's|^/\* since: \(.*\) \*/$|\1|p' "$2")
    [ "${since:-0}" -gt "$1" ] && return
    # Map prefixes keep the files the same wherever they are built.
    # shellcheck disable=SC2086
    "clang-$1" -target bpf -mcpu=v3 -O2 -g -Wall -Wno-unused-variable -fdebug-prefix-map="$PWD=." -fdebug-compilation-dir=. $flags -c "$2" -o "$3"
    "llvm-strip-$1" --strip-debug "$3" 2>/dev/null || llvm-strip-19 --strip-debug "$3"
}
for source in *.c; do
    name=${source%.c}
    build "$newest" "$source" "$name.o"
    for version in 14 15 16; do
        if command -v "clang-$version" >/dev/null && grep -qw "$name" <<<"$old_too"; then
            build "$version" "$source" "$name.$version.o"
        fi
    done
done
# Objects for the tests that attach in the kernel, and the native program that carries static tracepoints.
cd "$root/tests/data/kernel"
for source in *.c; do
    [ "$source" = usdt_target.c ] || build "$newest" "$source" "${source%.c}.o"
done
"clang-$newest" -O2 -nostdlib -static -fno-pie -Wl,--build-id=none -fno-asynchronous-unwind-tables -fno-stack-protector \
    usdt_target.c -o usdt_target
strip -s usdt_target
