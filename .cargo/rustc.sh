#!/usr/bin/env bash
# rustc.sh RUSTC ARGUMENT...: keeps the folders of the build machine out of libraries and programs.
#
# The messages of panics contain the paths of source files. They begin with the folder of the crate, for which Cargo
# uses CARGO_HOME; this replaces it with the name and version of the crate, as Cargo's unstable `trim-paths` does.
# Paths of the standard library do not depend on the machine.
#
# It needs bash: dash removes variables whose names contain a hyphen, such as CARGO_BIN_EXE_authlete-fail-sandbox.
#
# A build with debug information keeps its paths, because debuggers search for them.
case " $* " in
*debuginfo=*) exec "$@" ;;
esac
crate=$CARGO_PKG_NAME-$CARGO_PKG_VERSION
exec "$@" ${CARGO_MANIFEST_DIR:+--remap-path-prefix="$CARGO_MANIFEST_DIR=$crate"} \
    ${OUT_DIR:+--remap-path-prefix="$OUT_DIR=$crate/out"}
