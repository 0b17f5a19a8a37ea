#!/usr/bin/env bash
# Builds the runtime's Wasm blob, or checks that the committed one is what the sources give.
set -euo pipefail
export LC_ALL=C

usage() {
    cat <<'TEXT'
Usage: chain/build.sh [--toolchain debian|rustup] [--check | --check-sources]

Builds chain/runtime into dml_sdk/chain/runtime/dml_runtime.wasm and writes its provenance beside it.

  --toolchain debian  /usr/bin/rustc with its source: apt-get install rustc-web rust-web-src cargo-web lld-19 binaryen
  --toolchain rustup  rustup's default toolchain: rustup target add wasm32v1-none; and wasm-opt (binaryen)
                      Without the option: the one that the provenance names, else the one that is there.
  --check             Build elsewhere and compare with the provenance.
  --check-sources     Compare sources and blob with the provenance, without building; needs no toolchain.

The Cargo target directory is $CARGO_TARGET_DIR, or chain/target (with --check: a temporary one).

Exit codes: 0 done, or equal; 1 different; 2 something is missing or failed;
            3 the toolchain is not the one of the provenance, so the blob was not compared.
TEXT
}

die() {
    echo "build.sh: $2" >&2
    exit "$1"
}

chain=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
package=$chain/../dml_sdk/chain/runtime
blob=$package/dml_runtime.wasm
provenance=$package/provenance.json

toolchain=
mode=build
while [ $# -gt 0 ]; do
    case $1 in
        --toolchain) toolchain=${2:-}; shift ;;
        --check) mode=check ;;
        --check-sources) mode=check-sources ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

# --- provenance --------------------------------------------------------------

# A value of the provenance file, which this script writes one key a line.
recorded() {
    [ -f "$provenance" ] || return 0
    sed -nE "s/^  \"$1\": \"?([^\"]*[^\",])\"?,?\$/\1/p" "$provenance"
}

sha256() {
    sha256sum "$1" | cut -d' ' -f1
}

# SHA-256 over a line "path NUL sha256" for every file under chain/ in order, except Markdown and target/.
sources_sha256() {
    (
        cd "$chain"
        find . -path ./target -prune -o -type f ! -name '*.md' -print | sort | while IFS= read -r path; do
            printf '%s\0%s\n' "${path#./}" "$(sha256 "$path")"
        done
    ) | sha256sum | cut -d' ' -f1
}

check_sources() {
    [ -f "$provenance" ] && [ -f "$blob" ] || die 1 "there is no blob or no provenance in $package: run chain/build.sh"
    [ "$(sources_sha256)" = "$(recorded sources_sha256)" ] ||
        die 1 "the sources under chain/ changed and the blob was not rebuilt: run chain/build.sh and commit its two files"
    [ "$(sha256 "$blob")" = "$(recorded blob_sha256)" ] ||
        die 1 "$blob is not the blob that its provenance describes: run chain/build.sh and commit its two files"
    echo "The blob's provenance matches the sources."
}

if [ $mode = check-sources ]; then
    check_sources
    exit 0
fi

# --- toolchain ---------------------------------------------------------------

has_debian() {
    [ -x /usr/bin/rustc ] && [ -x /usr/bin/cargo ] && [ -d "$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust/library" ] &&
        command -v wasm-ld-19 > /dev/null
}

has_rustup() {
    command -v rustup > /dev/null && rustup target list --installed 2> /dev/null | grep -qx wasm32v1-none
}

if [ -z "$toolchain" ]; then
    toolchain=$(recorded toolchain)
    if [ -z "$toolchain" ] || ! "has_$toolchain"; then
        if has_debian; then toolchain=debian; elif has_rustup; then toolchain=rustup; else
            usage >&2
            die 2 "neither toolchain is complete on this machine: install one of them as said above"
        fi
    fi
fi
command -v wasm-opt > /dev/null || die 2 "wasm-opt is missing: apt-get install binaryen"

# Relative to the wasm32v1-none target, the flags that make a module a runtime: memory comes from the host.
flags=(--cfg substrate_runtime -C target-cpu=mvp -C target-feature=-sign-ext
    -C link-arg=--import-memory -C link-arg=--export=__heap_base -C link-arg=--export-table)
build_flags=()
case $toolchain in
    debian)
        has_debian || die 2 "Debian's toolchain is not complete: apt-get install rustc-web rust-web-src cargo-web lld-19 binaryen"
        cargo=/usr/bin/cargo
        export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1
        flags+=(-C linker=wasm-ld-19 -C linker-flavor=wasm-ld)
        build_flags+=(-Zbuild-std=core,alloc)
        linker=$(wasm-ld-19 --version)
        ;;
    rustup)
        has_rustup || die 2 "rustup's toolchain is not complete: rustup target add wasm32v1-none"
        cargo=$(rustup which cargo)
        RUSTC=$(rustup which rustc)
        export RUSTC
        linker="rust-lld of $("$RUSTC" -V)"
        ;;
    *) die 2 "there is no toolchain \"$toolchain\": debian or rustup" ;;
esac

# Post-MVP features make wasm-opt fail here: network nodes refuse them.
wasm_opt_flags=(-Oz --strip-debug --mvp-features --enable-mutable-globals)

rustc_version=$("$RUSTC" -V)
cargo_version=$("$cargo" -V)
wasm_opt_version=$(wasm-opt --version)

matches_provenance() {
    [ "$(recorded rustc)" = "$rustc_version" ] && [ "$(recorded cargo)" = "$cargo_version" ] &&
        [ "$(recorded linker)" = "$linker" ] && [ "$(recorded wasm_opt)" = "$wasm_opt_version" ]
}

if [ $mode = check ]; then
    check_sources
    if ! matches_provenance; then
        echo "build.sh: the toolchain does not match the provenance, so the blob was not compared:" >&2
        echo "  provenance: $(recorded rustc); $(recorded linker); $(recorded wasm_opt)" >&2
        echo "  here:       $rustc_version; $linker; $wasm_opt_version" >&2
        exit 3
    fi
fi

# --- build -------------------------------------------------------------------

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ $mode = check ]; then
    target_dir=${CARGO_TARGET_DIR:-$scratch/target}/wasm-$toolchain
else
    target_dir=${CARGO_TARGET_DIR:-$chain/target}/wasm-$toolchain
fi

cd "$chain"
"$cargo" fetch --locked

# No path of this machine in the blob: its hash must not depend on where it was built.
cargo_home=${CARGO_HOME:-$HOME/.cargo}
remaps=("--remap-path-prefix=$chain=/chain")
for registry in "$cargo_home"/registry/src/*/; do
    remaps+=("--remap-path-prefix=${registry%/}=/registry")
done
std_sources=$("$RUSTC" --print sysroot)/lib/rustlib/src/rust
for std in "$std_sources" "$(readlink -f "$std_sources" || true)"; do
    if [ -n "$std" ]; then remaps+=("--remap-path-prefix=$std=/rust"); fi
done

# Separated by 0x1f, so that a path may contain spaces.
CARGO_ENCODED_RUSTFLAGS=$(printf '%s\x1f' "${flags[@]}" "${remaps[@]}")
export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%$'\x1f'}
export CARGO_INCREMENTAL=0
"$cargo" build --locked --release --package dml-runtime --no-default-features \
    --target wasm32v1-none --target-dir "$target_dir" "${build_flags[@]}"

built=$scratch/dml_runtime.wasm
wasm-opt "${wasm_opt_flags[@]}" "$target_dir/wasm32v1-none/release/dml_runtime.wasm" -o "$built" ||
    die 2 "wasm-opt refused the module: does it use features beyond the MVP?"

for path in "$chain" "$cargo_home" "$HOME/" "$std_sources"; do
    if grep -qaF "$path" "$built"; then die 2 "the blob contains a path of this machine: $path"; fi
done
size=$(stat -c %s "$built")
[ "$size" -lt 2000000 ] || die 2 "the blob has $size bytes; 2,000,000 is its limit"

if [ $mode = check ]; then
    [ "$(sha256 "$built")" = "$(recorded blob_sha256)" ] ||
        die 1 "the same toolchain built another blob from these sources: $(sha256 "$built"), recorded $(recorded blob_sha256)"
    echo "The blob was rebuilt and is equal."
    exit 0
fi

# --- result ------------------------------------------------------------------

mkdir -p "$package"
cp "$built" "$blob"
cat > "$provenance" <<JSON
{
  "blob": "dml_runtime.wasm",
  "blob_sha256": "$(sha256 "$blob")",
  "blob_size": $size,
  "sources_sha256": "$(sources_sha256)",
  "spec_version": $(sed -nE 's/^\tspec_version: ([0-9]+),$/\1/p' runtime/src/lib.rs),
  "sdk_version": "$(sed -nE 's/^version = "([^"]+)"$/\1/p' ../pyproject.toml | head -n 1)",
  "toolchain": "$toolchain",
  "rustc": "$rustc_version",
  "cargo": "$cargo_version",
  "linker": "$linker",
  "wasm_opt": "$wasm_opt_version",
  "flags": "${flags[*]} ${build_flags[*]}",
  "wasm_opt_flags": "${wasm_opt_flags[*]}"
}
JSON
echo "$blob: $size bytes, SHA-256 $(sha256 "$blob")"
