//! Real mails, compared with what another parser says about them.

use super::read;
use crate::record::Limits;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Differences in which ours is the better reading, or in which neither is: corpus, path, what differs, why.
const EXPLAINED: &[(&str, &str, &str, &str)] = &[
    (
        "rt",
        "emails/multipart-report",
        "leaf parts",
        "ours: a report of delivery is one part (RFC 3464); the other one makes a part of every group of its fields",
    ),
    (
        "rt",
        "emails/new-ticket-from-iso-8859-1",
        "references",
        "ours: two of the four ids stand there twice, and each counts once",
    ),
    (
        "rt",
        "emails/russian-subject-no-content-type",
        "subject",
        "neither: the bytes are KOI8-R and nothing says so; ours keeps every byte as a letter, the other one loses them",
    ),
    (
        "redmine-mail-handler",
        "subject_japanese_3.eml",
        "subject",
        "ours: an encoded word of ISO-2022-JP with a character of NEC's row 13, as mail programs show it",
    ),
];

/// Files of the corpora that are no mails, and what is said of them: a text without a single field.
const REFUSED: &[(&str, &str, &str)] = &[("rt", "emails/lorem-ipsum", "email::no-header")];

fn is_refused(corpus: &str, path: &str, mail: &[u8]) -> bool {
    let known = REFUSED.iter().find(|known| (known.0, known.1) == (corpus, path));
    let Some((_, _, code)) = known else { return false };
    assert_eq!(read(mail, None, &Limits::default()).unwrap_err().code, *code);
    println!("{corpus}/{path}: set aside as {code}");
    true
}

fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mail");
    if !folder.is_dir() {
        println!("SKIP: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

/// The files of an archive, without their first folder.
fn files(archive: &str) -> Option<BTreeMap<String, Vec<u8>>> {
    let packed = std::fs::File::open(folder()?.join(format!("{archive}.tar.zst"))).unwrap();
    let bytes = zstd::decode_all(packed).unwrap();
    let mut files = BTreeMap::new();
    let mut at = 0;
    while let Some(head) = bytes.get(at..at + 512).filter(|head| head[0] != 0) {
        let text = |range: std::ops::Range<usize>| {
            let field = &head[range];
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(&field[..end]).into_owned()
        };
        let size = usize::from_str_radix(text(124..136).trim(), 8).unwrap();
        let (name, prefix) = (text(0..100), if &head[257..262] == b"ustar" { text(345..500) } else { String::new() });
        let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
        if matches!(head[156], b'0' | 0) {
            let short = path.trim_start_matches("./").split_once('/').map_or(path.as_str(), |(_, short)| short);
            files.insert(short.to_owned(), bytes[at + 512..at + 512 + size].to_vec());
        }
        at += 512 + size.div_ceil(512) * 512;
    }
    Some(files)
}

fn reference(corpus: &str) -> Vec<Value> {
    let packed = std::fs::File::open(folder().unwrap().join(format!("{corpus}.reference.ndjson.zst"))).unwrap();
    let text = String::from_utf8(zstd::decode_all(packed).unwrap()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn read_json(mail: &[u8]) -> Value {
    let payload = read(mail, None, &Limits::default()).unwrap_or_else(|refused| panic!("{refused:?}"));
    serde_json::from_str(&payload).unwrap()
}

/// What both say, aspect by aspect: ours, and the other one.
fn aspects(ours: &Value, other: &Value) -> Vec<(&'static str, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let addresses = |people: &Value| -> Vec<String> {
        let people = people.as_array().into_iter().flatten();
        people.filter_map(|one| Some(one["address"].as_str()?.to_lowercase())).collect()
    };
    let theirs: Vec<String> = other["from"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| text(one).to_lowercase())
        .filter(|one| !one.is_empty())
        .collect();
    let date = |text: String| text.replace("+00:00", "Z");
    let leaves = ours["parts"].as_array().unwrap().iter().filter(|part| !is_opened(ours, part));
    let hashes = |list: Vec<(String, String)>| {
        let mut list: Vec<String> = list.into_iter().map(|(name, hash)| format!("{name} {}", &hash[..12])).collect();
        list.sort();
        list.join(", ")
    };
    let theirs_attached: Vec<(String, String)> = other["attachments"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| (text(&one["filename"]), text(&one["sha256"])))
        .collect();
    // The other one lists what has a name or is said to be an attachment.
    let ours_attached = ours["parts"].as_array().unwrap().iter().filter(|part| !is_opened(ours, part)).filter(|part| {
        part["name"].is_string() || part["disposition"] == "attachment" || is_there(&theirs_attached, part)
    });
    let ours_attached: Vec<_> = ours_attached.map(|part| (text(&part["name"]), text(&part["sha256"]))).collect();
    vec![
        ("subject", text(&ours["subject"]), text(&other["subject"])),
        ("from", addresses(&ours["from"]).join(", "), theirs.join(", ")),
        ("date", text(&ours["sent_at"]), date(text(&other["date_utc"]))),
        ("message-id", text(&ours["message_id"]), text(&other["message-id"]).trim_matches(['<', '>']).to_owned()),
        ("in-reply-to", text(&ours["in_reply_to"][0]), text(&other["in-reply-to"]).trim_matches(['<', '>']).to_owned()),
        ("references", ours["references"].as_array().unwrap().len().to_string(), other["references"].to_string()),
        ("leaf parts", leaves.count().to_string(), other["leaf_parts"].to_string()),
        ("attachments", hashes(ours_attached), hashes(theirs_attached)),
    ]
}

/// Whether a part is a nested mail whose parts are listed, too: the other one lists only those.
fn is_opened(ours: &Value, part: &Value) -> bool {
    let inner = format!("{}.", part["path"].as_str().unwrap());
    ours["parts"].as_array().unwrap().iter().any(|other| other["path"].as_str().unwrap().starts_with(&inner))
}

fn is_there(list: &[(String, String)], part: &Value) -> bool {
    list.iter().any(|(name, hash)| name.is_empty() && part["sha256"] == hash.as_str())
}

#[test]
fn real_data_mail_is_read_as_another_parser_reads_it() {
    if folder().is_none() {
        return;
    }
    let mut unexplained = Vec::new();
    let (mut all, mut worse) = (0, 0);
    for corpus in ["rt", "redmine-mail-handler"] {
        let files = files(corpus).unwrap();
        let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
        for other in reference(corpus) {
            let path = other["path"].as_str().unwrap();
            let mail = files.get(path).unwrap_or_else(|| panic!("{corpus}: no file {path}"));
            if is_refused(corpus, path, mail) {
                continue;
            }
            let ours = read_json(mail);
            assert_eq!(ours["sha256"], other["sha256"], "{corpus}/{path}");
            for (aspect, ours, theirs) in aspects(&ours, &other) {
                let count = counts.entry(aspect).or_default();
                count.0 += 1;
                if ours == theirs {
                    count.1 += 1;
                    continue;
                }
                let known = EXPLAINED.iter().find(|known| known.0 == corpus && known.1 == path && known.2 == aspect);
                println!(
                    "{corpus}/{path}: {aspect}: ours `{ours}`, theirs `{theirs}`: {}",
                    known.map_or("?", |known| known.3)
                );
                match known {
                    Some(_) => {}
                    None => unexplained.push(format!("{corpus}/{path}: {aspect}")),
                }
            }
        }
        for (aspect, (compared, alike)) in &counts {
            println!("{corpus}: {aspect}: {alike} of {compared} alike");
        }
        let (compared, alike) = counts.values().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        let explained = EXPLAINED.iter().filter(|known| known.0 == corpus).count();
        println!("{corpus}: {alike} of {compared} alike, {explained} more explained");
        all += compared;
        worse += compared - alike - u32::try_from(explained).unwrap();
    }
    println!("all: {} of {all} alike or explained", all - worse);
    assert_eq!(unexplained, Vec::<String>::new(), "differences that nobody explained");
    assert!(f64::from(worse) <= f64::from(all) * 0.01, "{worse} of {all} differ");
}

#[test]
fn real_data_mail_of_all_corpora_is_read() {
    if folder().is_none() {
        return;
    }
    let mut counts = Vec::new();
    for corpus in ["rt", "redmine-mail-handler", "talon-replies"] {
        let mails: Vec<_> = files(corpus)
            .unwrap()
            .into_iter()
            .filter(|(path, _)| corpus != "talon-replies" || path.ends_with(".eml"))
            .filter(|(path, _)| !path.ends_with("README"))
            .collect();
        for (path, mail) in &mails {
            if is_refused(corpus, path, mail) {
                continue;
            }
            let first = read(mail, None, &Limits::default());
            let payload = first.as_ref().unwrap_or_else(|refused| panic!("{corpus}/{path}: {refused:?}"));
            let json: Value = serde_json::from_str(payload).unwrap();
            let raw = json["raw"].as_str().unwrap();
            let back: Vec<u8> = match json["raw_encoding"].as_str().unwrap() {
                "utf-8" => raw.as_bytes().to_vec(),
                _ => raw.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
            };
            assert_eq!(&back, mail, "{corpus}/{path}: the mail itself");
            assert_eq!(first, read(mail, None, &Limits::default()), "{corpus}/{path}: read twice");
        }
        counts.push(format!("{corpus}: {} mails", mails.len()));
    }
    println!("read: {}", counts.join(", "));
}

/// Compares without white space: programs break lines where they like.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn real_data_replies_are_taken_apart() {
    let Some(talon) = files("talon-replies") else { return };
    let mut lines = Vec::new();
    let (mut all, mut alike) = (0, 0);
    for (path, mail) in talon.iter().filter(|(path, _)| path.starts_with("standard_replies/") && path.ends_with(".eml"))
    {
        let own = talon.get(&path.replace(".eml", "_reply_text"));
        let expected = own.map_or("Hello".to_owned(), |text| String::from_utf8_lossy(text).into_owned());
        let json = read_json(mail);
        // Its authors count signatures as new.
        let new = [json["new_text"].as_str().unwrap(), json["signature"].as_str().unwrap_or_default()].join("\n");
        all += 1;
        if bare(&new) == bare(&expected) {
            alike += 1;
        } else {
            lines.push(format!("talon-replies/{path}: expected `{}`, read `{}`", expected.trim(), new));
        }
    }
    for (path, html) in talon.iter().filter(|(path, _)| path.starts_with("html_replies/")) {
        let mut mail = b"Subject: s\nContent-Type: text/html; charset=utf-8\n\n".to_vec();
        mail.extend(html);
        let json = read_json(&mail);
        all += 1;
        let new = json["new_text"].as_str().unwrap();
        if bare(new) == bare("Hi. I am fine.\n\nThanks,\nAlex") {
            alike += 1;
        } else {
            lines.push(format!("talon-replies/{path}: {new}"));
        }
    }
    println!("{}\ntalon-replies: {alike} of {all} replies as expected", lines.join("\n"));
    assert!(alike * 100 >= all * 95, "{alike} of {all}");

    // This corpus has texts and no expectations: what must and must not be in the new text is written here.
    let parser = files("email_reply_parser").unwrap();
    let mut alike = 0;
    for (path, first, last, not) in REPLIES {
        let text = String::from_utf8_lossy(&parser[*path]).replace("\r\n", "\n");
        let new = super::replies::split(&super::flowed::lines(&text)).new;
        let is_alike = new.starts_with(first) && new.ends_with(last) && !not.iter().any(|not| new.contains(not));
        alike += u32::from(is_alike);
        if !is_alike {
            println!("email_reply_parser/{path}: read `{new}`");
        }
    }
    println!("email_reply_parser: {alike} of {} replies as expected", REPLIES.len());
    assert_eq!(alike as usize, REPLIES.len());
}

/// File, how its new text begins and ends, and what is not in it.
const REPLIES: &[(&str, &str, &str, &[&str])] = &[
    ("correct_sig.txt", "this is an email", "signature.", &["rick"]),
    ("email_1_1.txt", "Hi folks", "-Abhishek Kona", &["mailing list"]),
    ("email_1_2.txt", "Hi,", "individually.\"", &["wrote:", "Hi folks", "mailing list"]),
    ("email_1_3.txt", "Oh thanks.", "-Abhishek Kona", &["wrote:", "mailing list"]),
    ("email_1_4.txt", "Awesome!", "problem with it.", &["wrote:", "Loader"]),
    ("email_1_5.txt", "One: Here's", "for a while.", &[]),
    ("email_1_6.txt", "I get proper", "rendering as well.", &["caching", "wrote:"]),
    ("email_1_7.txt", ":+1:", ":+1:", &["wrote:"]),
    ("email_1_8.txt", "I will reply under this one", "and under this.", &["okay.", "my signature"]),
    ("email_2_1.txt", "Outlook with a reply", "Outlook with a reply", &["From:"]),
    ("email_2_2.txt", "Outlook with a reply directly", "above line", &["From:", "___"]),
    ("email_2_3.txt", "Outlook with a reply directly", "above line", &["From:"]),
    ("email_BlackBerry.txt", "Here is another email", "Here is another email", &[]),
    ("email_bullets.txt", "test 2 this should", "- and another", &["Joe Smith", "wrote:"]),
    ("email_iPhone.txt", "Here is another email", "Here is another email", &[]),
    ("email_long_quote.txt", "Hi folks", "-Abhishek Kona", &["mailing list"]),
    ("email_multi_word_sent_from_my_mobile_device.txt", "Here is another email", "Here is another email", &[]),
    ("email_one_is_not_on.txt", "Thank, this is", "when I run...", &["wrote:", "good news"]),
    ("email_sent_from_my_not_signature.txt", "Here is another email", "my mobile phone.", &[]),
    ("email_sig_delimiter_in_middle_of_line.txt", "Hi there!", "kthxbai", &[]),
    ("greedy_on.txt", "On your remote host", "is not working.", &["wrote:", "odd issue"]),
    ("pathological.txt", "I think you're onto", "to a computer.", &["wrote:", "shortening"]),
];
