//! The text that the program prints when it accepts requests.

use std::path::Path;

use authlete_fail_sandbox::{Sandbox, Service};

/// The first line, with the address, is for scripts; the rest is for people: credentials, three commands
/// to paste into a shell, and environment variables for a server.
pub fn banner(
    services: &[Service],
    sandbox: &Sandbox,
    notes: &[String],
    ca_file: Option<&Path>,
) -> String {
    let base_url = sandbox.base_url();
    let mut lines = vec![format!("listening on {base_url}")];
    lines.extend_from_slice(notes);
    for service in services {
        let Service { service_id, access_token, api_key, api_secret, unbound_token, .. } = service;
        let mut line = format!("service {service_id}: access token {access_token}");
        if service.api_dpop.is_some() {
            line += ", which requires DPoP";
            if !unbound_token.is_empty() {
                line += &format!(", unbound token {unbound_token}");
            }
        } else if !api_key.is_empty() {
            line += &format!(", v2 credentials {api_key}:{api_secret}");
        }
        lines.push(line);
    }
    if let Some(service) = services.first()
        && let Some(client) = service.clients.first()
        && let Some(token) = curl_token(service)
    {
        let url = format!("{base_url}/api/{}/auth/authorization", service.service_id);
        let ca = ca_file.map(|file| format!("--cacert {} ", shell_quoted(&file.to_string_lossy())));
        let ca = ca.unwrap_or_default();
        let curl = |url: &str, body: &str| {
            format!(
                "  curl {ca}-H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\\n    \
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
        if let Some(file) = ca_file {
            let config = serde_json::json!({ "caFile": file.to_string_lossy() }).to_string();
            lines.push(format!("  export AUTHLETE_FAIL_CONFIG_JSON={}", shell_quoted(&config)));
        }
    }
    lines.join("\n") + "\n"
}

/// The token for commands without a DPoP proof, if the service has one.
fn curl_token(service: &Service) -> Option<&str> {
    let token = match service.api_dpop {
        None => &service.access_token,
        Some(_) => &service.unbound_token,
    };
    Some(token.as_str()).filter(|token| !token.is_empty())
}

fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
