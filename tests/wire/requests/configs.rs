//! Configurations, and their effect on a request.

use serde_json::{Value, json};

use super::Request;
use super::documents::{Document, Options};
use crate::harness::driver::Process;
use crate::harness::{Server, certificate};

/// How the client reaches the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    Plain,
    Tls,
    /// TLS through a tunnel, so that any host and port can be named.
    Proxy,
}

/// A base URL, the Host header, and the prefix of the path. `PORT` stands for the server's.
type Base = (&'static str, &'static str, &'static str);

const PLAIN: [Base; 4] = [
    ("http://127.0.0.1:PORT", "127.0.0.1:PORT", ""),
    ("http://127.0.0.1:PORT/", "127.0.0.1:PORT", ""),
    ("HTTP://127.0.0.1:PORT/authlete/v-1_2.3~x/", "127.0.0.1:PORT", "/authlete/v-1_2.3~x"),
    ("http://LocalHost:PORT/A", "localhost:PORT", "/A"),
];

const TLS: [Base; 2] = [
    ("https://127.0.0.1:PORT", "127.0.0.1:PORT", ""),
    ("https://LOCALHOST:PORT/a/b", "localhost:PORT", "/a/b"),
];

const PROXY: [Base; 7] = [
    ("https://authlete.test", "authlete.test", ""),
    ("https://Authlete.Test:443/", "authlete.test", ""),
    ("https://authlete.test:80", "authlete.test:80", ""),
    ("https://authlete.test:8443/a", "authlete.test:8443", "/a"),
    ("https://127.0.0.1", "127.0.0.1", ""),
    ("https://[::1]", "[::1]", ""),
    ("https://[::1]:8443/b", "[::1]:8443", "/b"),
];

/// The keys of the service, what they add to the path, and the Authorization header.
type Service = (&'static str, &'static str, &'static str);

const SERVICES: [Service; 4] = [
    (r#"{"serviceId":"21653835348762","accessToken":"t"}"#, "/21653835348762", "Bearer t"),
    (
        r##"{"apiVersion":"v3","serviceId":"Az_-9","accessToken":"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"}"##,
        "/Az_-9",
        r##"Bearer !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"##,
    ),
    (r#"{"apiVersion":"v2","accessToken":"t0ken"}"#, "", "Bearer t0ken"),
    (r#"{"apiVersion":"v2","apiKey":"key","apiSecret":"sec:ret"}"#, "", "Basic a2V5OnNlYzpyZXQ="),
];

const USER_AGENTS: [Option<&str>; 2] = [None, Some("My Server/1.0 (x; \"y\") ~")];

/// User and password of the proxy, and the resulting header.
const CREDENTIALS: [(&str, Option<&str>); 3] = [
    ("", None),
    ("user:password@", Some("Basic dXNlcjpwYXNzd29yZA==")),
    ("us%C3%A9r:p%40ss%3A%2F@", Some("Basic dXPDqXI6cEBzczov")),
];

/// A client of the library.
#[derive(Debug)]
pub struct Client {
    route: Route,
    base: Base,
    service: Service,
    user_agent: Option<&'static str>,
    proxy_credentials: (&'static str, Option<&'static str>),
    /// All calls use one connection.
    pub is_reusing: bool,
}

/// Every combination of what changes a request.
pub fn all(route: Route) -> Vec<Client> {
    let bases = match route {
        Route::Plain => PLAIN.as_slice(),
        Route::Tls => TLS.as_slice(),
        Route::Proxy => PROXY.as_slice(),
    };
    let credentials =
        if route == Route::Proxy { CREDENTIALS.as_slice() } else { &CREDENTIALS[..1] };
    let mut clients = Vec::new();
    for &base in bases {
        for &proxy_credentials in credentials {
            let mut add = |service, user_agent, is_reusing| {
                clients.push(Client {
                    route,
                    base,
                    service,
                    user_agent,
                    proxy_credentials,
                    is_reusing,
                });
            };
            for service in SERVICES {
                for user_agent in USER_AGENTS {
                    add(service, user_agent, true);
                }
            }
            add(SERVICES[0], USER_AGENTS[0], false);
        }
    }
    clients
}

impl Client {
    /// Makes the client of the driver.
    pub fn make(&self, library: &mut Process, server: &Server) {
        let mut config: Value = serde_json::from_str(self.service.0).unwrap();
        config["baseUrl"] = json!(with_port(self.base.0, server));
        config["timeoutMs"] = json!(30_000);
        config["allowInsecureHttp"] = json!(true);
        if self.route != Route::Plain {
            config["caPem"] = json!(certificate().0);
        }
        if self.route == Route::Proxy {
            let credentials = self.proxy_credentials.0;
            config["proxy"] = json!(format!("http://{credentials}{}", server.address()));
        }
        if let Some(user_agent) = self.user_agent {
            config["userAgent"] = json!(user_agent);
        }
        if !self.is_reusing {
            config["maxIdleConnections"] = json!(0);
        }
        let reply = library.command("client", config.to_string().as_bytes()).unwrap();
        assert_eq!(reply.text("status"), "OK", "{}", reply.text("error"));
    }

    /// What is sent for `document`.
    pub fn request(&self, server: &Server, document: &Document) -> Request {
        let default_user_agent = format!("authlete-fail/{}", env!("CARGO_PKG_VERSION"));
        let Options { method, access_token, headers } = document.options;
        let own_token = access_token.map(|token| format!("Bearer {token}"));
        let mut expected = vec![
            ("host", with_port(self.base.1, server)),
            ("accept", "application/json".to_owned()),
            ("user-agent", self.user_agent.map_or(default_user_agent, str::to_owned)),
            ("authorization", own_token.unwrap_or(self.service.2.to_owned())),
        ];
        if method == "POST" {
            expected.push(("content-type", "application/json".to_owned()));
            expected.push(("content-length", document.sent.len().to_string()));
        }
        let expected = expected.iter().map(|(name, value)| (*name, value.as_str()));
        let expected: Vec<_> = expected.chain(headers.iter().copied()).collect();
        let target = format!("{}/api{}{}", self.base.2, self.service.1, document.path);
        Request::new(method, &target, &expected, &document.sent)
    }

    /// The request for a tunnel.
    pub fn tunnel(&self) -> Request {
        let host = self.base.1;
        let has_port = host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
        let target = if has_port { host.to_owned() } else { format!("{host}:443") };
        let mut headers = vec![("host", &*target)];
        headers.extend(self.proxy_credentials.1.map(|value| ("proxy-authorization", value)));
        Request::new("CONNECT", &target, &headers, "")
    }
}

fn with_port(text: &str, server: &Server) -> String {
    text.replace("PORT", &server.port().to_string())
}
