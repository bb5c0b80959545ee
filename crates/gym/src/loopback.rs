//! HTTP/1.1 on loopback for every simulated tool: requests, replies and their bodies, packed, cut or dripped. It knows no tool.

pub(crate) mod body;
pub(crate) mod pack;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod serve;
