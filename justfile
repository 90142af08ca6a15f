# Recipes for people; .ci/run is the same for machines. Each says plainly which tool it misses (exit code 77).

set positional-arguments

# Lists the recipes.
default:
    @just --list --unsorted

# All tests.
test *words:
    cargo test --workspace "$@"

# Format, clippy, rules of the house.
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    scripts/house

# Documentation of the Rust crates, without a warning.
doc *words:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps "$@"

# Every callback of some requests against an embedded server.
demo *words:
    cargo run --release -p winhttp-trace -- demo "$@"

# README's C program: compiled, run, compared.
readme:
    scripts/readme

# The C programs under AddressSanitizer, the library instrumented too.
asan:
    scripts/programs asan

# The C programs under valgrind.
valgrind:
    scripts/programs valgrind

# winhttp-trace against nginx and openssl s_server with bad certificates.
tls-peers:
    scripts/tls-peers

# The delivery under the model checker.
model:
    .ci/run model

# Benchmarks beside libcurl and raw epoll (crates/bench/README.md).
bench *words:
    cargo run --release -p winhttp-bench -- run --rounds 5 --out docs/bench.md --chart docs/bench.svg "$@"

# Instructions, system calls and allocations of one request.
icount *words:
    cargo run --release -p winhttp-bench -- icount "$@"

# Builds all fuzz targets and runs each; SECONDS, then names of targets.
fuzz *words:
    crates/fuzz/run "$@"

# The conformance suite against this library.
conformance *words:
    cargo build --release -p winhttp-capi
    cargo run --release -p winhttp-conformance -- run --subject native "$@"

# The same against Wine's winhttp.
wine *words:
    cargo run --release -p winhttp-conformance -- run --subject wine "$@"

# The same against this library as a DLL under Wine.
wine-native *words:
    scripts/wine-native "$@"

# One page of all subjects played so far.
report file="target/conformance/report.html":
    cargo run --release -p winhttp-conformance -- report --html "{{ file }}"

# Type-check for macOS from Debian: aarch64 or x86_64, check or build.
macos-check *words:
    scripts/macos-check "$@"

# Everything that is checked, as on a fresh machine; or the steps named.
ci *steps:
    .ci/run "$@"
