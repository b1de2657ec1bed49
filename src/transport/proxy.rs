//! Opens a tunnel through an HTTP proxy with CONNECT (RFC 9110, 9.3.6).

use super::failure::Failure;
use super::socket::Socket;
use crate::config::Proxy;
use crate::sys;

/// The maximum length of the status line and headers of a proxy's response, in bytes.
const MAX_HEADERS_LEN: usize = 8 * 1024;

/// Asks the proxy at the other end of `socket` for a tunnel to `authority`.
pub fn open_tunnel(socket: &mut Socket, proxy: &Proxy, authority: &str) -> Result<(), Failure> {
    // CONNECT requires the port, even if it is the default port (RFC 9112, 3.2.3).
    let has_port = authority.rsplit(']').next().is_some_and(|rest| rest.contains(':'));
    let port = if has_port { "" } else { ":443" };
    let request = format!("CONNECT {authority}{port} HTTP/1.1\r\nHost: {authority}{port}\r\n");
    let authorization_len = proxy.authorization.as_ref().map_or(0, |value| value.expose().len());
    // Allocated with its final capacity, because a reallocation would leave an unwiped copy of the
    // password.
    let mut head = Vec::with_capacity(request.len() + authorization_len + 64);
    head.extend_from_slice(request.as_bytes());
    if let Some(authorization) = &proxy.authorization {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(authorization.expose());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    let sent = socket.send_all(&head);
    sys::wipe(&mut head);
    sent.map_err(not_opened)?;
    match read_status(socket).map_err(not_opened)? {
        Some(200..=299) => Ok(()),
        status => Err(Failure::ProxyRefused(status)),
    }
}

/// Says that the proxy's connection was lost: no tunnel was opened, so nothing was sent to Authlete.
fn not_opened(failure: Failure) -> Failure {
    match failure {
        Failure::Broken(_) => Failure::ProxyLost,
        failure => failure,
    }
}

/// Reads the proxy's response and returns its status. It reads byte by byte up to the end of the
/// headers, because the bytes after them belong to the tunnel.
fn read_status(socket: &mut Socket) -> Result<Option<u16>, Failure> {
    let mut head = Vec::with_capacity(512);
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() >= MAX_HEADERS_LEN {
            return Ok(None);
        }
        if socket.receive(&mut byte)? == 0 {
            return Err(Failure::ProxyLost);
        }
        head.extend_from_slice(&byte);
    }
    let status = std::str::from_utf8(&head).ok().and_then(|head| {
        let (version, rest) = head.split_once(' ')?;
        let status = rest.get(..3)?.parse().ok()?;
        version.starts_with("HTTP/1.").then_some(status)
    });
    Ok(status)
}
