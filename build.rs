//! Link arguments of the shared library: its SONAME, and no unloading, because glibc may still
//! have to run the library's thread-local destructors after `dlclose`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libauthlete_fail.so.0");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
