//! Somebody else's Rust archive, which catches a panic of its own.

#[unsafe(no_mangle)]
pub extern "C" fn other() -> i32 {
    std::panic::set_hook(Box::new(|_| ()));
    i32::from(std::panic::catch_unwind(|| panic!("planted")).is_err())
}
