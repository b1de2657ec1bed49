//! The sandbox as a program.

mod arguments;
mod banner;

use std::fs;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::thread;

use authlete_fail_sandbox::{ApiDpop, Options, Sandbox, Service, Tls};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::arguments::Arguments;
use crate::banner::banner;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = if arguments.health_check { check_health(&arguments) } else { run(&arguments) };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("authlete-fail-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let options = options(arguments)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        // Before anything is printed: a program that reads the first line may send a signal at once.
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let services = options.services_with_defaults();
        let sandbox = Sandbox::start(options).map_err(|error| error.to_string())?;
        // The file exists, so that its path can be made absolute.
        let ca_file = arguments.tls.as_ref().and_then(|file| file.canonicalize().ok());
        let banner = banner(&services, &sandbox, &notes(arguments, &sandbox), ca_file.as_deref());
        // A script may close the pipe after the first line, which is not an error.
        let _ = print(&banner);
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = end_of_stdin(), if arguments.exit_on_eof => {}
        }
        Ok(())
    })
}

/// For a container: its image need not contain another program for the check.
fn check_health(arguments: &Arguments) -> Result<(), String> {
    let address = SocketAddr::new(arguments.host, arguments.port);
    TcpStream::connect(address).map(drop).map_err(|error| format!("{address}: {error}"))
}

/// Waits for the end of standard input. A separate thread reads it: Tokio would wait for a pending read
/// before the program could exit after a signal.
async fn end_of_stdin() {
    let (ended, end) = oneshot::channel();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = ended.send(());
    });
    let _ = end.await;
}

fn options(arguments: &Arguments) -> Result<Options, String> {
    let mut options = Options {
        host: arguments.host,
        port: arguments.port,
        control_token: arguments.control_token.clone(),
        log: arguments.log,
        api_dpop: arguments.api_dpop.map(|nonce| ApiDpop { nonce, ..ApiDpop::default() }),
        ..Options::default()
    };
    if let Some(path) = &arguments.config {
        options.services = Service::from_config(&read(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let (Some(certificate), Some(key)) = (&arguments.tls_certificate, &arguments.tls_key) {
        options.tls = Some(Tls { certificate_pem: read(certificate)?, key_pem: read(key)? });
    }
    if let Some(ca_file) = &arguments.tls {
        let (tls, ca) = Tls::generate(&names(arguments)).map_err(|error| error.to_string())?;
        write(ca_file, &ca)?;
        options.tls = Some(tls);
    }
    Ok(options)
}

/// The names in the certificate of `--tls`.
fn names(arguments: &Arguments) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    let host = arguments.host.to_string();
    if !arguments.host.is_unspecified() && !names.contains(&host) {
        names.push(host);
    }
    names.extend_from_slice(&arguments.tls_name);
    names
}

/// Lines for a user who has asked for another address or TLS.
fn notes(arguments: &Arguments, sandbox: &Sandbox) -> Vec<String> {
    let mut notes = Vec::new();
    if arguments.host.is_unspecified() {
        notes.push(format!("on all addresses ({})", arguments.host));
    }
    if let Some(ca_file) = &arguments.tls {
        notes.push(format!("CA certificate: {}", ca_file.display()));
    }
    // A token that the user has chosen need not appear in a log.
    if let Some(token) = sandbox.control_token().filter(|_| arguments.control_token.is_none()) {
        notes.push(format!("control token: {token}"));
    }
    notes
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
