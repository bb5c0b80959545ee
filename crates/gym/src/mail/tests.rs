//! The estate: its mails are mails, its oracle adds up, and the same seed gives the same bytes.

use super::*;
use std::collections::{BTreeMap, BTreeSet};

fn all(seed: u64) -> Estate {
    Estate::generate(seed, Scale { tickets: 60 }, Switches { flood: 90, loop_mails: 60, ..Switches::all() })
}

#[test]
fn every_mail_is_lines_of_crlf_with_headers_and_no_line_is_too_long() {
    for seed in 1..4 {
        for mail in &all(seed).mails {
            let text = &mail.bytes;
            let bare = (1..text.len()).filter(|at| text[*at] == b'\n' && text[at - 1] != b'\r').count();
            assert_eq!(bare, 0, "seed {seed} {}", mail.sha256);
            assert!(text.split(|byte| *byte == b'\n').all(|line| line.len() <= 999), "seed {seed} {}", mail.sha256);
            let head = memchr::memmem::find(text, b"\r\n\r\n").unwrap();
            let head = String::from_utf8_lossy(&text[..head]);
            for name in ["Date: ", "From: ", "Subject: ", "MIME-Version: 1.0", "Content-Type: "] {
                let times = head.lines().filter(|line| line.starts_with(name)).count();
                assert_eq!(times, 1, "seed {seed} {}: {name} in\n{head}", mail.sha256);
            }
        }
    }
}

#[test]
fn the_oracle_adds_up_and_has_everything() {
    for seed in 1..4 {
        let estate = all(seed);
        let truth = &estate.truth;
        assert_eq!(truth.mails.len(), estate.mails.len());
        let hashes: BTreeSet<&str> = truth.mails.iter().map(|mail| mail.sha256.as_str()).collect();
        assert_eq!(hashes.len(), estate.mails.len(), "seed {seed}: two mails have the same bytes");
        assert_eq!(truth.classes().values().sum::<u64>(), truth.mails.len() as u64);
        assert_eq!(truth.classes().len(), 7, "{:?}", truth.classes());
        let mut ticket_of: BTreeMap<&str, BTreeSet<Option<usize>>> = BTreeMap::new();
        for (mail, bytes) in truth.mails.iter().zip(&estate.mails) {
            assert_eq!(mail.sha256, bytes.sha256);
            ticket_of.entry(&mail.conversation).or_default().insert(mail.ticket);
            assert!(!mail.forged || (mail.ticket.is_none() && mail.aims_at.is_some() && mail.tells.is_none()));
        }
        assert!(ticket_of.values().all(|tickets| tickets.len() == 1));
        assert!(estate.mails.windows(2).all(|pair| pair[0].arrives <= pair[1].arrives));
        for ticket in &truth.tickets {
            assert_eq!(ticket.states[0].1, MailState::New, "{ticket:?}");
            assert!(
                ticket.states.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 != pair[1].1),
                "{ticket:?}"
            );
        }
        let odd = truth.oddities();
        for name in [
            "references-lost",
            "id-lost",
            "chain-broken",
            "subject-changed",
            "token-only",
            "before-parent",
            "resent",
            "mentions",
            "third-party",
            "loop",
            "flood",
            "bomb",
            "forward",
            "one-second",
            "foreign-supplier",
            "lookalike",
            "spoofed-desk",
            "spoofed-us",
            "reused-id",
            "own-judgement",
        ] {
            assert!(odd.get(name).is_some_and(|count| *count > 0), "seed {seed}: no {name} in {odd:?}");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_switches_change_no_other_ticket() {
    assert_eq!(all(7), all(7));
    assert_ne!(all(7).mails, all(8).mails);
    let plain = Estate::generate(3, Scale { tickets: 20 }, Switches::default());
    assert!(plain.truth.oddities().is_empty(), "{:?}", plain.truth.oddities());
    let one = Estate::of_supplier(3, Scale { tickets: 20 }, Switches::default(), "quell");
    assert!(one.truth.tickets.len() == 20 && one.truth.tickets.iter().all(|ticket| ticket.party == "quell"));
}

#[test]
fn folders_at_rest_hold_every_mail() {
    let estate = all(2);
    let folder = tempfile::tempdir().unwrap();
    let copies = estate.deliveries().count() as u64;
    assert!(copies > estate.mails.len() as u64);
    assert_eq!(estate.write_maildir(folder.path()).unwrap(), copies);
    estate.write_maildir(folder.path()).unwrap();
    let count = |path: &str| std::fs::read_dir(folder.path().join(path)).unwrap().count() as u64;
    let parts = ["new", "cur", ".Sent/cur", ".Archive/cur"].map(count);
    assert_eq!(parts.iter().sum::<u64>(), copies, "{parts:?}");
    assert!(parts.iter().all(|count| *count > 0), "{parts:?}");
    let mut mbox = Vec::new();
    let written = estate.write_mbox(Folder::Inbox, &mut mbox).unwrap();
    assert_eq!(memchr::memmem::find_iter(&mbox, b"\nFrom MAILER-DAEMON ").count() as u64 + 1, written);
    assert_eq!(estate.write_eml(&folder.path().join("eml")).unwrap(), estate.mails.len() as u64);
}
