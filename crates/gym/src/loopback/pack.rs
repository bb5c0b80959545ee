//! Packs a body when the request says that it can be unpacked. It looks at nothing else.

use super::reply::Reply;
use super::request::Request;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// Below this packing gains nothing.
const LEAST_BYTES: usize = 512;

pub(crate) fn packed(mut reply: Reply, request: &Request) -> Reply {
    if !request.header("accept-encoding").contains("gzip") || reply.body.len() < LEAST_BYTES {
        return reply;
    }
    let mut encoder = GzEncoder::new(Vec::with_capacity(reply.body.len() / 4), Compression::fast());
    // Memory takes all that is written to it.
    if encoder.write_all(&reply.body).is_ok()
        && let Ok(body) = encoder.finish()
    {
        reply.body = body;
        reply.headers.push(("content-encoding", "gzip".into()));
    }
    reply
}
