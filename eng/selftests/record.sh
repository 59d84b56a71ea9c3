#!/bin/bash
# Records the running kernel's verdict on every program of the selftests that build.sh compiled. As root.
#   eng/selftests/record.sh [OUT]       OUT/judged/*.jsonl is what eng/judge reads
set -eu
out=${1:-${TMPDIR:-/tmp}/selftests}
here=$(cd "$(dirname "$0")" && pwd)
tree=$out/linux
tests=$tree/tools/testing/selftests/bpf
mkdir -p "$out/libbpf" "$out/gen/verifier"

if [ ! -f "$out/libbpf/libbpf.a" ]; then
  for source in "$tree"/tools/lib/bpf/*.c; do
    nice gcc -O1 -g -fno-strict-aliasing -D_GNU_SOURCE -I"$tree/tools/lib/bpf" -I"$tree/tools/include" -I"$tree/tools/include/uapi" \
      -I"$tree/tools/arch/x86/include" -c "$source" -o "$out/libbpf/$(basename "$source" .c).o"
  done
  ar rcs "$out/libbpf/libbpf.a" "$out"/libbpf/*.o
fi
gcc -O1 -g -Wall -I"$out/include" -I"$tree/tools/include/uapi" -o "$out/record_objects" "$here/record_objects.c" \
  "$out/libbpf/libbpf.a" -lelf -lz -Wl,--wrap=syscall
for f in "$tests"/verifier/*.c; do echo "#include \"$f\""; done > "$out/gen/verifier/tests.h"
: > "$out/gen/autoconf_helper.h"
gcc -O1 -g -w -D_GNU_SOURCE -I"$here" -I"$out/gen" -I"$tests" -I"$out/include" -I"$tree/kernel/bpf" -I"$tree/tools/include" \
  -I"$tree/tools/include/uapi" -I"$tree/tools/lib" -I"$tree/include" -o "$out/record_raw" "$here/record_raw.c" "$tests/cap_helpers.c" \
  "$tests/unpriv_helpers.c" "$tests/testing_helpers.c" "$tree/kernel/bpf/disasm.c" "$out/libbpf/libbpf.a" -lelf -lz -Wl,--wrap=syscall

mkdir -p "$out/judged"
rm -f "$out"/judged/{raw,selftests}.jsonl
(cd "$out" && nice ./record_raw judged raw 2> raw.err; nice ./record_objects judged selftests objects/*.o > record.log 2>&1)
wc -l "$out"/judged/*.jsonl
