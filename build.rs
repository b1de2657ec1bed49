//! Link arguments of the shared library: its SONAME, and no unloading, because glibc may still
//! have to run the library's thread-local destructors after `dlclose`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let major = env!("CARGO_PKG_VERSION_MAJOR");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libauthlete_fail.so.{major}");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
