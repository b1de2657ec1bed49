//! Connections and HTTP; `exchange` and `control` create the responses.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::cut_body::{ResponseBody, whole};
use crate::state::State;
use crate::{control, exchange};

/// Authlete's limit is not published.
const BODY_LIMIT: usize = 1024 * 1024;

/// Serves until the sender of `stopped` is dropped; open connections end with the runtime.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    state: Arc<State>,
    mut stopped: oneshot::Receiver<()>,
) {
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // No free file descriptor: a test in this process may soon close some.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        // Without it, Nagle's algorithm delays responses on a reused connection by up to 40 ms.
        let _ = stream.set_nodelay(true);
        let (state, tls) = (Arc::clone(&state), tls.clone());
        tokio::spawn(async move {
            match tls {
                None => serve_connection(stream, state).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve_connection(stream, state).await;
                    }
                }
            }
        });
    }
}

/// hyper gets no timer, so that the server never closes an idle connection.
async fn serve_connection<S>(stream: S, state: Arc<State>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request| respond(Arc::clone(&state), request));
    // An error means that the peer closed the connection or did not send HTTP.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// An error closes the connection.
async fn respond(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<hyper::Response<ResponseBody>, Box<dyn Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let body = read_body(body).await?;
    if control::is_control(&head) {
        let response = control::respond(&state, &head, body.as_deref()).into_http();
        return Ok(response.map(whole));
    }
    Ok(exchange::respond(&state, &head, body.as_deref()).await?)
}

/// Reads the whole body; None if it is over the limit. It is read to its end in any case: otherwise a
/// client that is still sending would see a connection reset instead of the response.
async fn read_body(mut body: Incoming) -> Result<Option<Vec<u8>>, hyper::Error> {
    let mut bytes = Vec::new();
    let mut is_too_large = false;
    while let Some(frame) = body.frame().await {
        let Ok(chunk) = frame?.into_data() else { continue };
        is_too_large |= bytes.len() + chunk.len() > BODY_LIMIT;
        if !is_too_large {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok((!is_too_large).then_some(bytes))
}
