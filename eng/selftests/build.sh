#!/bin/bash
# Builds the kernel's own BPF selftests (progs/*.c and verifier/*.c) as judging material, outside the repository.
# Nothing this script makes is ever committed. Needs: clang-19, gcc, bpftool, libbpf-dev and the package linux-source-6.12.
#   eng/selftests/build.sh [OUT]        (default OUT: $TMPDIR/selftests)
set -u
out=${1:-${TMPDIR:-/tmp}/selftests}
tarball=${LINUX_SOURCE:-/usr/src/linux-source-6.12.tar.xz}
clang=${CLANG:-clang-19}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out/objects" "$out/log"

if [ ! -d "$out/linux/tools/testing/selftests/bpf" ]; then
  mkdir -p "$out/linux"
  nice tar -xJf "$tarball" -C "$out/linux" --strip-components=1 --wildcards \
    '*/tools/testing/selftests/bpf' '*/tools/lib' '*/tools/include' '*/tools/arch/x86/include' '*/tools/bpf' '*/scripts/bpf_doc.py' \
    '*/include/uapi/linux' '*/include/linux/filter.h' '*/tools/scripts' '*/tools/build' '*/kernel/bpf/disasm.[ch]' '*/include/linux/bpf_verifier.h'
fi
tree=$out/linux
bpf=$tree/tools/testing/selftests/bpf
inc=$out/include
mkdir -p "$inc/bpf"
cp "$tree"/tools/lib/bpf/*.h "$inc/bpf/"
python3 "$tree/scripts/bpf_doc.py" --header --file "$tree/tools/include/uapi/linux/bpf.h" > "$inc/bpf/bpf_helper_defs.h"
bpftool btf dump file /sys/kernel/btf/vmlinux format c > "$inc/vmlinux.h"

compile() { # source
  local name; name=$(basename "$1" .c)
  [ "$out/objects/$name.o" -nt "$1" ] && return
  # shellcheck disable=SC2086
  timeout 120 nice "$clang" -g -O2 -target bpf -mcpu=v3 -mlittle-endian -std=gnu11 -Wno-everything -fno-strict-aliasing \
    -D__TARGET_ARCH_x86 -DENABLE_ATOMICS_TESTS ${EXTRA_CFLAGS:-} \
    -I"$inc" -I"$bpf" -I"$bpf/progs" -I"$tree/tools/include/uapi" -I/usr/include/x86_64-linux-gnu -idirafter /usr/include \
    -c "$1" -o "$out/objects/$name.o.tmp" 2> "$out/log/$name.err" && mv "$out/objects/$name.o.tmp" "$out/objects/$name.o" || rm -f "$out/objects/$name.o.tmp"
}
for source in "$bpf"/progs/*.c; do compile "$source"; done
echo "compiled $(ls "$out/objects" | wc -l) of $(ls "$bpf"/progs/*.c | wc -l)"
