//! `[api]`: where the gateway listens.

use crate::fields::Fields;
use counterfoil_diagnostics::Finding;
use std::net::SocketAddr;

/// Where the gateway listens for the calls of sources. Without this section it listens nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// An address of this machine itself; others reach it through a reverse proxy, which has the certificate.
    pub listen: SocketAddr,
}

const EXAMPLE: &str = "for example `listen = \"127.0.0.1:8466\"`";

pub(crate) fn read(mut fields: Fields<'_>, findings: &mut Vec<Finding>) -> Option<Api> {
    let listen = fields.need::<String>("listen", EXAMPLE, findings);
    fields.end(findings);
    let listen = listen?;
    let finding = match listen.get_ref().parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => return Some(Api { listen: address }),
        Ok(address) => {
            let message =
                format!("`listen` must be a loopback address: {} can be reached from other machines", address.ip());
            Finding::error("config::listens-beyond-loopback", message, listen.span(), "not of this machine alone").help(
                "listen on `127.0.0.1` or `[::1]` and let a reverse proxy with TLS pass on `/hooks/`: a call in plain text \
                 could be read and sent again",
            )
        }
        Err(_) => {
            Finding::error("config::invalid-listen", "`listen` is no address with a port", listen.span(), "not read")
                .help(EXAMPLE)
        }
    };
    findings.push(finding);
    None
}
