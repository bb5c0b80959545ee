//! Mails that are made to be expensive: each is set aside, or read, within a second and within 256 MiB in all.
//!
//! Every bomb is read by a process of its own, which says how much memory it ever had. The bombs are made here; none is kept.
#![expect(clippy::unwrap_used, reason = "it is a test")]

use counterfoil_connector_email::KIND;
use counterfoil_record::Position;
use counterfoil_sdk::{ConfigSection, ConnectorKind as _, InstanceSettings};
use counterfoil_testkit::suites::drain;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// The child process finds this file in its folder.
const MARK: &str = "this-is-the-child.txt";
const MOST_KIB: u64 = 256 << 10;
const MIB: usize = 1 << 20;

/// What is said of a mail that is no bomb after all.
const READ: &str = "read";

/// Writes a mail.
type Bomb = Box<dyn Fn(&mut BufWriter<File>)>;

fn repeated(head: &'static str, line: &'static str, times: usize) -> Bomb {
    Box::new(move |out| {
        out.write_all(head.as_bytes()).unwrap();
        for _ in 0..times {
            out.write_all(line.as_bytes()).unwrap();
        }
    })
}

/// A line of base 64, sixteen thousand times.
fn attachment(head: &'static str, line: &'static str) -> Bomb {
    repeated(head, line, 24 * MIB / line.len())
}

/// Name of the file, what becomes of it, and how it is made.
fn bombs() -> Vec<(&'static str, &'static str, Bomb)> {
    const HTML: &str = "Subject: s\nContent-Type: text/html\n\n";
    const PLAIN: &str = "Subject: s\n\n";
    const MIXED: &str = "Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n";
    vec![
        ("nested-parts.eml", "email::too-deep", {
            Box::new(|out| {
                for n in 0..100_000 {
                    write!(out, "Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n").unwrap();
                }
            })
        }),
        ("nested-mails.eml", "email::too-deep", repeated("", "Content-Type: message/rfc822\n\n", 100_000)),
        ("a-million-parts.eml", "email::too-many-parts", repeated(MIXED, "--b\n\nx\n", 1_000_000)),
        ("nested-digests.eml", "email::too-deep", {
            repeated("", "Content-Type: multipart/digest; boundary=\"b\"\n\n--b\n\n", 100_000)
        }),
        ("a-gigabyte.eml", "email::too-large", {
            Box::new(|out| {
                out.write_all(PLAIN.as_bytes()).unwrap();
                out.flush().unwrap();
                out.get_ref().set_len(1 << 30).unwrap();
            })
        }),
        ("many-fields.eml", "email::header-too-large", repeated("", "A: b\n", 5 * MIB)),
        ("a-long-field.eml", "email::header-too-large", repeated("Subject: ", "xxxxxxxxxxxxxxxxxxxxxxxx", MIB)),
        ("a-folded-field.eml", "email::header-too-large", repeated("Subject: x\n", " x\n", 5 * MIB)),
        ("empty-lines.eml", "email::no-header", repeated("", "\n", 20 * MIB)),
        ("nothing-but-nul.eml", "email::too-large", repeated(PLAIN, "\0\0\0\0\0\0\0\0", 3 * MIB)),
        ("delimiters.eml", READ, repeated(MIXED, "--c\n--b--\n", MIB / 2)),
        ("quoted-printable.eml", READ, {
            repeated("Subject: s\nContent-Transfer-Encoding: quoted-printable\n\n", "=3D=\n", MIB)
        }),
        ("open-tags.eml", READ, repeated(HTML, "<div ", MIB)),
        ("open-comments.eml", READ, repeated(HTML, "<!--", MIB)),
        ("deep-tags.eml", READ, repeated(HTML, "<blockquote>", MIB / 2)),
        ("open-scripts.eml", READ, repeated(HTML, "<script><b>", MIB / 2)),
        ("entities.eml", READ, repeated(HTML, "&amp", MIB)),
        ("openers.eml", READ, repeated(PLAIN, "On 1 wrote 1:05 @\n", MIB / 4)),
        ("heads-of-mails.eml", READ, repeated(PLAIN, "From: a\n", MIB / 2)),
        ("signatures.eml", READ, repeated("Subject: s\n\nx\n", "____________________\n", MIB / 4)),
        ("flowed.eml", READ, repeated("Subject: s\nContent-Type: text/plain; format=flowed\n\n", "> \n", MIB)),
        ("words.eml", READ, repeated("Subject: s\nTo: a@b.example\nX: ", "=?a?b?=?", 15_000)),
        ("open-words.eml", READ, repeated("Subject: ", "=?a?q?", 20_000)),
        ("open-heads.eml", READ, repeated(HTML, "<head><style></style>", MIB / 4)),
        ("words-in-people.eml", READ, repeated("Subject: s\nTo: ", "=?utf-8?b?YQ==?= ", 7_000)),
        ("people.eml", READ, repeated("Subject: s\nTo: a", ",a", 60_000)),
        ("brackets.eml", READ, repeated("Subject: s\nTo: ", "(<\"", 40_000)),
        ("groups.eml", READ, repeated("Subject: s\nTo: ", "a:", 60_000)),
        ("parameters.eml", READ, repeated("Subject: s\nContent-Type: text/plain", ";a*0*=%", 15_000)),
        ("ids.eml", READ, repeated("Subject: s\nReferences: ", "<a", 60_000)),
        ("results.eml", READ, repeated("Subject: s\nAuthentication-Results: ", "((;", 40_000)),
        ("not-utf-8.eml", READ, {
            Box::new(|out| {
                out.write_all(b"Subject: s\n\n").unwrap();
                out.write_all(&vec![0xe9; 24 * MIB]).unwrap();
            })
        }),
        // Whatever is packed in it, nothing is unpacked: 10 MB of it would be 10 GB.
        ("packed.eml", READ, {
            attachment(
                "Subject: s\nContent-Type: application/zip; name=bomb.zip\nContent-Transfer-Encoding: base64\n\n",
                "UEsDBBQAAAAIAAAAIQAAAAAAAAAAAAAAAAAAAAAACAAAAGJvbWIudHh07cEBAQAAAIKA3f6u\n",
            )
        }),
        ("a-gigabyte.mbox", "email::too-large", {
            Box::new(|out| {
                out.write_all(b"From a@b Tue May  5 10:00:00 2026\nSubject: s\n\n").unwrap();
                out.flush().unwrap();
                out.get_ref().set_len(1 << 30).unwrap();
            })
        }),
    ]
}

#[test]
fn every_bomb_ends_within_a_second_and_256_mib() {
    let mut failed = Vec::new();
    for (name, expected, write) in bombs() {
        let folder = tempfile::tempdir().unwrap();
        let mut out = BufWriter::new(File::create(folder.path().join(name)).unwrap());
        write(&mut out);
        out.into_inner().unwrap();
        let size = fs::metadata(folder.path().join(name)).unwrap().len();
        fs::write(folder.path().join(MARK), "").unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "the_child_reads_what_is_in_its_folder", "--nocapture"]);
        let output = child.current_dir(folder.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let said = text.lines().find_map(|line| line.split_once("child: ").map(|(_, said)| said));
        let Some(said) = said else {
            failed.push(format!("{name}: {text}{}", String::from_utf8_lossy(&output.stderr)));
            continue;
        };
        println!("{name}, {size} bytes: {said}");
        let mut words = said.split_whitespace();
        let what = words.next().unwrap();
        let (millis, kib) = (words.next().unwrap(), words.nth(1).unwrap());
        // What is promised holds for what is built for use; without optimization it takes ten times as long.
        let most_millis = if cfg!(debug_assertions) { 10_000 } else { 1_000 };
        let is_fine = what == expected
            && millis.parse::<u64>().unwrap() <= most_millis
            && kib.parse::<u64>().unwrap() <= MOST_KIB;
        if !is_fine {
            failed.push(format!("{name}: {said}, expected {expected}"));
        }
    }
    assert_eq!(failed, Vec::<String>::new());
}

/// What the parent starts; alone it has nothing to read.
#[tokio::test]
async fn the_child_reads_what_is_in_its_folder() {
    if !Path::new(MARK).exists() {
        return;
    }
    let folder = Path::new(".").canonicalize().unwrap();
    let table = toml::de::DeTable::parse("folder = \".\"").unwrap();
    let settings = InstanceSettings::default();
    let section = ConfigSection { instance: "mail", at: 0..1, folder: &folder, settings: &settings, table };
    let connector = KIND.parse(section).unwrap();
    let (started, worked) = (Instant::now(), processor_millis());
    let drained = drain(&*connector, "mails", &Position::default(), 100).await.unwrap();
    let took: Duration = started.elapsed();
    let what = match (drained.records.as_slice(), drained.unreadable.as_slice()) {
        ([_], []) => READ.to_owned(),
        ([], [one]) => one.code.to_owned(),
        (records, unreadable) => format!("{}+{}", records.len(), unreadable.len()),
    };
    let millis = processor_millis() - worked;
    println!("child: {what} {millis} ms, {} KiB, {} ms with others on the machine", peak_kib(), took.as_millis());
}

/// How long this process has worked so far, whoever else did, in hundredths of a second. What the kernel takes to bring a
/// file is not counted: a gigabyte takes it two seconds here, for `cat` as for us.
fn processor_millis() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().nth(11).unwrap().parse::<u64>().unwrap() * 10
}

/// The most memory that this process ever had.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
