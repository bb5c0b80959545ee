//! From a configuration to an open channel, and from lapin's errors to ours.

use crate::{AmqpConfig, Topology, topology};
use counterfoil_pipeline::ports::PublishErrorKind;
use lapin::protocol::{AMQPErrorKind, AMQPHardError, AMQPSoftError};
use lapin::tcp::OwnedTLSConfig;
use lapin::types::ShortString;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use std::time::Duration;

/// Seconds between heartbeats: a peer that is gone without a word is noticed after two of them.
const HEARTBEAT_SECS: u16 = 20;
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// A connection with its only channel.
pub(crate) struct Open {
    pub(crate) connection: Connection,
    pub(crate) channel: Channel,
}

impl Open {
    /// Ends the connection in good order; gives up on a broker that does not answer.
    pub(crate) async fn close(self) {
        if tokio::time::timeout(CLOSE_LIMIT, self.connection.close(200, "done".into())).await.is_err() {
            tracing::debug!("the broker does not answer the end of the connection");
        }
    }
}

/// Why a session ended, where the broker itself gave no reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Stalled {
    #[error("no connection within {0:?}")]
    Connecting(Duration),
    #[error("the broker did not move for {0:?}")]
    Silent(Duration),
    #[error("the broker holds publishers back (a memory or disk alarm) for more than {0:?}")]
    Blocked(Duration),
    #[error("the session has ended with an earlier error")]
    Ended,
    #[error("the channel is not in confirm mode")]
    ConfirmsOff,
}

impl From<Stalled> for PublishErrorKind {
    fn from(stalled: Stalled) -> Self {
        Self::Unavailable { source: Box::new(stalled) }
    }
}

/// Connects, logs in and opens a channel; with `declare`, the topology is made or looked at, too.
pub(crate) async fn open(config: &AmqpConfig, declare: bool) -> Result<Open, PublishErrorKind> {
    let opening = async {
        let tls = OwnedTLSConfig { identity: None, cert_chain: config.tls.as_ref().and_then(|tls| tls.ca_pem.clone()) };
        let properties = ConnectionProperties::default().with_connection_name("counterfoil".into());
        let runtime = lapin::runtime::default_runtime().map_err(|error| failure(&error))?;
        let connection = Connection::connect_uri_with_config(uri(config), properties, tls, runtime)
            .await
            .map_err(|error| refusal(&error, config))?;
        let channel = connection.create_channel().await.map_err(|error| refusal(&error, config))?;
        if declare {
            topology::declare(&channel, config).await.map_err(|error| refusal(&error, config))?;
        }
        Ok(Open { connection, channel })
    };
    match tokio::time::timeout(config.connect_timeout, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(Stalled::Connecting(config.connect_timeout).into()),
    }
}

/// What an error of an open session means.
pub(crate) fn failure(error: &lapin::Error) -> PublishErrorKind {
    if let ErrorKind::ProtocolError(said) = error.kind()
        && let AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED | AMQPSoftError::PRECONDITIONFAILED) = said.kind()
    {
        return PublishErrorKind::Forbidden { reason: said.get_message().to_string() };
    }
    PublishErrorKind::Unavailable { source: Box::new(error.clone()) }
}

/// What an error before the session is open means: what a person has to put right is told with the remedy.
fn refusal(error: &lapin::Error, config: &AmqpConfig) -> PublishErrorKind {
    let ErrorKind::ProtocolError(said) = error.kind() else { return failure(error) };
    let AmqpConfig { user, vhost, exchange, .. } = config;
    let remedy = match said.kind() {
        AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED) => {
            "something of this name exists with other settings: empty and delete it, or configure another name"
                .to_owned()
        }
        AMQPErrorKind::Soft(AMQPSoftError::NOTFOUND) => {
            format!("have an administrator make the exchange `{exchange}`, or let the gateway declare it")
        }
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) if config.topology == Topology::Declare => format!(
            "check password and permissions of `{user}` in vhost `{vhost}`: it needs configure, write and read on counterfoil.*"
        ),
        AMQPErrorKind::Soft(AMQPSoftError::ACCESSREFUSED) | AMQPErrorKind::Hard(AMQPHardError::NOTALLOWED) => {
            format!("check that vhost `{vhost}` exists and that `{user}` may use it")
        }
        _ => return failure(error),
    };
    PublishErrorKind::Forbidden { reason: format!("{}; {remedy}", said.get_message()) }
}

fn uri(config: &AmqpConfig) -> AMQPUri {
    AMQPUri {
        scheme: if config.tls.is_some() { AMQPScheme::AMQPS } else { AMQPScheme::AMQP },
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo { username: config.user.clone(), password: config.password.expose().to_owned() },
            host: config.host.clone(),
            port: config.port,
        },
        vhost: config.vhost.clone(),
        query: AMQPQueryString { heartbeat: Some(HEARTBEAT_SECS), ..AMQPQueryString::default() },
    }
}

/// A name as AMQP takes it: at most 255 bytes.
pub(crate) fn short(text: &str) -> Result<ShortString, PublishErrorKind> {
    ShortString::try_new(text).map_err(|_| PublishErrorKind::Forbidden {
        reason: format!("a name of {} bytes is longer than the 255 that AMQP allows: `{text:.40}…`", text.len()),
    })
}
