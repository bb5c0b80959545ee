//! A Dovecot of one's own: a temporary folder, free loopback ports, its own users. It never touches another instance.
//!
//! The server is the installed one, in the foreground, addressed by its process id only. Should the test process die without
//! running destructors, a watcher, which sees its standard input end, kills the server.

pub use crate::introspection::Introspection;
use crate::private::{Skip, installed, make_certificates, quiet, reserve_ports, send, watcher};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SERVER: &str = "/usr/sbin/dovecot";
const LMTP: &str = "/usr/lib/dovecot/lmtp";
const IMAP: &str = "/usr/lib/dovecot/imap";
const START_LIMIT: Duration = Duration::from_secs(60);
const STOP_LIMIT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(20);

/// A running server. Dropping it stops it and removes its folder.
#[derive(Debug)]
pub struct PrivateDovecot {
    folder: TempDir,
    first_port: u16,
    server: Option<Child>,
    watcher: Child,
    introspection: Introspection,
    /// Whom the mails belong to: the server refuses to be root for that.
    owner: (u32, u32),
    placed: AtomicU64,
}

impl PrivateDovecot {
    /// The users there are; each has the password [`PrivateDovecot::password`].
    pub const USERS: [&str; 3] = ["support", "archive", "many"];

    /// Starts a server and waits until it answers; `Err` when Dovecot is not installed, or may not be started.
    ///
    /// Panics with the end of its log when it is installed and does not start: that is a failing test.
    pub fn start() -> Result<Self, Skip> {
        installed(Path::new(SERVER), "dovecot-imapd")?;
        installed(Path::new(IMAP), "dovecot-imapd")?;
        installed(Path::new(LMTP), "dovecot-lmtpd")?;
        installed(Path::new("/usr/bin/openssl"), "openssl")?;
        if said(Command::new("id").arg("-u")) != Ok("0".to_owned()) {
            let remedy = "run the tests as root, in a container for example".to_owned();
            return Err(Skip { reason: "Dovecot needs root to start".to_owned(), remedy });
        }
        // The paths of its sockets have to be short.
        let folder = tempfile::Builder::new().prefix("cf-dovecot-").tempdir_in("/tmp").expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is our folder");
        let number = |flag: &str| said(Command::new("id").args([flag, "mail"])).ok().and_then(|id| id.parse().ok());
        let owner = number("-u").zip(number("-g")).expect("every Debian has the user `mail`");
        let introspection = Introspection::start();
        let (first_port, reserved) = reserve_ports(3);
        prepare(folder.path(), first_port, owner, &introspection);
        drop(reserved);
        let watcher = watcher(folder.path(), &folder.path().display().to_string());
        let mut server =
            Self { folder, first_port, server: None, watcher, introspection, owner, placed: AtomicU64::new(0) };
        server.restart();
        Ok(server)
    }

    /// The password of a user.
    pub fn password(user: &str) -> String {
        format!("pass \"{user}\"")
    }

    /// Where IMAP is spoken without TLS, and with it after STARTTLS. Its certificate is for `localhost` and `127.0.0.1`.
    pub fn imap(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.first_port).into()
    }

    /// Where IMAP over TLS is spoken.
    pub fn imaps(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.first_port + 1).into()
    }

    fn lmtp(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.first_port + 2).into()
    }

    /// The certificate of the authority that signed the server's, PEM.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// Who decides on bearer tokens.
    pub fn introspection(&self) -> &Introspection {
        &self.introspection
    }

    /// Delivers a mail by LMTP, as a mail server does: the server adds header lines of its own.
    pub fn deliver(&self, user: &str, mail: &[u8]) {
        lmtp(self.lmtp(), user, mail).unwrap_or_else(|error| panic!("LMTP: {error}\n{}", self.log_tail()));
    }

    /// Puts a mail into a mailbox as it is: no header line is added. Lines should end with CR LF.
    pub fn place(&self, user: &str, mailbox: &str, mail: &[u8]) -> PathBuf {
        let folder = self.mailbox(user, mailbox);
        let nth = self.placed.fetch_add(1, Ordering::SeqCst);
        let name = format!("{}.M{nth}.test", 1_700_000_000 + nth);
        for part in ["", "cur", "new", "tmp"] {
            let part = folder.join(part);
            if !part.exists() {
                fs::create_dir_all(&part).expect("a folder in our own folder");
                chown(&part, Some(self.owner.0), Some(self.owner.1)).expect("we are root");
            }
        }
        let (temporary, file) = (folder.join("tmp").join(&name), folder.join("new").join(&name));
        fs::write(&temporary, mail).expect("a file in our own folder");
        chown(&temporary, Some(self.owner.0), Some(self.owner.1)).expect("we are root");
        fs::rename(&temporary, &file).expect("the same file system");
        file
    }

    /// Puts a mail into a mailbox as it is, by the server itself, which tells it to whoever listens; makes the mailbox if there is
    /// none.
    pub fn deliver_into(&self, user: &str, mailbox: &str, mail: &[u8]) {
        // There may be one already.
        let _ = self.admin(&["mailbox", "create", "-u", user, mailbox]);
        let mut command = Command::new("doveadm");
        let config = self.folder.path().join("dovecot.conf");
        command.arg("-c").arg(config).args(["save", "-u", user, "-m", mailbox]).stdin(Stdio::piped());
        let mut saving = quiet_output(&mut command).spawn().expect("doveadm comes with the server");
        saving.stdin.take().expect("its input is a pipe").write_all(mail).expect("it reads");
        assert!(saving.wait().expect("it is our child").success(), "cannot save\n{}", self.log_tail());
    }

    /// The mails of a mailbox as they lie on the disk, with the flags that their names tell (`S` for seen), in no order.
    pub fn mails(&self, user: &str, mailbox: &str) -> Vec<StoredMail> {
        let folder = self.mailbox(user, mailbox);
        let files = ["cur", "new"].iter().flat_map(|part| fs::read_dir(folder.join(part)).into_iter().flatten());
        let read = |file: fs::DirEntry| {
            let name = file.file_name().to_string_lossy().into_owned();
            let flags = name.split_once(":2,").map_or("", |(_, flags)| flags).to_owned();
            StoredMail { bytes: fs::read(file.path()).expect("nothing is removed meanwhile"), flags, file: file.path() }
        };
        files.flatten().map(read).collect()
    }

    /// The folder of a mailbox; its name as IMAP writes it, with `/` between levels.
    fn mailbox(&self, user: &str, mailbox: &str) -> PathBuf {
        let maildir = self.folder.path().join("mail").join(user).join("Maildir");
        if mailbox == "INBOX" { maildir } else { maildir.join(format!(".{}", mailbox.replace('/', "."))) }
    }

    /// Runs `doveadm` against this server; its output, or what it complained about.
    pub fn admin(&self, args: &[&str]) -> Result<String, String> {
        said(Command::new("doveadm").arg("-c").arg(self.folder.path().join("dovecot.conf")).args(args))
    }

    /// Gives a mailbox another UIDVALIDITY, as after a restore: every uid means nothing from now on.
    pub fn new_uidvalidity(&self, user: &str, mailbox: &str, value: u32) {
        let value = value.to_string();
        self.admin(&["mailbox", "update", "-u", user, "--uid-validity", &value, mailbox]).expect("there is a mailbox");
    }

    /// Removes the mails that a search query of doveadm finds: `uid 3`, `subject x`.
    pub fn expunge(&self, user: &str, mailbox: &str, query: &[&str]) {
        self.admin(&[&["expunge", "-u", user, "mailbox", mailbox], query].concat()).expect("there is a mailbox");
    }

    /// Marks mails as a person does who reads them.
    pub fn mark_seen(&self, user: &str, mailbox: &str) {
        self.admin(&["flags", "add", "-u", user, "\\Seen", "mailbox", mailbox, "all"]).expect("there is a mailbox");
    }

    /// Ends every session of a user. There may be none.
    pub fn kick(&self, user: &str) {
        let _ = self.admin(&["kick", user]);
    }

    /// Stops the server in good order and waits for its end.
    pub fn stop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        send("TERM", server.id());
        let limit = Instant::now() + STOP_LIMIT;
        while server.try_wait().expect("it is our child").is_none() {
            assert!(Instant::now() < limit, "the server does not stop\n{}", self.log_tail());
            std::thread::sleep(POLL);
        }
    }

    /// Starts the server again on the same ports and mails, and waits until it answers; stops it first when it runs.
    pub fn restart(&mut self) {
        self.stop();
        let mut command = Command::new(SERVER);
        command.arg("-F").arg("-c").arg(self.folder.path().join("dovecot.conf")).current_dir(self.folder.path());
        let out = fs::File::create(self.folder.path().join("out")).expect("a file in our own folder");
        let both = out.try_clone().expect("a second handle of an open file");
        let server = quiet(&mut command).stdout(out).stderr(both).spawn().expect("the server is there");
        let guarded = format!("{}\n", server.id());
        self.watcher.stdin.as_mut().expect("its input is a pipe").write_all(guarded.as_bytes()).expect("it reads");
        self.server = Some(server);
        let limit = Instant::now() + START_LIMIT;
        while !greets(self.imap(), b"* OK") || !greets(self.lmtp(), b"220 ") {
            let ended = self.server.as_mut().map(|server| server.try_wait().expect("it is our child"));
            if let Some(Some(status)) = ended {
                panic!("the server ended with {status}\n{}", self.log_tail());
            }
            assert!(Instant::now() < limit, "the server does not answer\n{}", self.log_tail());
            std::thread::sleep(POLL);
        }
    }

    /// The last lines of what the server wrote, for a person.
    pub fn log_tail(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        let text = format!("{}\n{}", read("out"), read("log"));
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

/// A mail on the disk of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMail {
    /// As it lies there.
    pub bytes: Vec<u8>,
    /// The letters of its flags: `S` seen, `T` deleted, `R` answered, `F` flagged.
    pub flags: String,
    /// Where.
    pub file: PathBuf,
}

impl Drop for PrivateDovecot {
    fn drop(&mut self) {
        // Its own children end when it does. A child of ours that is not waited for yet: its id cannot be anybody else's.
        if let Some(mut server) = self.server.take() {
            let asked = Command::new("kill").arg("-TERM").arg(server.id().to_string()).status();
            let limit = Instant::now() + STOP_LIMIT;
            while asked.is_ok() && Instant::now() < limit && server.try_wait().is_ok_and(|ended| ended.is_none()) {
                std::thread::sleep(POLL);
            }
            let _ = server.kill();
            let _ = server.wait();
        }
        let _ = self.watcher.kill();
        let _ = self.watcher.wait();
    }
}

fn quiet_output(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::null()).stderr(Stdio::null())
}

fn said(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

fn greets(address: SocketAddr, greeting: &[u8]) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    let patience = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut read = vec![0; greeting.len()];
    patience.is_ok() && stream.read_exact(&mut read).is_ok() && read == greeting
}

fn lmtp(address: SocketAddr, user: &str, mail: &[u8]) -> Result<(), String> {
    let stream = TcpStream::connect(address).map_err(|error| error.to_string())?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(|error| error.to_string())?;
    let mut reader = BufReader::new(&stream);
    let mut answer = |wanted: char| -> Result<(), String> {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).map_err(|error| error.to_string())?;
            if !line.starts_with(wanted) {
                return Err(line);
            }
            // `250-` goes on, `250 ` ends.
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(());
            }
        }
    };
    let say = |text: &[u8]| (&stream).write_all(text).map_err(|error| error.to_string());
    answer('2')?;
    for (line, wanted) in [
        ("LHLO test\r\n".to_owned(), '2'),
        ("MAIL FROM:<bounce@example.test>\r\n".to_owned(), '2'),
        (format!("RCPT TO:<{user}>\r\n"), '2'),
        ("DATA\r\n".to_owned(), '3'),
    ] {
        say(line.as_bytes())?;
        answer(wanted)?;
    }
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            say(b".")?;
        }
        say(line)?;
    }
    say(b"\r\n.\r\n")?;
    answer('2')?;
    say(b"QUIT\r\n")
}

fn prepare(folder: &Path, first_port: u16, owner: (u32, u32), introspection: &Introspection) {
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file in our own folder");
    make_certificates(folder);
    let mail = folder.join("mail");
    let base = folder.display();
    let mut users = String::new();
    fs::create_dir(&mail).expect("a folder in our own folder");
    chown(&mail, Some(owner.0), Some(owner.1)).expect("we are root");
    for user in PrivateDovecot::USERS {
        fs::create_dir(mail.join(user)).expect("a folder in our own folder");
        chown(mail.join(user), Some(owner.0), Some(owner.1)).expect("we are root");
        let password = PrivateDovecot::password(user);
        users.push_str(&format!("{user}:{{PLAIN}}{password}:{}:{}::{base}/mail/{user}::\n", owner.0, owner.1));
    }
    write("users", &users);
    write(
        "oauth2.conf.ext",
        &format!(
            "introspection_mode = auth\nintrospection_url = {}\nusername_attribute = username\n\
             active_attribute = active\nactive_value = true\n",
            introspection.introspection_url()
        ),
    );
    let [imap, imaps, lmtp] = [first_port, first_port + 1, first_port + 2];
    write(
        "dovecot.conf",
        &format!(
            "base_dir = {base}/run
state_dir = {base}/state
instance_name = counterfoil-test
listen = 127.0.0.1
protocols = imap lmtp
log_path = {base}/log
ssl = yes
ssl_cert = <{base}/server.pem
ssl_key = <{base}/server.key
disable_plaintext_auth = no
auth_mechanisms = plain login oauthbearer xoauth2
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = oauthbearer xoauth2
  args = {base}/oauth2.conf.ext
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = username_format=%u {base}/users
}}
userdb {{
  driver = passwd-file
  args = username_format=%u {base}/users
}}
mail_location = maildir:%h/Maildir
mail_save_crlf = yes
mail_fsync = never
first_valid_uid = 1
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  separator = /
}}
protocol lmtp {{
  postmaster_address = postmaster@localhost
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service stats {{
  chroot =
}}
"
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_takes_mails_changes_its_uids_stops_and_leaves_nothing_behind() {
        let mut server = match PrivateDovecot::start() {
            Ok(server) => server,
            Err(skip) => return println!("{skip}"),
        };
        server.deliver("support", b"Subject: one\r\n\r\n.\r\ndot\r\n");
        server.place("support", "INBOX", b"Subject: two\r\n\r\nbody\r\n");
        let fetched =
            |fields: &str| server.admin(&["fetch", "-u", "support", fields, "mailbox", "INBOX", "all"]).unwrap();
        assert_eq!(fetched("uid").matches("uid: ").count(), 2, "{}", fetched("uid"));
        let stored = server.mails("support", "INBOX");
        assert!(stored.iter().any(|mail| mail.bytes == b"Subject: two\r\n\r\nbody\r\n"));
        assert!(stored.iter().any(|mail| mail.bytes.ends_with(b"Subject: one\r\n\r\n.\r\ndot\r\n\r\n")), "{stored:?}");
        server.mark_seen("support", "INBOX");
        assert!(server.mails("support", "INBOX").iter().all(|mail| mail.flags == "S"));
        server.new_uidvalidity("support", "INBOX", 77_777);
        let status = server.admin(&["mailbox", "status", "-u", "support", "uidvalidity", "INBOX"]).unwrap();
        assert!(status.contains("77777"), "{status}");
        server.expunge("support", "INBOX", &["subject", "one"]);
        assert_eq!(server.mails("support", "INBOX").len(), 1);
        server.restart();
        let (folder, id) = (server.folder.path().to_owned(), server.server.as_ref().unwrap().id());
        drop(server);
        assert!(!folder.exists());
        assert!(!Path::new(&format!("/proc/{id}")).exists(), "process {id} is still there");
    }
}
