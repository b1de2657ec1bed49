//! The values of the request member `reason`, generated from the table of the library.

use std::fmt::Write;

#[path = "../../src/endpoint.rs"]
#[allow(dead_code)]
mod endpoint;

use endpoint::FailEndpoint;

/// Macros, because cbindgen has no string constants.
pub fn c_macros() -> String {
    let mut macros = String::from("\n// The values of the request member `reason`.\n");
    for spec in FailEndpoint::ALL.map(FailEndpoint::spec) {
        let name = spec.name.replace(' ', "_").to_uppercase();
        for reason in spec.reasons {
            writeln!(macros, "#define AUTHLETE_FAIL_{name}_REASON_{reason} \"{reason}\"").unwrap();
        }
    }
    macros
}

pub fn cpp_constants() -> String {
    let mut header = String::from(
        "// reasons.hpp: the values of the request member `reason`. Generated from src/endpoint.rs; do\n\
         // not edit.\n\n\
         #ifndef AUTHLETE_FAIL_REASONS_HPP\n#define AUTHLETE_FAIL_REASONS_HPP\n\n\
         #include <string_view>\n\nnamespace authlete_fail {\n\n",
    );
    for spec in FailEndpoint::ALL.map(FailEndpoint::spec) {
        let function = spec.name.replace(' ', "_");
        writeln!(header, "/// The reasons of client::{function}().").unwrap();
        writeln!(header, "namespace {function}_reason {{").unwrap();
        for reason in spec.reasons {
            let name = reason.to_lowercase();
            writeln!(header, "inline constexpr std::string_view {name} = \"{reason}\";").unwrap();
        }
        writeln!(header, "}} // namespace {function}_reason\n").unwrap();
    }
    header + "} // namespace authlete_fail\n\n#endif // AUTHLETE_FAIL_REASONS_HPP\n"
}
