//! Another archive, with its own standard library and unwinder.

#[no_mangle]
pub extern "C" fn other_catches() -> i32 {
    std::panic::set_hook(Box::new(|_| ()));
    let caught = std::panic::catch_unwind(|| panic!("caught here"));
    i32::from(caught.is_err())
}
