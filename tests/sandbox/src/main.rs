//! The sandbox as a program.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use authlete_fail_sandbox::{Options, Sandbox, Service, Tls};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

const HELP: &str = r#"ENDPOINTS:
  auth/authorization, backchannel/authentication and auth/token, and the calls that issue, complete or
  fail such a request; auth/authorization/ticket/info, service/configuration and service/jwks/get

GRANT TYPES:
  authorization_code (with PKCE), password, refresh_token, urn:openid:params:grant-type:ciba

CONFIG FILE:
  A JSON array of services. Only serviceId and accessToken are required.

  [{ "serviceId": "21653835348762", "accessToken": "sandbox-access-token",
     "apiKey": "21653835348762", "apiSecret": "sandbox-api-secret",
     "issuer": "https://as.example.com",
     "clients": [{ "clientId": 26478243745571, "clientSecret": "sandbox-client-secret",
                   "clientName": "My client", "redirectUri": "https://client.example.org/cb",
                   "deliveryMode": "POLL", "clientNotificationEndpoint": "" }],
     "errorDescriptionOmitted": false, "errorUriOmitted": false, "issSuppressed": false,
     "backchannelPollingInterval": 5, "dpopNonce": "" }]

  A client with an empty clientSecret is public. deliveryMode is POLL, PING or PUSH (CIBA). If
  dpopNonce is not empty, every API response from auth/token contains it.

EXIT STATUS:
  0 after SIGTERM, SIGINT or the end of standard input (--exit-on-eof), 1 if it cannot start, 2 for an invalid command line."#;

/// A local Authlete emulator: issues tickets, codes and tokens and fails requests as documented
#[derive(Parser)]
#[command(name = "authlete-fail-sandbox", version, after_help = HELP)]
struct Arguments {
    /// Port on 127.0.0.1; 0 picks any free port
    #[arg(long, default_value_t = 8765)]
    port: u16,
    /// JSON file with the services that replace the two built-in ones
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// PEM file with a certificate chain for localhost; enables HTTPS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Exit at the end of standard input, so that the sandbox ends with its parent process
    #[arg(long)]
    exit_on_eof: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("authlete-fail-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let options = options(arguments)?;
    let services = options.services.clone();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        // Before anything is printed: a program that reads the first line may send a signal at once.
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| error.to_string())?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| error.to_string())?;
        let sandbox = Sandbox::start(options).map_err(|error| error.to_string())?;
        // A script may close the pipe after the first line, which is not an error.
        let _ = print(&banner(&services, &sandbox.base_url()));
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = end_of_stdin(), if arguments.exit_on_eof => {}
        }
        Ok(())
    })
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
    let mut options = Options { port: arguments.port, ..Options::default() };
    if let Some(path) = &arguments.config {
        options.services = serde_json::from_str(&read(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let (Some(certificate), Some(key)) = (&arguments.tls_certificate, &arguments.tls_key) {
        options.tls = Some(Tls { certificate_pem: read(certificate)?, key_pem: read(key)? });
    }
    Ok(options)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The first line, with the address, is for scripts; the rest is for people: credentials, three commands
/// to paste into a shell, and environment variables for a server.
fn banner(services: &[Service], base_url: &str) -> String {
    let mut lines = vec![format!("listening on {base_url}")];
    for Service { service_id, access_token, api_key, api_secret, .. } in services {
        let mut line = format!("service {service_id}: access token {access_token}");
        if !api_key.is_empty() {
            line += &format!(", v2 credentials {api_key}:{api_secret}");
        }
        lines.push(line);
    }
    if let Some(service) = services.first()
        && let Some(client) = service.clients.first()
    {
        let url = format!("{base_url}/api/{}/auth/authorization", service.service_id);
        let curl = |url: &str, body: &str| {
            let token = &service.access_token;
            format!(
                "  curl -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n    \
                 -d '{body}' {url}"
            )
        };
        let query = format!("response_type=code&client_id={}&state=s1", client.client_id);
        lines.push("get a ticket:".to_owned());
        lines.push(curl(&url, &format!(r#"{{"parameters":"{query}"}}"#)));
        lines.push("issue a code:".to_owned());
        lines.push(curl(&format!("{url}/issue"), r#"{"ticket":"TICKET","subject":"john"}"#));
        lines.push("or fail the request:".to_owned());
        lines.push(curl(&format!("{url}/fail"), r#"{"ticket":"TICKET","reason":"DENIED"}"#));
    }
    if let Some(service) = services.first() {
        lines.push("environment for a server:".to_owned());
        lines.push(format!(
            "  export AUTHLETE_BASE_URL={base_url} AUTHLETE_SERVICE_APIKEY={} \
             AUTHLETE_SERVICE_ACCESSTOKEN={}",
            service.service_id, service.access_token
        ));
    }
    lines.join("\n") + "\n"
}
