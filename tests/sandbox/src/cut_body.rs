//! A response body that ends with a broken connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};

/// A complete body or one that is cut.
pub(crate) type ResponseBody = Either<Full<Bytes>, CutBody>;

pub(crate) fn whole(body: String) -> ResponseBody {
    Either::Left(Full::from(body))
}

/// The first half of a body.
pub(crate) fn cut(body: String) -> ResponseBody {
    Either::Right(CutBody::new(Bytes::from(body)))
}

/// Announces the length of the complete body, but sends only its first half. hyper closes the
/// connection when the body returns an error.
pub(crate) struct CutBody {
    announced: u64,
    half: Option<Bytes>,
    is_flushed: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("a fault closes the connection")]
pub(crate) struct Disconnected;

impl From<Infallible> for Disconnected {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl CutBody {
    fn new(mut whole: Bytes) -> Self {
        // An empty body has no middle: announce one byte and send none.
        let announced = whole.len().max(1) as u64;
        whole.truncate(whole.len() / 2);
        Self { announced, half: Some(whole).filter(|half| !half.is_empty()), is_flushed: false }
    }
}

impl Body for CutBody {
    type Data = Bytes;
    type Error = Disconnected;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Disconnected>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.is_flushed {
            // hyper writes what it has buffered only if the body is pending.
            self.is_flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(Disconnected)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
