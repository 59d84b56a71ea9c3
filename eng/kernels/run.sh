#!/bin/bash
# Boots stock Debian kernels in QEMU (plain TCG: no KVM, no root, no disk image, no network) and runs a test project inside.
# fentry, LSM, kprobes, freplace and netkit live there. See README.md beside this file.
#
# usage: eng/kernels/run.sh [options] [-- arguments of the test executable]
#   --kernel 5.10|6.1|6.12|newest   once or more; all four if not given
#   --tests PROJECT                 a test project's folder; tests/BpfSharp.Linux.Tests if not given
#   --published FOLDER              a folder published before (see README.md), instead of publishing now
#   --data PATH                     once or more: a further file or folder of the repository that the tests read
#   e.g. eng/kernels/run.sh --kernel 6.12 -- -class '*TracingTests'
# Prints for each kernel: passed, failed, skipped; and why what was skipped. Exit code 0 if nothing failed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${BPFSHARP_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfsharp-vm}
limit=${BPFSHARP_VM_TIMEOUT:-3600}
project=tests/BpfSharp.Linux.Tests
published=
kernels=()
data=(BpfSharp.slnx tests/data samples/c)
while [ $# -gt 0 ]; do
    case $1 in
        --kernel) kernels+=("$2"); shift 2 ;;
        --tests) project=${2%/}; shift 2 ;;
        --published) published=$(cd "$2" && pwd); shift 2 ;;
        --data) data+=("$2"); shift 2 ;;
        --) shift; break ;;
        *) echo "unknown option $1 (see the head of $0)" >&2; exit 2 ;;
    esac
done
[ ${#kernels[@]} -gt 0 ] || kernels=(5.10 6.1 6.12 newest)
mkdir -p "$cache"
. "$here/packages.sh"
. "$here/image.sh"

name=$(basename "$project")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ -z "$published" ]; then
    # Ready to run: compiling at run time is what costs most under emulation.
    published=$work/published
    dotnet publish "$root/$project" -c Debug -r linux-x64 --self-contained -p:PublishReadyToRun=true -v q -o "$published" >&2
fi
pack_tests "$published" "$work/tests.cpio.gz"

boot() { # kernel log
    # no_timer_check: on a loaded machine the kernel's test of its timer fails. -cx16: QEMU 7.2's emulation of cmpxchg16b makes newer kernels panic.
    # slub_debug: without that instruction kmalloc_nolock (6.18) gives memory of caches that are debugged alone, and arenas are made of it.
    timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -m 2048 -smp 2 -nographic -no-reboot -nodefaults -serial stdio \
        -kernel "$kernel_image" -initrd "$work/initrd" \
        -append "console=ttyS0 panic=-1 mitigations=off nokaslr norandmaps quiet no_timer_check lsm=capability,bpf slub_debug=F" < /dev/null > "$1" 2>&1 || true
}

failed=0
for kernel in "${kernels[@]}"; do
    fetch_kernel "$kernel"
    pack_kernel "$work/kernel.cpio.gz" "$name" "$@"
    cat "$work/tests.cpio.gz" "$work/kernel.cpio.gz" > "$work/initrd"
    log=$cache/$kernel.$name.log
    echo "== $kernel ($kernel_release): $name $*"
    boot "$log"
    if grep -aq 'Kernel panic' "$log" && ! grep -aq '^EXIT=' "$log"; then
        # The emulation's fault more often than the kernel's: tried once more, and said.
        echo "   the guest panicked ($(grep -a -m 1 'Kernel panic' "$log" | cut -c 1-100)); once more"
        cp "$log" "$log.panic"
        boot "$log"
    fi
    report "$log" || failed=1
done
exit $failed
