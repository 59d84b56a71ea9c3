#!/bin/bash
# Boots stock Debian kernels in QEMU (plain TCG: no KVM, no root, no disk image, no network) and runs the Linux tests inside,
# with the .NET runtime and the same executables as outside. fentry, LSM, kprobes, freplace and netkit live there.
#
# usage: eng/kernels/run.sh [--kernel 5.10|6.1|6.12|PACKAGE]... [--] [arguments of the test executable]
#   e.g. eng/kernels/run.sh --kernel 6.12 -- -class '*TracingTests'
# Needs qemu-system-x86, busybox-static, cpio, kmod, dpkg and apt-get. Packages are kept in a cache folder
# (BPFSHARP_VM_CACHE, by default under ~/.cache). Exit code: 0 if every kernel's tests passed.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=${BPFSHARP_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/bpfsharp-vm}
limit=${BPFSHARP_VM_TIMEOUT:-1800}
kernels=()
while [ $# -gt 0 ]; do
    case $1 in
        --kernel) kernels+=("$2"); shift 2 ;;
        --) shift; break ;;
        *) break ;;
    esac
done
[ ${#kernels[@]} -gt 0 ] || kernels=(6.1 6.12)
mkdir -p "$cache"

# A version stands for the newest cloud kernel of it that apt knows; 5.10 comes from the security archive of bullseye.
package_of() {
    case $1 in
        5.10)
            local lists=$cache/bullseye
            mkdir -p "$lists/lists/partial"
            # The security archive this machine's apt already uses, for an older release.
            local security
            security=$(apt-get indextargets --format '$(SITE)' | grep -m 1 'debian-security') \
                || { echo 'apt knows no debian-security archive: add it to its sources' >&2; return 1; }
            echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $security bullseye-security main" > "$lists/sources.list"
            apt_options=(-o "Dir::Etc::sourcelist=$lists/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$lists/lists")
            apt-get "${apt_options[@]}" update -qq >&2
            apt-cache "${apt_options[@]}" search '^linux-image-5\.10\..*-cloud-amd64$' | cut -d' ' -f1 | sort -V | tail -1 ;;
        [0-9]*) apt-cache search "^linux-image-${1//./\\.}[.-].*-cloud-amd64\$" | cut -d' ' -f1 | grep -v unsigned | sort -V | tail -1 ;;
        *) echo "$1" ;;
    esac
}

unpack() { # package
    if [ ! -e "$cache/$1/boot" ]; then
        (cd "$cache" && apt-get "${apt_options[@]}" download -qq "$1" && dpkg-deb -x "$1"_*.deb "$1" && rm -f "$1"_*.deb)
    fi
}

apt_options=(-o quiet=1)
unpack_tool() { [ -e "$cache/$1/$2" ] || (cd "$cache" && apt-get download -qq "$1" && dpkg-deb -x "$1"_*.deb "$1" && rm -f "$1"_*.deb); }
unpack_tool busybox-static bin/busybox
tests=$root/artifacts/bin/BpfSharp.Linux.Tests/debug
[ -e "$tests/BpfSharp.Linux.Tests.dll" ] || dotnet build "$root/tests/BpfSharp.Linux.Tests" -v q
dotnet=$(dotnet --list-runtimes | sed -n "s#^Microsoft.NETCore.App 10[^[]*\[\(.*\)/shared/Microsoft.NETCore.App\]#\1#p" | tail -1)

image() { # folder release
    local image=$1 release=$2 modules=$3
    mkdir -p "$image"/{bin,lib64,lib/x86_64-linux-gnu,usr/share/dotnet/shared,proc,sys,dev,tmp,etc,boot,t/bin,t/tests/data,t/samples}
    cp "$cache/busybox-static/bin/busybox" "$image/bin/"
    for applet in sh mount mkdir uname poweroff insmod modprobe unshare cat ls sleep ip; do ln -sf busybox "$image/bin/$applet"; done
    cp -r "$dotnet"/{host,dotnet} "$image/usr/share/dotnet/"
    cp -r "$dotnet"/shared/Microsoft.NETCore.App "$image/usr/share/dotnet/shared/"
    cp -r "$tests"/. "$image/t/bin/"
    cp "$root/BpfSharp.slnx" "$image/t/"
    cp -r "$root/tests/data/objects" "$root/tests/data/kernel" "$image/t/tests/data/"
    cp -r "$root/samples/c" "$image/t/samples/"
    # The runner wants OpenSSL, though nothing is encrypted.
    cp -L /usr/lib/x86_64-linux-gnu/lib{ssl,crypto}.so.3 "$image/lib/x86_64-linux-gnu/"
    for library in $(ldd "$dotnet/dotnet" "$dotnet"/shared/Microsoft.NETCore.App/*/lib{coreclr,System.Native,clrjit}.so | grep -o '/lib[^ ]*' | sort -u); do
        [ -f "$library" ] && cp -L "$library" "$image/lib/x86_64-linux-gnu/"
    done
    cp -L /lib64/ld-linux-x86-64.so.2 "$image/lib64/"
    # The configuration, for kconfig externs; and the modules the tests use, with what they need.
    cp "$modules/../../boot/config-$release" "$image/boot/" 2>/dev/null || true
    local wanted="veth sch_ingress cls_bpf act_bpf netkit nf_defrag_ipv4 nf_defrag_ipv6 nf_conntrack"
    depmod -b "$modules/../.." "$release" 2>/dev/null || true
    mkdir -p "$image/modules"
    : > "$image/modules/order"
    for module in $wanted; do
        modprobe -d "$modules/../.." -S "$release" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p' | while read -r file; do
            local plain; plain=$(basename "$file"); plain=${plain%.xz}
            if [ ! -e "$image/modules/$plain" ]; then
                case $file in *.xz) xz -dc "$file" > "$image/modules/$plain" ;; *) cp "$file" "$image/modules/$plain" ;; esac
                echo "$plain" >> "$image/modules/order"
            fi
        done
    done
}

failed=0
for kernel in "${kernels[@]}"; do
    apt_options=(-o quiet=1)
    package=$(package_of "$kernel")
    [ "$kernel" = 5.10 ] && apt_options=(-o "Dir::Etc::sourcelist=$cache/bullseye/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$cache/bullseye/lists")
    unpack "$package"
    release=$(basename "$(echo "$cache/$package"/lib/modules/*)")
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    image "$work/image" "$release" "$cache/$package/lib/modules"
    arguments=
    [ $# -eq 0 ] || arguments=$(printf "'%s' " "$@")
    cat > "$work/image/init" <<INIT
#!/bin/sh
export PATH=/bin HOME=/tmp TMPDIR=/tmp DOTNET_ROOT=/usr/share/dotnet LD_LIBRARY_PATH=/lib/x86_64-linux-gnu
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp
mount -t securityfs securityfs /sys/kernel/security
while read module; do insmod /modules/\$module; done < /modules/order
uname -r
cd /t
/usr/share/dotnet/dotnet /t/bin/BpfSharp.Linux.Tests.dll -noColor $arguments
echo "EXIT=\$?"
poweroff -f
INIT
    chmod +x "$work/image/init"
    (cd "$work/image" && find . | cpio -o -H newc --quiet) | gzip -1 > "$work/initrd.gz"
    log=$cache/$package.log
    # no_timer_check: on a loaded machine the kernel's test of its timer fails. -cx16: QEMU 7.2's emulation of cmpxchg16b makes newer kernels panic.
    timeout "$limit" qemu-system-x86_64 -accel tcg,thread=multi -cpu max,-cx16 -m 2048 -smp 2 -nographic -no-reboot -nodefaults -serial stdio \
        -kernel "$cache/$package/boot/vmlinuz-$release" -initrd "$work/initrd.gz" \
        -append "console=ttyS0 panic=-1 mitigations=off nokaslr quiet no_timer_check lsm=capability,bpf" < /dev/null | tee "$log" || true
    rm -rf "$work"
    if grep -aq '^EXIT=0' "$log"; then echo "== $package: passed"; else echo "== $package: FAILED (log: $log)"; failed=1; fi
done
exit $failed
