//! A connection that never lets a server decide how much memory it costs, nor how long it is waited for.
//!
//! The library below reads a literal as large as the server says, up to half a gigabyte, and waits for ever. So every byte
//! passes here first: a literal above the limit, a line without end, an answer longer than was asked for and a silence end the
//! connection before anything is allocated.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Longest line outside of literals. The longest true ones are lists of uids that vanished.
const MOST_LINE_BYTES: u64 = 1 << 20;

/// Bytes of a line that are looked at to tell a line of text, which has no literals, from a line of data.
const PREFIX_BYTES: usize = 10;

/// Whatever carries bytes: a socket, or TLS over one.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Carrier for T {}

/// A connection behind limits.
pub(crate) struct Guarded {
    inner: Box<dyn Carrier>,
    scan: Scan,
    most_literal: u64,
    /// Bytes that the server may still send.
    allowance: u64,
    patience: Option<Duration>,
    silence: Pin<Box<Sleep>>,
}

impl Guarded {
    /// `most_literal` in bytes; a silence longer than `patience` ends the connection.
    pub(crate) fn new(inner: Box<dyn Carrier>, most_literal: u64, patience: Duration) -> Self {
        let silence = Box::pin(sleep(patience));
        Self { inner, scan: Scan::default(), most_literal, allowance: 1 << 20, patience: Some(patience), silence }
    }

    /// From now on the server may send so many bytes, and is waited for so long; `None` for ever.
    pub(crate) fn allow(&mut self, bytes: u64, patience: Option<Duration>) {
        (self.allowance, self.patience) = (bytes, patience);
        if let Some(patience) = patience {
            self.silence.as_mut().reset(Instant::now() + patience);
        }
    }

    /// What carries the bytes, for a layer of TLS over it.
    pub(crate) fn into_inner(self) -> Box<dyn Carrier> {
        self.inner
    }
}

impl fmt::Debug for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guarded")
    }
}

impl AsyncRead for Guarded {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut this.inner).poll_read(cx, buffer) {
            Poll::Ready(Ok(())) => {
                let arrived = &buffer.filled()[before..];
                this.allowance = this
                    .allowance
                    .checked_sub(arrived.len() as u64)
                    .ok_or_else(|| refused("the server sends more than was asked for"))?;
                this.scan.look_at(arrived, this.most_literal)?;
                if let Some(patience) = this.patience {
                    this.silence.as_mut().reset(Instant::now() + patience);
                }
                Poll::Ready(Ok(()))
            }
            Poll::Pending if this.patience.is_some() && this.silence.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the server does not answer")))
            }
            other => other,
        }
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(cx)
    }
}

/// Follows lines and literals, byte by byte.
#[derive(Debug, Default)]
struct Scan {
    /// Bytes of a literal that are still to come.
    literal: u64,
    line_bytes: u64,
    prefix: [u8; PREFIX_BYTES],
    number: Number,
}

/// How far the end of a line looks like `{123}`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Number {
    #[default]
    No,
    Open(u64),
    Closed(u64),
}

impl Scan {
    fn look_at(&mut self, mut bytes: &[u8], most_literal: u64) -> io::Result<()> {
        while let Some(&byte) = bytes.first() {
            if self.literal > 0 {
                let within = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                self.literal -= within as u64;
                bytes = &bytes[within..];
                continue;
            }
            bytes = &bytes[1..];
            self.byte(byte, most_literal)?;
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8, most_literal: u64) -> io::Result<()> {
        if let Some(place) = usize::try_from(self.line_bytes).ok().and_then(|at| self.prefix.get_mut(at)) {
            *place = byte.to_ascii_uppercase();
        }
        self.line_bytes += 1;
        if self.line_bytes > MOST_LINE_BYTES {
            return Err(refused("the server sends a line without end"));
        }
        self.number = match (self.number, byte) {
            (_, b'{') => Number::Open(0),
            (Number::Open(number), b'0'..=b'9') => {
                Number::Open(number.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
            }
            (Number::Open(number), b'}') => Number::Closed(number),
            (open @ Number::Open(_), b'+') => open,
            (closed @ Number::Closed(_), b'\r') => closed,
            (Number::Closed(number), b'\n') if self.has_literals() => {
                if number > most_literal {
                    return Err(refused(&format!(
                        "the server announces a literal of {number} bytes, and at most {most_literal} are read"
                    )));
                }
                // The line goes on behind the literal; its beginning stays what it was.
                self.literal = number;
                self.number = Number::No;
                return Ok(());
            }
            (_, b'\n') => {
                self.line_bytes = 0;
                Number::No
            }
            _ => Number::No,
        };
        Ok(())
    }

    /// A line of text for people may end in `{5}` and means nothing by it.
    fn has_literals(&self) -> bool {
        let texts: [&[u8]; 5] = [b"* OK", b"* NO", b"* BAD", b"* BYE", b"* PREAUTH"];
        self.prefix.starts_with(b"* ") && !texts.iter().any(|text| self.prefix.starts_with(text))
    }
}

/// Why the connection was ended from our side; holds no byte of a mail.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(String);

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, Refused(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(lines: &[u8], piece: usize) -> Result<(), String> {
        let mut scan = Scan::default();
        lines.chunks(piece).try_for_each(|piece| scan.look_at(piece, 100)).map_err(|error| error.to_string())
    }

    #[test]
    fn literals_are_refused_by_their_announcement_in_whatever_pieces_they_come() {
        let bodies = b"* 1 FETCH (UID 1 BODY[] {5}\r\n{999} FLAGS ())\r\nA1 OK {500}\r\n* OK see {500}\r\n+ {500}\r\n";
        let huge = b"* 1 FETCH (UID 1 BODY[] {5}\r\nabcde BODY[TEXT] {101}\r\n";
        let absurd = b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n";
        for piece in [1, 2, 7, 1000] {
            assert_eq!(all(bodies, piece), Ok(()));
            assert!(all(huge, piece).unwrap_err().contains("101 bytes"));
            assert!(all(absurd, piece).is_err());
        }
    }

    #[test]
    fn a_line_of_text_hides_no_literal() {
        let hidden = b"* OK x {100}\r\n* 1 FETCH (BODY[] {4000000000}\r\n";
        assert!(all(hidden, 3).unwrap_err().contains("4000000000 bytes"));
    }

    #[test]
    fn a_line_without_end_is_refused() {
        assert!(all(&vec![b'x'; 2 << 20], 4096).unwrap_err().contains("without end"));
    }
}
