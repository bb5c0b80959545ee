//! Where the broker is and how it is spoken to.

use counterfoil_sdk::Secret;
use std::time::Duration;

/// Everything about the broker that a person may configure.
#[derive(Debug, Clone)]
pub struct AmqpConfig {
    /// A name or an address.
    pub host: String,
    /// 5672 without TLS and 5671 with it, on most brokers.
    pub port: u16,
    /// `/` on most brokers.
    pub vhost: String,
    /// Who we are there.
    pub user: String,
    /// How we prove it.
    pub password: Secret,
    /// `None`: without TLS, for loopback and test networks only.
    pub tls: Option<Tls>,
    /// The topic exchange that events go to. At most 255 bytes.
    pub exchange: String,
    /// The queue that gets every event. At most 255 bytes.
    pub reporting_queue: String,
    /// Who makes exchanges and queues.
    pub topology: Topology,
    /// How many events may be under way without a confirm; 0 counts as 1.
    pub window: usize,
    /// For connecting, logging in and declaring together.
    pub connect_timeout: Duration,
    /// How long publishing may wait for the broker without any progress.
    pub confirm_timeout: Duration,
}

impl AmqpConfig {
    /// A broker without TLS; everything else as most brokers have it.
    pub fn new(host: &str, port: u16, user: &str, password: Secret) -> Self {
        Self {
            host: host.to_owned(),
            port,
            vhost: "/".to_owned(),
            user: user.to_owned(),
            password,
            tls: None,
            exchange: "counterfoil.events".to_owned(),
            reporting_queue: "counterfoil.reporting".to_owned(),
            topology: Topology::Declare,
            window: 256,
            connect_timeout: Duration::from_secs(15),
            confirm_timeout: Duration::from_secs(30),
        }
    }
}

/// TLS with the operating system's trusted authorities. The broker's certificate is always verified.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Authorities to trust besides, PEM: for a broker with a certificate of the house.
    pub ca_pem: Option<String>,
}

/// Who makes exchanges and queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Topology {
    /// The gateway declares what it needs; the user needs the right to configure.
    #[default]
    Declare,
    /// An administrator has made the exchange; the gateway only looks whether it is there and never makes anything.
    Expect,
}
