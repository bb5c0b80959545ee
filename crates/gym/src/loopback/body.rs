//! A body as it goes out: whole, in drips, or cut off.

use super::reply::Sent;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Sleep, sleep};

/// Bytes that are sent piece by piece.
pub(crate) struct Outgoing {
    left: Bytes,
    piece: usize,
    /// Of `Content-Length`; none for a chunked body.
    length: Option<u64>,
    sent: Sent,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Outgoing {
    /// `piece_bytes` of 0 sends all at once.
    pub(crate) fn new(body: Vec<u8>, sent: Sent, piece_bytes: usize) -> Self {
        let length = body.len() as u64;
        let mut left = Bytes::from(body);
        if sent.is_cut() {
            left.truncate(left.len() / 2);
        }
        let piece = if piece_bytes == 0 { usize::MAX } else { piece_bytes };
        Self {
            left,
            piece,
            length: (!matches!(sent, Sent::Chunked | Sent::CutChunked)).then_some(length),
            sent,
            pause: None,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(ctx).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
        }
        if self.left.is_empty() {
            let cut = || io::Error::new(io::ErrorKind::ConnectionAborted, "the answer is cut off");
            return Poll::Ready(self.sent.is_cut().then(|| Err(cut())));
        }
        let piece = self.piece.min(self.left.len());
        let data = self.left.split_to(piece);
        // What was said before the cut has to leave the house first.
        if !self.left.is_empty() || self.sent.is_cut() {
            self.pause = Some(Box::pin(sleep(Duration::from_millis(1))));
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty() && !self.sent.is_cut()
    }

    fn size_hint(&self) -> SizeHint {
        match self.length {
            Some(length) => SizeHint::with_exact(length),
            None => SizeHint::default(),
        }
    }
}
