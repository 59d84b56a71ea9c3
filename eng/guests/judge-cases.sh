#!/bin/bash
# Asks stock Debian kernels under QEMU for their verdict on the project's own cases, and compares ours for that profile.
#   eng/guests/judge-cases.sh VMLINUZ RELEASE [WORK]      e.g. vmlinuz-5.10.0-46-cloud-amd64 5.10
# The answers become the recording that GuestAgreementTest reads (tests/data/verifier/guests/RELEASE.txt).
# Needs qemu-system-x86, gcc, cpio. The kernel comes out of a package: apt-get download linux-image-...; dpkg-deb -x.
set -euo pipefail
kernel=$1 release=$2 work=${3:-$(mktemp -d)}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$work/root"
gcc -O1 -static -o "$work/root/init" "$here/init.c"
dotnet run -c Release --project "$here/../judge" -v q -- cases --dump "$work/root/cases.txt"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) > "$work/init.gz"
timeout 300 qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -m 1024 -smp 1 -nographic -no-reboot -kernel "$kernel" \
  -initrd "$work/init.gz" -append "console=ttyS0 panic=-1 mitigations=off nokaslr quiet lsm=capability,bpf" > "$work/$release.log"
dotnet run -c Release --project "$here/../judge" -- cases --compare "$work/$release.log" --kernel "$release"
dotnet run -c Release --project "$here/../judge" -- cases --record "$work/$release.log" "$here/../../tests/data/verifier/guests/$release.txt"
