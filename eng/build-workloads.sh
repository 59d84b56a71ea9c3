#!/usr/bin/env bash
# Builds the benchmark workloads: eBPF objects, committed beside their sources, and their native twins, which are not.
set -euo pipefail
cd "$(dirname "$0")/.."
clang=${CLANG:-clang-19}
strip=${LLVM_STRIP:-llvm-strip-19}
out=artifacts/bench
mkdir -p "$out"
for source in bench/workloads/*.c; do
    name=$(basename "$source" .c)
    if [ "$name" != native ]; then
        for form in plain xdp; do
            object=bench/workloads/$name.$form.o
            "$clang" -O2 -g -target bpf -mcpu=v3 "-D${form^^}" "-ffile-prefix-map=$PWD=." -c "$source" -o "$object"
            "$strip" -g "$object"
        done
    fi
    # Scalar: what eBPF can express. The vectorised form is measured too, to say what it costs.
    "$clang" -O2 -march=x86-64-v3 -fPIC -fno-vectorize -fno-slp-vectorize -DNATIVE "-DNAME=native_$name" -c "$source" -o "$out/$name.scalar.native.o"
    "$clang" -O2 -march=x86-64-v3 -fPIC -DNATIVE "-DNAME=native_$name" -c "$source" -o "$out/$name.vector.native.o"
done
for form in scalar vector; do
    "$clang" -shared -o "$out/native-$form.so" "$out"/*.$form.native.o
done
ls -l bench/workloads/*.o "$out"/*.so | awk '{ print $9 ": " $5 " bytes" }'
