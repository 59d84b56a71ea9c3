# Sourced by run.sh: what goes into the guest's memory disk. Two archives, one after the other: the tests with what they need,
# the same for every kernel; and the kernel's modules with the first program.

pack() { (cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc --quiet) | gzip -1 > "$2"; }

# pack_tests PUBLISHED ARCHIVE
pack_tests() {
    local image=$work/image library
    mkdir -p "$image"/{bin,lib64,lib/x86_64-linux-gnu,proc,sys,dev,tmp,etc,boot,t/bin}
    cp "$(fetch_tool busybox-static bin/busybox)" "$image/bin/busybox"
    for applet in sh mount umount mkdir uname poweroff insmod unshare cat ls sleep ip true id; do ln -sf busybox "$image/bin/$applet"; done
    cp -r "$1"/. "$image/t/bin/"
    rm -rf "$image"/t/bin/*.pdb.gz "$image"/t/bin/createdump "$image"/t/bin/libmscordbi.so "$image"/t/bin/libmscordaccore.so "$image"/t/bin/BpfSharp*.xml
    for path in "${data[@]}"; do
        mkdir -p "$image/t/$(dirname "$path")"
        cp -r "$root/$path" "$image/t/$(dirname "$path")/"
    done
    # The runner wants OpenSSL, though nothing is encrypted.
    cp -L /usr/lib/x86_64-linux-gnu/lib{ssl,crypto}.so.3 "$image/lib/x86_64-linux-gnu/"
    for library in $(ldd "$image/t/bin"/lib{coreclr,System.Native,clrjit}.so "$image/t/bin/$name" | grep -o '/lib[^ ]*' | sort -u); do
        [ -f "$library" ] && cp -L "$library" "$image/lib/x86_64-linux-gnu/"
    done
    cp -L /lib64/ld-linux-x86-64.so.2 "$image/lib64/"
    echo 'root:x:0:0:root:/tmp:/bin/sh
nobody:x:65534:65534:nobody:/tmp:/bin/sh' > "$image/etc/passwd"
    pack "$image" "$2"
    rm -rf "$image"
}

# pack_kernel ARCHIVE PROGRAM [ARGUMENTS]
pack_kernel() {
    local archive=$1 program=$2 image=$work/modules file plain
    shift 2
    rm -rf "$image"
    mkdir -p "$image/modules" "$image/boot"
    # The configuration, for kconfig externs; and the modules the tests use, with what they need.
    cp "$kernel_folder/boot/config-$kernel_release" "$image/boot/" 2> /dev/null \
        || cp "$kernel_folder/lib/modules/$kernel_release/config" "$image/boot/config-$kernel_release" 2> /dev/null || true
    [ -e "$kernel_folder/lib/modules/$kernel_release/modules.dep" ] || depmod -b "$kernel_folder" "$kernel_release" 2> /dev/null || true
    : > "$image/modules/order"
    for module in veth sch_ingress cls_bpf act_bpf netkit nf_defrag_ipv4 nf_defrag_ipv6 nf_conntrack; do
        for file in $(modprobe -d "$kernel_folder" -S "$kernel_release" --show-depends "$module" 2> /dev/null | sed -n 's/^insmod \([^ ]*\).*/\1/p'); do
            plain=$(basename "$file"); plain=${plain%.xz}; plain=${plain%.zst}
            if [ ! -e "$image/modules/$plain" ]; then
                case $file in
                    *.xz) xz -dc "$file" > "$image/modules/$plain" ;;
                    *.zst) zstd -dcq "$file" > "$image/modules/$plain" ;;
                    *) cp "$file" "$image/modules/$plain" ;;
                esac
                echo "$plain" >> "$image/modules/order"
            fi
        done
    done
    local arguments=
    [ $# -eq 0 ] || arguments=$(printf "'%s' " "$@")
    cat > "$image/init" <<INIT
#!/bin/sh
export PATH=/bin:/t/bin HOME=/tmp TMPDIR=/tmp LD_LIBRARY_PATH=/lib/x86_64-linux-gnu DOTNET_TieredPGO=0 DOTNET_EnableDiagnostics=0 TERM=dumb
export BPFSHARP_GUEST=1 BPFSHARP_TEST_SHARED=1 DOTNET_EnableWriteXorExecute=0
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp
mount -t securityfs securityfs /sys/kernel/security
while read module; do insmod /modules/\$module; done < /modules/order
cd /t
/t/bin/$program -noColor $arguments
echo "EXIT=\$?"
poweroff -f
INIT
    chmod +x "$image/init"
    pack "$image" "$archive"
    rm -rf "$image"
}

# report LOG: what the tests inside said; false if one failed or the guest did not come to its end.
report() {
    local log=$1 clean summary
    clean=$(tr -d '\r' < "$log" | sed 's/\x1b\[[0-9;?]*[a-zA-Z]//g')
    summary=$(grep -a -o 'Total: [0-9]*, Errors: [0-9]*, Failed: [0-9]*, Skipped: [0-9]*' <<< "$clean" | tail -1 || true)
    if [ -z "$summary" ] || ! grep -aq '^EXIT=' <<< "$clean"; then
        echo "   NOT FINISHED (log: $log)"
        tail -3 <<< "$clean" | cut -c 1-160
        return 1
    fi
    grep -a -E '\[(FAIL|SKIP)\]' <<< "$clean" | sed 's/^ */   /' | grep -a FAIL || true
    # Reasons for skipping, with how many tests each.
    grep -a -A 1 '\[SKIP\]' <<< "$clean" | grep -a -v -e '\[SKIP\]' -e '^--' | sed 's/^ *//' | cut -c 1-150 | sort | uniq -c | sort -rn | sed 's/^/   skipped/' || true
    read -r total errors bad skipped < <(tr -dc '0-9 ' <<< "$summary")
    echo "== $kernel: $((total - errors - bad - skipped)) passed, $((bad + errors)) failed, $skipped skipped (log: $log)"
    [ $((bad + errors)) -eq 0 ]
}
