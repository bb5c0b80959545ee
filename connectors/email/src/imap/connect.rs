//! The way to a server: the socket, TLS, the greeting and the login.

use super::fault::{Fault, printable};
use super::guard::{Carrier, Guarded};
use super::session::{Session, words};
use super::settings::{Mechanism, Security, Settings};
use async_imap::imap_proto::{Response, ResponseCode, Status};
use async_imap::types::UnsolicitedResponse;
use async_imap::{Authenticator, Client};
use counterfoil_sdk::Secret;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Connects and logs in. `most_literal`: of one mail, bytes.
pub(crate) async fn connect(settings: &Settings, secret: &Secret, most_literal: u64) -> Result<Session, Fault> {
    let patience = settings.patience;
    let connecting = timeout(patience, TcpStream::connect((settings.host.as_str(), settings.port))).await;
    let socket = connecting.map_err(|_| Fault::Away(format!("{}:{} does not answer", settings.host, settings.port)))?;
    let socket = socket.map_err(|error| Fault::Away(format!("{}:{}: {error}", settings.host, settings.port)))?;
    socket.set_nodelay(true)?;
    let guarded = |carrier: Box<dyn Carrier>| Guarded::new(carrier, most_literal, patience);
    let (mut client, mut capabilities) = match settings.security {
        Security::None => greeted(guarded(Box::new(socket))).await?,
        Security::Implicit => greeted(guarded(secured(settings, Box::new(socket)).await?)).await?,
        Security::StartTls => {
            let (mut client, _) = greeted(guarded(Box::new(socket))).await?;
            let asked = client.run_command_and_check_ok("STARTTLS", None).await;
            asked.map_err(|_| Fault::Unfit("the server does not offer STARTTLS; nothing was said to it".to_owned()))?;
            // What the server said ahead of TLS is forgotten with the client: anybody could have put it there.
            let carrier = secured(settings, client.into_inner().into_inner()).await?;
            (Client::new(guarded(carrier)), BTreeSet::new())
        }
    };
    if capabilities.is_empty() {
        capabilities = ask_capabilities(&mut client).await?;
    }
    let inner = log_in(client, settings, secret, &capabilities).await?;
    Session::begin(inner, patience).await
}

async fn greeted(stream: Guarded) -> Result<(Client<Guarded>, BTreeSet<String>), Fault> {
    let mut client = Client::new(stream);
    let greeting = client.read_response().await?.ok_or_else(Fault::lost)?;
    let Response::Data { status, outcome } = greeting.parsed() else {
        return Err(Fault::Odd("the server does not greet as an IMAP server does".to_owned()));
    };
    match status {
        Status::Ok => {
            let said = match &outcome.code {
                Some(ResponseCode::Capabilities(capabilities)) => words(capabilities),
                _ => BTreeSet::new(),
            };
            Ok((client, said))
        }
        Status::PreAuth => Err(Fault::Odd("the server takes us for somebody without being told who we are".to_owned())),
        Status::Bye | Status::No | Status::Bad => {
            let said = outcome.information.as_deref().unwrap_or_default();
            Err(Fault::Away(format!("the server sends us away: {}", printable(said))))
        }
    }
}

async fn ask_capabilities(client: &mut Client<Guarded>) -> Result<BTreeSet<String>, Fault> {
    let (sender, receiver) = async_channel::bounded(16);
    client.run_command_and_check_ok("CAPABILITY", Some(sender)).await?;
    let mut said = BTreeSet::new();
    while let Ok(response) = receiver.try_recv() {
        if let UnsolicitedResponse::Other(response) = response
            && let Response::Capabilities(capabilities) = response.parsed()
        {
            said.extend(words(capabilities));
        }
    }
    Ok(said)
}

async fn secured(settings: &Settings, carrier: Box<dyn Carrier>) -> Result<Box<dyn Carrier>, Fault> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(file) = &settings.ca_file {
        let unfit = |why: &dyn std::fmt::Display| Fault::Unfit(format!("`ca_file` cannot be used: {why}"));
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unfit(&error))? {
            roots.add(certificate.map_err(|error| unfit(&error))?).map_err(|error| unfit(&error))?;
        }
    }
    let name = ServerName::try_from(settings.host.clone())
        .map_err(|_| Fault::Unfit(format!("`{}` is no name that a certificate can be for", settings.host)))?;
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Fault::Unfit(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, carrier);
    let connected = timeout(settings.patience, connecting).await;
    let connected = connected.map_err(|_| Fault::Away("the server does not answer within TLS".to_owned()))?;
    connected.map(|stream| Box::new(stream) as Box<dyn Carrier>).map_err(|error| match error.kind() {
        // The certificate, or no TLS at all: waiting does not help.
        std::io::ErrorKind::InvalidData => Fault::Unfit(format!(
            "TLS with {} fails: {error}; see `tls` and `ca_file`, and whether the certificate is for this name",
            settings.host
        )),
        _ => Fault::Away(format!("TLS with {} fails: {error}", settings.host)),
    })
}

async fn log_in(
    client: Client<Guarded>,
    settings: &Settings,
    secret: &Secret,
    capabilities: &BTreeSet<String>,
) -> Result<async_imap::Session<Guarded>, Fault> {
    let has = |word: &str| capabilities.contains(word);
    let user = settings.user.as_str();
    let missing =
        |word: &str| Fault::Unfit(format!("the server does not offer {word} for this account's way to log in"));
    let value = secret.expose();
    if value.chars().any(char::is_control) {
        return Err(Fault::Unfit("the secret has control characters in it: it may be more than one line".to_owned()));
    }
    let said = Arc::new(Mutex::new(String::new()));
    let answer = |first: String, last: &'static [u8]| Answer { first: Some(first), last, said: Arc::clone(&said) };
    let logged_in = match settings.mechanism {
        Mechanism::Password if has("AUTH=PLAIN") => {
            client.authenticate("PLAIN", answer(format!("\0{user}\0{value}"), b"")).await
        }
        Mechanism::Password if has("LOGINDISABLED") => return Err(missing("a login by password")),
        Mechanism::Password => client.login(user, value).await,
        Mechanism::XOAuth2 if has("AUTH=XOAUTH2") => {
            let first = format!("user={user}\u{1}auth=Bearer {value}\u{1}\u{1}");
            client.authenticate("XOAUTH2", answer(first, b"")).await
        }
        Mechanism::OAuthBearer if has("AUTH=OAUTHBEARER") => {
            // RFC 5801: `=` and `,` in a name are written as their numbers.
            let name = user.replace('=', "=3D").replace(',', "=2C");
            let (host, port) = (&settings.host, settings.port);
            let first = format!("n,a={name},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {value}\u{1}\u{1}");
            client.authenticate("OAUTHBEARER", answer(first, b"\x01")).await
        }
        Mechanism::XOAuth2 => return Err(missing("XOAUTH2")),
        Mechanism::OAuthBearer => return Err(missing("OAUTHBEARER")),
    };
    logged_in.map_err(|(error, _)| {
        let challenge = said.lock().map_or_else(|_| String::new(), |said| said.clone());
        match Fault::from(error) {
            Fault::No(said) if said.contains("[UNAVAILABLE]") || said.contains("[INUSE]") => Fault::Away(said),
            Fault::No(said) if challenge.is_empty() => Fault::Credential(said),
            Fault::No(said) => Fault::Credential(format!("{said}; {challenge}")),
            other => other,
        }
    })
}

/// Answers challenges: the first one with the credential; a later one tells why it was refused, and is answered as the mechanism
/// has it, so that the server says no in the end.
struct Answer {
    first: Option<String>,
    last: &'static [u8],
    said: Arc<Mutex<String>>,
}

impl Authenticator for Answer {
    type Response = Vec<u8>;

    fn process(&mut self, challenge: &[u8]) -> Vec<u8> {
        if let Some(first) = self.first.take() {
            return first.into_bytes();
        }
        if let Ok(mut said) = self.said.lock() {
            *said = printable(&String::from_utf8_lossy(challenge));
        }
        self.last.to_vec()
    }
}
