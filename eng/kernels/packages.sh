# Sourced by run.sh: stock Debian kernels, fetched once by apt from the archives it already uses, and kept in a cache folder.
# One line for each version: the archive (main or security) and the suite that has it. "newest" is what the next release is made from.
kernel_suites='
5.10   security bullseye-security
6.1    main     bookworm
6.12   main     trixie
newest main     sid
'

# fetch_kernel VERSION: sets kernel_folder (with lib/modules/), kernel_release and kernel_image.
fetch_kernel() {
    local version=$1 archive suite
    kernel_folder=$cache/$version
    if [ ! -e "$kernel_folder/complete" ]; then
        read -r archive suite < <(awk -v v="$version" '$1 == v { print $2, $3 }' <<< "$kernel_suites") || true
        [ -n "${suite:-}" ] || { echo "no kernel '$version' here: 5.10, 6.1, 6.12 or newest" >&2; return 1; }
        local site
        # The archive this machine's apt already uses, for another release.
        site=$(apt-get indextargets --format '$(SITE)' | sort -u | { [ "$archive" = security ] && grep -m 1 security || grep -v -m 1 security; }) \
            || { echo "apt knows no Debian $archive archive: add it to its sources" >&2; return 1; }
        local lists=$cache/lists/$suite
        mkdir -p "$lists/partial" "$kernel_folder"
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main" > "$cache/lists/$suite.list"
        local options=(-o quiet=2 -o "Dir::Etc::sourcelist=$cache/lists/$suite.list" -o Dir::Etc::sourceparts=-
            -o "Dir::State::lists=$lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
        apt-get "${options[@]}" update >&2
        # One package, or since 6.17 the image, the modules and the rest (the configuration) apart.
        local prefix=; [ "$version" = newest ] || prefix=${version//./\\.}
        local package
        package=$(apt-cache "${options[@]}" search --names-only "^linux-(image|binary)-${prefix}[0-9.-][^ ]*cloud-amd64\$" | cut -d' ' -f1 \
            | grep -v unsigned | sed 's/^linux-\(image\|binary\)-\(.*\)/\2 \1/' | sort -V | tail -1 | awk '{ print $1 }')
        [ -n "$package" ] || { echo "no package for kernel '$version' in $suite" >&2; return 1; }
        (
            cd "$kernel_folder"
            if apt-cache "${options[@]}" show "linux-binary-$package" > /dev/null 2>&1; then
                apt-get "${options[@]}" download "linux-binary-$package" "linux-modules-$package" "linux-base-$package" >&2
            else
                apt-get "${options[@]}" download "linux-image-$package" >&2
            fi
            for deb in *.deb; do dpkg-deb -x "$deb" .; rm -f "$deb"; done
            # Debian is merging /lib into /usr/lib.
            [ -d lib/modules ] || { mkdir -p lib && ln -sfn ../usr/lib/modules lib/modules; }
            touch complete
        )
    fi
    kernel_release=$(basename "$(echo "$kernel_folder"/lib/modules/*)")
    # The image lies in /boot, or in newer packages beside the modules.
    kernel_image=$kernel_folder/boot/vmlinuz-$kernel_release
    [ -e "$kernel_image" ] || kernel_image=$kernel_folder/lib/modules/$kernel_release/vmlinuz
}

# fetch_tool PACKAGE FILE: a program's path, from the machine or from its package.
fetch_tool() {
    local found
    if found=$(command -v "$(basename "$2")"); then echo "$found"; return; fi
    [ -e "$cache/tools/$2" ] || (mkdir -p "$cache/tools" && cd "$cache/tools" && apt-get -o quiet=2 download "$1" >&2 && dpkg-deb -x "$1"_*.deb . && rm -f "$1"_*.deb)
    echo "$cache/tools/$2"
}
