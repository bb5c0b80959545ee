//! A TCP proxy on loopback that breaks what a server sends, in ways that can be repeated.
//!
//! It never looks at what it carries, and it breaks only the way from the server to the client.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// How the way back is broken. Bytes are counted for each connection on its own, from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Not at all.
    #[default]
    None,
    /// Every piece comes later.
    Delay(Duration),
    /// No more bytes per second than this.
    Bandwidth(u32),
    /// The connection is reset after so many bytes.
    ResetAfter(u64),
    /// The server seems to have said everything after so many bytes; the client may still send.
    HalfCloseAfter(u64),
    /// Nothing more arrives after so many bytes, and nobody says so.
    DropAfter(u64),
    /// About one byte in `one_in` is another one; the same ones for the same seed.
    Corrupt {
        /// Decides which.
        seed: u64,
        /// How many there are for one that is changed; at least 1.
        one_in: u64,
    },
    /// New connections are reset at once.
    Refuse,
}

/// A running proxy; it ends when it is dropped.
pub struct FaultProxy {
    address: SocketAddr,
    fault: Arc<Mutex<Fault>>,
    _listening: JoinSet<()>,
}

impl FaultProxy {
    /// Listens on a free port of loopback for clients of `server`, and breaks nothing yet.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let fault = Arc::new(Mutex::new(Fault::None));
        let mut listening = JoinSet::new();
        listening.spawn(listen(listener, server, Arc::clone(&fault)));
        Ok(Self { address, fault, _listening: listening })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks from now on in this way, on connections that are open too.
    pub fn set(&self, fault: Fault) {
        *self.fault.lock().expect("nothing panics while it holds the fault") = fault;
    }
}

async fn listen(listener: TcpListener, server: SocketAddr, fault: Arc<Mutex<Fault>>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        if current(&fault) == Fault::Refuse {
            let _ = client.set_zero_linger();
            continue;
        }
        let fault = Arc::clone(&fault);
        connections.spawn(async move {
            // Either side may end as it likes; that is what the proxy is for.
            let _ = carry(client, server, &fault).await;
        });
    }
}

async fn carry(client: TcpStream, server: SocketAddr, fault: &Mutex<Fault>) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((mut from_client, to_client), (from_server, mut to_server)) = (client.into_split(), server.into_split());
    let forwards = async {
        tokio::io::copy(&mut from_client, &mut to_server).await?;
        to_server.shutdown().await
    };
    let backwards = break_up(from_server, to_client, fault);
    let mut forwards = std::pin::pin!(forwards);
    let mut backwards = std::pin::pin!(backwards);
    tokio::select! {
        ended = &mut backwards => match ended? {
            Ending::Reset => Ok(()),
            Ending::Closed(_open) => forwards.await,
        },
        ended = &mut forwards => {
            ended?;
            backwards.await.map(|_| ())
        }
    }
}

/// How the way back ended; the half that was closed is kept as long as the other one is used.
enum Ending {
    Reset,
    Closed(OwnedWriteHalf),
}

async fn break_up(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, fault: &Mutex<Fault>) -> io::Result<Ending> {
    let mut buffer = vec![0; 16 << 10];
    let mut sent = 0;
    loop {
        let length = from.read(&mut buffer).await?;
        let piece = &mut buffer[..length];
        if length == 0 {
            to.shutdown().await?;
            return Ok(Ending::Closed(to));
        }
        match current(fault) {
            Fault::None | Fault::Refuse => to.write_all(piece).await?,
            Fault::Delay(wait) => {
                tokio::time::sleep(wait).await;
                to.write_all(piece).await?;
            }
            Fault::Bandwidth(per_second) => {
                let per_second = per_second.max(1);
                for part in piece.chunks(usize::try_from(per_second.div_ceil(10)).unwrap_or(usize::MAX)) {
                    to.write_all(part).await?;
                    tokio::time::sleep(Duration::from_secs_f64(part.len() as f64 / f64::from(per_second))).await;
                }
            }
            Fault::Corrupt { seed, one_in } => {
                corrupt(piece, sent, seed, one_in);
                to.write_all(piece).await?;
            }
            Fault::ResetAfter(limit) if sent + length as u64 > limit => {
                to.write_all(&piece[..until(limit, sent)]).await?;
                to.as_ref().set_zero_linger()?;
                // Dropping it would say goodbye.
                to.forget();

                return Ok(Ending::Reset);
            }
            Fault::HalfCloseAfter(limit) if sent + length as u64 > limit => {
                to.write_all(&piece[..until(limit, sent)]).await?;
                to.shutdown().await?;
                return Ok(Ending::Closed(to));
            }
            Fault::DropAfter(limit) if sent + length as u64 > limit => {
                to.write_all(&piece[..until(limit, sent)]).await?;
            }
            Fault::ResetAfter(_) | Fault::HalfCloseAfter(_) | Fault::DropAfter(_) => to.write_all(piece).await?,
        }
        sent += length as u64;
    }
}

fn current(fault: &Mutex<Fault>) -> Fault {
    *fault.lock().expect("nothing panics while it holds the fault")
}

/// How much of a piece that begins at `sent` is before the limit.
fn until(limit: u64, sent: u64) -> usize {
    usize::try_from(limit.saturating_sub(sent)).unwrap_or(usize::MAX)
}

/// Depends on the place of a byte alone, not on how the bytes come in pieces.
fn corrupt(piece: &mut [u8], begin: u64, seed: u64, one_in: u64) {
    for (place, byte) in (begin..).zip(piece) {
        let mut z = seed ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        if z.is_multiple_of(one_in.max(1)) {
            *byte ^= u8::try_from(z >> 56).unwrap_or_default() | 1;
        }
    }
}
