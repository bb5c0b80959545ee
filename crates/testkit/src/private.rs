//! What private servers of tests share: certificates, free ports, a watcher, and the reason when one cannot run here.

use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Why a test that needs a real server cannot run here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skip {
    /// What is missing.
    pub reason: String,
    /// What to install.
    pub remedy: String,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SKIP {}; {}", self.reason, self.remedy)
    }
}

/// An error that says what to install when a file is missing.
pub(crate) fn installed(file: &Path, package: &str) -> Result<(), Skip> {
    if file.exists() {
        return Ok(());
    }
    Err(Skip {
        reason: format!("{} is missing", file.display()),
        remedy: format!("install it with `apt-get install --no-install-recommends {package}`"),
    })
}

/// Finds a run of free ports on loopback below the ephemeral range, at most eight, and holds them until the listeners are dropped.
pub(crate) fn reserve_ports(count: u16) -> (u16, Vec<TcpListener>) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    for _ in 0..1400 {
        let step = std::process::id().wrapping_mul(31).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let first = 20_000 + u16::try_from(step % 1500).expect("below 1500") * 8;
        let listeners: Result<Vec<_>, _> =
            (first..first + count).map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port))).collect();
        if let Ok(listeners) = listeners {
            return (first, listeners);
        }
    }
    panic!("no {count} free ports in a row between 20000 and 32000");
}

/// An authority and a certificate of the server, good for two days.
pub(crate) fn make_certificates(folder: &Path) {
    fs::write(
        folder.join("server.ext"),
        "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n",
    )
    .expect("a file in our own folder");
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let authority = ["req", "-x509", "-days", "2", "-subj", "/CN=counterfoil-test-authority", "-keyout", "ca.key"];
    let rest = ["-out", "ca.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
    openssl(folder, &[&authority[..], &key[..], &rest[..]].concat());
    let request = ["req", "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr"];
    openssl(folder, &[&request[..], &key[..]].concat());
    let sign = ["x509", "-req", "-days", "2", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"];
    let signed = ["-CAcreateserial", "-extfile", "server.ext", "-out", "server.pem"];
    openssl(folder, &[&sign[..], &signed[..]].concat());
}

fn openssl(folder: &Path, args: &[&str]) {
    let output = Command::new("openssl").args(args).current_dir(folder).output().expect("openssl is installed");
    assert!(output.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Kills what its standard input named last, once that input ends; `marker` stands in the command line of what is killed.
pub(crate) fn watcher(folder: &Path, marker: &str) -> Child {
    let script = "while read -r line; do ids=$line; done
        for id in $ids; do grep -q -- \"$1\" /proc/$id/cmdline 2>/dev/null && kill -KILL $id; done
        rm -rf -- \"$2\"";
    let mut command = Command::new("sh");
    command.args(["-c", script, "watcher", marker]).arg(folder);
    quiet(&mut command).stdin(Stdio::piped()).spawn().expect("every system has a shell")
}

/// No terminal, and a process group of its own: what ends the test by Ctrl-C must not reach it before we do.
pub(crate) fn quiet(command: &mut Command) -> &mut Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0)
}

/// Sends a signal to a process of ours.
pub(crate) fn send(signal: &str, id: u32) {
    let status = Command::new("kill").arg(format!("-{signal}")).arg(id.to_string()).status();
    assert!(status.is_ok_and(|status| status.success()), "kill -{signal} {id}");
}
