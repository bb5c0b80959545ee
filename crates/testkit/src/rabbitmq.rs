//! A RabbitMQ node of one's own: a temporary folder, free loopback ports, its own epmd. It never touches another node.
//!
//! The broker is the installed one, started without the wrapper that switches user and without plugins, which makes the
//! start as fast as it gets. It is addressed by its process id only. Should the test process die without running
//! destructors, a watcher, which sees its standard input end, kills the node.

pub use crate::private::Skip;
use crate::private::{installed, make_certificates, quiet, reserve_ports, send, watcher};
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SCRIPTS: &str = "/usr/lib/rabbitmq/bin";
/// A loaded machine takes half a minute to start a node.
const START_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(90);
const POLL: Duration = Duration::from_millis(50);

/// A running node. Dropping it kills it and removes its folder.
#[derive(Debug)]
pub struct PrivateRabbit {
    folder: TempDir,
    ports: Ports,
    server: Option<Child>,
    epmd: Child,
    watcher: Child,
}

/// A run of free ports below the ephemeral range.
#[derive(Debug, Clone, Copy)]
struct Ports {
    amqp: u16,
    amqps: u16,
    epmd: u16,
    distribution: u16,
    /// The first of four for `rabbitmqctl`.
    control: u16,
}

impl PrivateRabbit {
    /// The name of the one user there is at first; it may do everything.
    pub const USER: &str = "counterfoil";
    /// Its password.
    pub const PASSWORD: &str = "counterfoil-private";

    /// Starts a node and waits until it answers; `Err` when RabbitMQ is not installed.
    ///
    /// Panics with the end of the node's log when it is installed and does not start: that is a failing test.
    pub fn start() -> Result<Self, Skip> {
        Self::start_node(false)
    }

    /// Like [`PrivateRabbit::start`], with a TLS listener beside the plain one; needs `openssl`, too.
    pub fn start_with_tls() -> Result<Self, Skip> {
        installed(Path::new("/usr/bin/openssl"), "openssl")?;
        Self::start_node(true)
    }

    fn start_node(tls: bool) -> Result<Self, Skip> {
        installed(&Path::new(SCRIPTS).join("rabbitmq-server"), "rabbitmq-server")?;
        let folder = tempfile::Builder::new().prefix("counterfoil-rabbitmq-").tempdir().expect("a temporary folder");
        let (ports, reserved) = Ports::reserve();
        prepare(folder.path(), ports, tls);
        drop(reserved);
        let epmd = quiet(Command::new("epmd").args(["-port", &ports.epmd.to_string(), "-address", "127.0.0.1"]))
            .spawn()
            .expect("epmd comes with rabbitmq-server");
        let watcher = watcher(folder.path(), &ports.epmd.to_string());
        let mut node = Self { folder, ports, server: None, epmd, watcher };
        node.restart();
        Ok(node)
    }

    /// Where AMQP without TLS is spoken; the host is `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.ports.amqp
    }

    /// Where AMQP over TLS is spoken, by a node started with TLS. Its certificate is for `localhost` and `127.0.0.1`.
    pub fn tls_port(&self) -> u16 {
        self.ports.amqps
    }

    /// `127.0.0.1:<port>`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.ports.amqp)
    }

    /// The certificate of the authority that signed the node's, PEM; of a node started with TLS.
    pub fn ca_pem(&self) -> String {
        fs::read_to_string(self.folder.path().join("ca.pem")).expect("the node was started with TLS")
    }

    /// Runs `rabbitmqctl -q` against this node; its output, or what it complained about.
    pub fn ctl(&self, args: &[&str]) -> Result<String, String> {
        let mut command = Command::new(Path::new(SCRIPTS).join("rabbitmqctl"));
        command.arg("-q").args(args).stdin(Stdio::null());
        let output = environment(&mut command, self.folder.path(), self.ports).output().map_err(|e| e.to_string())?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            Ok(said(&output.stdout))
        } else {
            Err(format!("{}\n{}", said(&output.stdout), said(&output.stderr)))
        }
    }

    /// Stops the node in good order and waits for its end.
    pub fn stop(&mut self) {
        self.signal("TERM");
        self.wait_for_end();
    }

    /// Ends the node as a crash does (SIGKILL).
    pub fn kill(&mut self) {
        self.signal("KILL");
        self.wait_for_end();
    }

    /// Starts the node again on the same ports and data, and waits until it answers; stops it first when it runs.
    pub fn restart(&mut self) {
        if self.server.is_some() {
            self.stop();
        }
        let mut command = Command::new(Path::new(SCRIPTS).join("rabbitmq-server"));
        let out = fs::File::create(self.folder.path().join("out")).expect("a file in our own folder");
        let both = out.try_clone().expect("a second handle of an open file");
        // Makes the script become the server, so that the child's process id is the server's.
        command.env("RUNNING_UNDER_SYSTEMD", "1");
        environment(&mut command, self.folder.path(), self.ports);
        let server = quiet(&mut command).stdout(out).stderr(both).spawn().expect("the script is there");
        let guarded = format!("{} {}\n", self.epmd.id(), server.id());
        self.watcher.stdin.as_mut().expect("its input is a pipe").write_all(guarded.as_bytes()).expect("it reads");
        self.server = Some(server);
        self.wait_until_ready();
    }

    /// Freezes the node (SIGSTOP): connections stay open, nothing answers.
    pub fn pause(&self) {
        self.signal("STOP");
        // The signal reaches one thread after the other: what still runs would answer.
        let Some(server) = &self.server else { return };
        let limit = Instant::now() + STOP_LIMIT;
        while !is_stopped(server.id()) {
            assert!(Instant::now() < limit, "the node does not freeze");
            std::thread::sleep(POLL);
        }
    }

    /// Lets a frozen node go on (SIGCONT).
    pub fn resume(&self) {
        self.signal("CONT");
    }

    /// The last lines of what the node wrote, for a person.
    pub fn log_tail(&self) -> String {
        let mut files = vec![self.folder.path().join("out")];
        let logs = fs::read_dir(self.folder.path().join("log")).into_iter().flatten().flatten();
        files.extend(logs.map(|entry| entry.path()));
        let texts: Vec<_> = files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
        let text = texts.join("\n");
        let lines: Vec<_> = text.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    fn signal(&self, signal: &str) {
        if let Some(server) = &self.server {
            send(signal, server.id());
        }
    }

    fn wait_for_end(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        let limit = Instant::now() + STOP_LIMIT;
        while server.try_wait().expect("it is our child").is_none() {
            assert!(Instant::now() < limit, "the node does not stop\n{}", self.log_tail());
            std::thread::sleep(POLL);
        }
    }

    fn wait_until_ready(&mut self) {
        let limit = Instant::now() + START_LIMIT;
        while !answers(self.ports.amqp) {
            let ended = self.server.as_mut().map(|server| server.try_wait().expect("it is our child"));
            if let Some(Some(status)) = ended {
                panic!("the node ended with {status}\n{}", self.log_tail());
            }
            assert!(Instant::now() < limit, "the node does not answer\n{}", self.log_tail());
            std::thread::sleep(POLL);
        }
    }
}

impl Drop for PrivateRabbit {
    fn drop(&mut self) {
        // Children of ours that are not waited for yet: their process ids cannot belong to anybody else.
        for child in [self.server.as_mut(), Some(&mut self.epmd), Some(&mut self.watcher)].into_iter().flatten() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Ports {
    fn reserve() -> (Self, Vec<TcpListener>) {
        let (first, listeners) = reserve_ports(8);
        let ports =
            Self { amqp: first, amqps: first + 1, epmd: first + 2, distribution: first + 3, control: first + 4 };
        (ports, listeners)
    }
}

fn prepare(folder: &Path, ports: Ports, tls: bool) {
    let write = |name: &str, text: &str| {
        let file = folder.join(name);
        fs::write(&file, text).expect("a file in our own folder");
        file
    };
    // Erlang refuses a cookie that others can read. The value guards nothing: the node listens on loopback only.
    let cookie = write(".erlang.cookie", &format!("COUNTERFOIL{}", ports.epmd));
    fs::set_permissions(cookie, fs::Permissions::from_mode(0o400)).expect("it is our file");
    write("enabled_plugins", "[].");
    let mut settings = format!(
        "listeners.tcp.1 = 127.0.0.1:{}\ndefault_user = {}\ndefault_pass = {}\nloopback_users = none\n\
         vm_memory_high_watermark.absolute = 1GB\ndisk_free_limit.absolute = 50MB\n\
         collect_statistics_interval = 60000\nlog.console = false\nlog.file.level = info\n",
        ports.amqp,
        PrivateRabbit::USER,
        PrivateRabbit::PASSWORD,
    );
    if tls {
        make_certificates(folder);
        let file = |name: &str| folder.join(name).display().to_string();
        settings.push_str(&format!(
            "listeners.ssl.1 = 127.0.0.1:{}\nssl_options.cacertfile = {}\nssl_options.certfile = {}\n\
             ssl_options.keyfile = {}\nssl_options.verify = verify_none\nssl_options.versions.1 = tlsv1.3\n\
             ssl_options.versions.2 = tlsv1.2\n",
            ports.amqps,
            file("ca.pem"),
            file("server.pem"),
            file("server.key"),
        ));
    }
    write("rabbitmq.conf", &settings);
}

/// Everything by which server and `rabbitmqctl` find this node and no other.
fn environment<'a>(command: &'a mut Command, folder: &Path, ports: Ports) -> &'a mut Command {
    let inside = |name: &str| -> PathBuf { folder.join(name) };
    let loopback = "-kernel inet_dist_use_interface {127,0,0,1}";
    // The marker lets the watcher tell our server from a later process with the same id; the rest keeps an idle node idle.
    let server_args = format!("{loopback} -counterfoil {} +sbwt none +sbwtdcpu none +sbwtdio none", ports.epmd);
    command
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("LANG", "C.UTF-8")
        .env("ERL_EPMD_PORT", ports.epmd.to_string())
        .env("ERL_EPMD_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
        .env("RABBITMQ_NODENAME", format!("counterfoil{}@localhost", ports.epmd))
        .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
        .env("RABBITMQ_NODE_PORT", ports.amqp.to_string())
        .env("RABBITMQ_DIST_PORT", ports.distribution.to_string())
        .env("RABBITMQ_CTL_DIST_PORT_MIN", ports.control.to_string())
        .env("RABBITMQ_CTL_DIST_PORT_MAX", (ports.control + 3).to_string())
        .env("RABBITMQ_CONFIG_FILE", inside("rabbitmq.conf"))
        .env("RABBITMQ_ENABLED_PLUGINS_FILE", inside("enabled_plugins"))
        .env("RABBITMQ_MNESIA_BASE", inside("data"))
        .env("RABBITMQ_LOG_BASE", inside("log"))
        .env("RABBITMQ_PID_FILE", inside("pid"))
        .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", server_args)
        .env("RABBITMQ_CTL_ERL_ARGS", loopback)
        .current_dir(folder)
}

/// Whether every thread of a process is stopped (`T` in the state of proc(5)).
fn is_stopped(id: u32) -> bool {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return true };
    threads.flatten().all(|thread| {
        let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_none_or(|(_, fields)| fields.starts_with('T'))
    })
}

/// Whether an AMQP 0-9-1 server answers the protocol header with a method frame.
fn answers(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return false };
    let patience = stream.set_read_timeout(Some(Duration::from_secs(5)));
    let mut frame_type = [0];
    patience.is_ok()
        && stream.write_all(b"AMQP\0\0\x09\x01").is_ok()
        && stream.read_exact(&mut frame_type).is_ok()
        && frame_type == [1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_server_is_a_skip_that_says_what_to_install() {
        let skip = installed(Path::new("/nonexistent/rabbitmq-server"), "rabbitmq-server").unwrap_err();
        assert_eq!(
            skip.to_string(),
            "SKIP /nonexistent/rabbitmq-server is missing; \
             install it with `apt-get install --no-install-recommends rabbitmq-server`"
        );
    }

    #[test]
    fn a_node_starts_crashes_comes_back_and_leaves_nothing_behind() {
        let mut node = match PrivateRabbit::start() {
            Ok(node) => node,
            Err(skip) => return println!("{skip}"),
        };
        let folder = node.folder.path().to_owned();
        assert!(answers(node.port()));
        assert!(node.ctl(&["list_users"]).unwrap().contains(PrivateRabbit::USER));
        assert!(node.ctl(&["no-such-command"]).is_err());
        node.kill();
        assert!(!answers(node.port()));
        node.restart();
        let ids = [node.server.as_ref().unwrap().id(), node.epmd.id(), node.watcher.id()];
        drop(node);
        assert!(!folder.exists());
        for id in ids {
            assert!(!Path::new(&format!("/proc/{id}")).exists(), "process {id} is still there");
        }
    }

    #[test]
    fn a_node_without_its_test_is_killed_by_the_watcher() {
        let mut node = match PrivateRabbit::start() {
            Ok(node) => node,
            Err(skip) => return println!("{skip}"),
        };
        // What happens when the test process dies: its end of the pipe closes.
        drop(node.watcher.stdin.take());
        let limit = Instant::now() + START_LIMIT;
        while node.server.as_mut().unwrap().try_wait().unwrap().is_none() {
            assert!(Instant::now() < limit, "the watcher does nothing");
            std::thread::sleep(POLL);
        }
        assert!(node.watcher.wait().unwrap().success());
        assert!(!node.folder.path().exists());
    }
}
