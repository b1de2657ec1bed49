//! The Go package compiles, passes Go's linters and its tests, and its server starts and stops.

use std::ffi::OsStr;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::common::{configure, sandbox};
use crate::support::{self, ROOT, library, run, scratch};

const FOLDER: &str = "docs/snippets/go";

/// Writes the pkg-config file of the library that was built, and returns its folder.
fn pkg_config() -> PathBuf {
    let template =
        fs::read_to_string(Path::new(ROOT).join("bindings/pkgconfig/authlete-fail.pc.in"));
    let text = template
        .unwrap()
        .replace("@LIBDIR@", library().parent().unwrap().to_str().unwrap())
        .replace("@INCLUDEDIR@", &format!("{ROOT}/include"))
        .replace("@PC_PREFIX@", ROOT)
        .replace("@VERSION@", env!("CARGO_PKG_VERSION"))
        .replace("@NATIVE_LIBS@", "");
    let folder = scratch().join("go-pkgconfig");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("authlete-fail.pc"), text).unwrap();
    folder
}

/// A command in the folder of the Go module, which must not use the network.
fn go(program: impl AsRef<OsStr>, arguments: &[&str], base_url: &str) -> Command {
    let mut command = Command::new(program);
    configure(&mut command, base_url)
        .args(arguments)
        .env("GOFLAGS", "-mod=mod -buildvcs=false")
        .env("GOPROXY", "off")
        .env("GOCACHE", support::target().join("go-cache"))
        .env("PKG_CONFIG_PATH", pkg_config())
        .env("LD_LIBRARY_PATH", library().parent().unwrap())
        .current_dir(Path::new(ROOT).join(FOLDER));
    command
}

#[test]
fn go_code_is_formatted_and_vetted() {
    assert_eq!(run(&mut go("gofmt", &["-l", "."], "")), "");
    run(&mut go("go", &["vet", "./..."], ""));
}

/// The tests include 50 concurrent users. `cgocheck=2` checks every pointer that Go code passes to C.
#[test]
fn go_tests_pass() {
    let sandbox = sandbox();
    let mut command = go("go", &["test", "-count=1", "./..."], &sandbox.base_url());
    let printed = run(command.env("GODEBUG", "cgocheck=2"));
    assert!(printed.starts_with("ok  \texample.com/server\t"), "{printed}");
}

#[test]
fn the_go_server_denies_and_stops_on_sigterm() {
    let sandbox = sandbox();
    let program = scratch().join("snippet-go-server");
    run(&mut go("go", &["build", "-o", program.to_str().unwrap(), "."], ""));
    let address = support::unused_address().to_string();
    let mut server = go(&program, &[&address], &sandbox.base_url()).spawn().unwrap();
    while TcpStream::connect(&address).is_err() {
        assert!(server.try_wait().unwrap().is_none(), "the server has ended");
        thread::sleep(Duration::from_millis(10));
    }
    let script = fs::read_to_string(Path::new(ROOT).join(FOLDER).join("deny.sh")).unwrap();
    let script = script.replace("127.0.0.1:8080", &address);
    let folder = scratch().join("go-cookies");
    fs::create_dir_all(&folder).unwrap();
    let printed = run(Command::new("sh").args(["-c", &script]).current_dir(folder));
    assert!(printed.starts_with("HTTP/1.1 302 Found\r\n"), "{printed}");
    assert!(printed.contains("\r\nLocation: https://client.example.org/cb?error=access_denied&"));
    run(Command::new("kill").arg(server.id().to_string()));
    assert!(server.wait().unwrap().success());
}
