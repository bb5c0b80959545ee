use super::*;
use counterfoil_record::Digest;
use serde_json::Value;

fn read_one(mail: &str) -> Value {
    let text = read(mail.as_bytes(), None, &Limits::default()).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn a_plain_mail_is_read_whole() {
    let mail = "Return-Path: <desk@nordlicht.example>\r\nReceived: from a by b; Tue, 5 May 2026 10:00:05 +0200\r\nFrom: =?utf-8?q?J=C3=B6rg?= \
        <Desk@Nordlicht.EXAMPLE>\r\nTo: \"A, B\" <a@b.example>, c@d.example\r\nSubject: [INC0012345] =?utf-8?b?w4Q=?=\r\n =?utf-8?b?w5Y=?=\r\n\
        Message-ID: <Abc@x>\r\nIn-Reply-To: <1@y>\r\nReferences: <0@y>\r\n <1@y> <0@y>\r\nDate: Tue, 5 May 2026 10:00:00 +0200\r\n\
        Auto-Submitted: auto-generated\r\n\r\nNew\r\n\r\n> old\r\n";
    let read = read_one(mail);
    assert_eq!(read["message_id"], "Abc@x");
    assert_eq!(read["in_reply_to"], serde_json::json!(["1@y"]));
    assert_eq!(read["references"], serde_json::json!(["0@y", "1@y"]));
    assert_eq!(read["subject"], "[INC0012345] ÄÖ");
    assert_eq!(read["from"], serde_json::json!([{"name": "Jörg", "address": "Desk@nordlicht.example"}]));
    assert_eq!(read["to"][0]["name"], "A, B");
    assert_eq!(read["sent_at"], "2026-05-05T08:00:00Z");
    assert_eq!(read["received_at"], "2026-05-05T08:00:05Z");
    assert_eq!(read["return_path"], "desk@nordlicht.example");
    assert_eq!(read["headers"]["auto-submitted"], serde_json::json!(["auto-generated"]));
    assert_eq!((&read["new_text"], &read["quoted_text"]), (&"New".into(), &"> old".into()));
    assert_eq!(read["raw"], mail);
    assert_eq!(read["raw_encoding"], "utf-8");
}

#[test]
fn the_mail_itself_is_kept_to_the_byte_whatever_it_is_made_of() {
    let mail = b"Subject: caf\xe9\r\n\r\nb\xf6se\r\n";
    let text = read(mail, None, &Limits::default()).unwrap();
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&read["subject"], &read["text"], &read["raw_encoding"]),
        (&"café".into(), &"böse".into(), &"latin-1".into())
    );
    let back: Vec<u8> = read["raw"].as_str().unwrap().chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(back, mail);
}

#[test]
fn a_mail_in_a_mail_keeps_its_subject_to_itself_and_one_that_is_encoded_stays_closed() {
    let inner = "Subject: INC9 inner\r\n\r\nInner\r\n";
    let nested = format!(
        "Subject: outer\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nOuter\r\n--x\r\n\
        Content-Type: message/rfc822\r\n\r\n{inner}\r\n--x--\r\n"
    );
    let read = read_one(&nested);
    assert_eq!((&read["subject"], &read["text"]), (&"outer".into(), &"Outer".into()));
    let roles: Vec<&str> =
        read["parts"].as_array().unwrap().iter().map(|part| part["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["text", "message", "text"]);

    let encoded = data_encoding::BASE64.encode(inner.as_bytes());
    let sealed = format!(
        "Subject: outer\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: message/rfc822\r\n\
        Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--x--\r\n"
    );
    let read = read_one(&sealed);
    assert_eq!(read["parts"].as_array().unwrap().len(), 1);
    assert_eq!((&read["parts"][0]["role"], &read["parts"][0]["bytes"]), (&"message".into(), &inner.len().into()));
    assert!(read["raw"].as_str().unwrap().contains("message/rfc822"));
}

#[test]
fn a_report_of_delivery_says_whom_it_is_about() {
    let report = "From: MAILER-DAEMON@mx.example\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nSorry\r\n\
        --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; x@y.example\r\nAction: failed\r\n\
        Status: 5.1.1 (no such user)\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <lost@a>\r\nSubject: s\r\n\r\n--b--\r\n";
    let read = read_one(report);
    assert_eq!(read["report_type"], "delivery-status");
    let expected = serde_json::json!([{"action": "failed", "status": "5.1.1", "recipient": "x@y.example", "original_message_id": "lost@a"}]);
    assert_eq!(read["delivery"], expected);
}

#[test]
fn what_a_server_says_about_the_sender_is_kept_with_its_name() {
    let mail = "Authentication-Results: MX.acme.example 1; dmarc=fail (p=reject; x) header.from=a.example;\r\n spf=pass\r\n\
        Authentication-Results: evil.example; dmarc=pass\r\nFrom: a@a.example\r\n\r\nx";
    let read = read_one(mail);
    assert_eq!(read["authentication"][0]["authserv_id"], "mx.acme.example");
    assert_eq!(read["authentication"][0]["results"], serde_json::json!({"dmarc": "fail", "spf": "pass"}));
    assert_eq!(read["authentication"][1]["authserv_id"], "evil.example");
}

#[test]
fn names_of_files_cannot_turn_what_is_shown() {
    let mail = "Subject: s\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename*=utf-8''exe.%E2%80%AEfdp\r\n\r\nx";
    let read = read_one(mail);
    assert_eq!(read["parts"][0]["name"], "exe.<U+202E>fdp");
    assert_eq!(
        read["notes"],
        serde_json::json!(["date-missing", "from-missing", "message-id-missing", "text-direction-changed"])
    );
    assert_eq!(read["attachments"], 1);
}

#[test]
fn the_moment_of_the_server_is_used_only_where_a_mail_tells_none() {
    let internal = Timestamp::from_second(1_800_000_000).unwrap();
    let moment = |mail: &str| {
        let text = read(mail.as_bytes(), Some(internal), &Limits::default()).unwrap();
        serde_json::from_str::<Value>(&text).unwrap()["received_at"].clone()
    };
    assert_eq!(moment("Subject: s\r\n\r\nx"), internal.to_string());
    assert_eq!(moment("Date: Tue, 5 May 2026 10:00:00 +0200\r\n\r\nx"), Value::Null);
}

#[test]
fn bombs_are_refused_by_what_they_are() {
    let code = |mail: &str| read(mail.as_bytes(), None, &Limits::default()).unwrap_err().code;
    let parts = format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "--b\r\n\r\nx\r\n".repeat(100_000));
    assert_eq!(code(&parts), "email::too-many-parts");
    let deep: String =
        (0..100_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    assert_eq!(code(&deep), "email::too-deep");
    let mails = "Content-Type: message/rfc822\r\n\r\n".repeat(100_000);
    assert_eq!(code(&mails), "email::too-deep");
    let below: String =
        (0..30).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n")).collect();
    assert_eq!(code(&format!("{below}\r\nx")), "email::too-deep");
    let header = format!("{}\r\n\r\nx", "A: b\r\n".repeat(100_000));
    assert_eq!(code(&header), "email::header-too-large");
    assert_eq!(code(&format!("A: {}\r\n\r\nx", "b".repeat(1 << 20))), "email::header-too-large");
    assert_eq!(code("\u{1}\u{2}\u{3}"), "email::no-header");
}

fn of_bytes(mail: &[u8]) -> Value {
    serde_json::from_str(&read(mail, None, &Limits::default()).unwrap()).unwrap()
}

fn part(head: &str, body: &[u8]) -> Value {
    let mut mail = format!("Subject: s\nFrom: a@b.example\n{head}\n\n").into_bytes();
    mail.extend_from_slice(body);
    of_bytes(&mail)
}

fn has_note(read: &Value, note: &str) -> bool {
    read["notes"].as_array().unwrap().iter().any(|one| one == note)
}

#[test]
fn encoded_words_are_read_also_where_they_are_split_within_a_character() {
    for (subject, expected) in [
        ("=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=", "caf\u{e9}"),
        ("=?UTF-8?B?4oKs?=\n =?utf-8?Q?_5?=", "\u{20ac} 5"),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "\u{20ac}"),
        ("a =?iso-8859-1?q?=E9?= b", "a \u{e9} b"),
        ("=?iso-8859-1*en?q?=E9?=", "\u{e9}"),
        ("=?gb2312?B?lDn8Ng==?=", "\u{1f600}"),
        ("=?ks_c_5601-1987?B?sMs=?=", "\u{ac80}"),
        ("=?iso-2022-jp?B?GyRCJCIbKEI=?=", "\u{3042}"),
        ("=?utf-8?q?two words?=", "two words"),
        ("=?nonsense?q?x?=", "x"),
        ("=?utf-8?x?y?=", "=?utf-8?x?y?="),
        ("=?", "=?"),
        ("caf\u{e9}", "caf\u{e9}"),
    ] {
        let read = of_bytes(format!("Subject: {subject}\n\nx").as_bytes());
        assert_eq!(read["subject"], expected, "{subject}");
    }
}

#[test]
fn names_of_people_are_whole_and_a_name_that_looks_like_an_address_is_none() {
    let read = of_bytes(
        "From: =?utf-8?q?J=C3?= =?utf-8?q?=B6rg?= <a@B.example>\nTo: Team: x@y.example, \"D, E\" <z@y.example>;, \
         F G\nCc: \"boss@acme.example\" <evil@evil.example>\n\nx"
            .as_bytes(),
    );
    assert_eq!(read["from"], serde_json::json!([{"name": "J\u{f6}rg", "address": "a@b.example"}]));
    assert_eq!(read["to"][0]["address"], "x@y.example");
    assert_eq!(read["to"][1], serde_json::json!({"name": "D, E", "address": "z@y.example"}));
    assert_eq!(read["cc"], serde_json::json!([{"name": "boss@acme.example", "address": "evil@evil.example"}]));
}

#[test]
fn texts_are_read_in_the_charset_that_they_are_in_and_not_in_the_one_they_say() {
    for (charset, body, expected, is_guessed) in [
        ("us-ascii", b"\x93x\x94 \xe9".as_slice(), "\u{201c}x\u{201d} \u{e9}", true),
        ("us-ascii", "caf\u{e9} \u{20ac}".as_bytes(), "caf\u{e9} \u{20ac}", true),
        ("iso-8859-1", "\u{20ac}".as_bytes(), "\u{20ac}", true),
        ("utf-8", b"caf\xe9 noir", "caf\u{e9} noir", true),
        ("gb2312", b"\x94\x39\xfc\x36", "\u{1f600}", false),
        ("unicode-1-1-utf-7", b"Hi +AOk-", "Hi \u{e9}", false),
        ("iso-2022-jp", b"\x1b$B$\"\x1b(B", "\u{3042}", false),
        ("x-nobody-knows", b"caf\xe9", "caf\u{e9}", true),
        ("utf-16le", b"h\0i\0", "hi", false),
    ] {
        let read = part(&format!("Content-Type: text/plain; charset=\"{charset}\""), body);
        assert_eq!(read["text"], expected, "{charset}");
        assert_eq!(has_note(&read, "charset-guessed"), is_guessed, "{charset}");
    }
}

#[test]
fn one_text_is_shown_of_alternatives_and_html_only_where_there_is_no_other() {
    let both = |plain: &str| {
        let html =
            "<html><head><title>t</title><style>p{}</style></head><body><p>Hi &amp; <b>you</b></p><p>two</p></body>";
        format!("--b\n\n{plain}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n")
    };
    let head = "Content-Type: multipart/alternative; boundary=b";
    assert_eq!(part(head, both("Plain").as_bytes())["text"], "Plain");
    let read = part(head, both("").as_bytes());
    assert_eq!(read["text"], "Hi & you\n\ntwo");
    assert!(has_note(&read, "text-from-html"));
}

#[test]
fn a_boundary_that_begins_like_another_and_one_within_a_line_are_told_apart() {
    let mail = "Subject: s\nContent-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a-b\n\n\
                --a-b\n\nsee --a-b\n--a-bc\n--a-b--\n--a\n\ntwo\n--a--\nafter";
    let read = of_bytes(mail.as_bytes());
    assert_eq!(read["text"], "see --a-b\n--a-bc\n\ntwo");
    let paths: Vec<&str> = read["parts"].as_array().unwrap().iter().map(|one| one["path"].as_str().unwrap()).collect();
    assert_eq!(paths, ["1.1", "2"]);
}

#[test]
fn what_lacks_its_boundary_its_end_or_its_empty_line_is_still_read() {
    let missing = part("Content-Type: multipart/mixed", b"all the same");
    assert_eq!((&missing["text"], has_note(&missing, "boundary-missing")), (&"all the same".into(), true));
    let never = part("Content-Type: multipart/mixed; boundary=b", b"all the same");
    assert_eq!((&never["text"], has_note(&never, "boundary-missing")), (&"all the same".into(), true));
    let open = part("Content-Type: multipart/mixed; boundary=b", b"--b\n\ncut off");
    assert_eq!((&open["text"], has_note(&open, "boundary-not-closed")), (&"cut off".into(), true));
    let late = of_bytes(b"\r\n\r\nSubject: s\r\n\r\nx");
    assert_eq!((&late["subject"], &late["text"]), (&"s".into(), &"x".into()));
    let head = part("Content-Type: text/html", b"<html><head><meta><p>all the same");
    assert_eq!(head["text"], "all the same");
    let stray = of_bytes(b"From a@b Tue May  5 10:00:00 2026\nSubject: s\nno field\nTo: a@b.example\n\nx");
    assert_eq!((&stray["to"][0]["address"], has_note(&stray, "header-damaged")), (&"a@b.example".into(), true));
}

#[test]
fn attachments_are_catalogued_by_the_hash_of_what_they_are() {
    let body = b"--b\n\nText\n--b\nContent-Type: text/csv; name=a.csv\nContent-Transfer-Encoding: base64\n\nYTti\nMTsy\n\
        --b\nContent-Type: application/ms-tnef; name=winmail.dat\n\nx\n--b\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n\
        --b\nContent-Type: image/png\nContent-ID: <1>\n\nx\n--b\nContent-Type: text/plain; name=log.txt\n\nlog\n--b--";
    let read = part("Content-Type: multipart/mixed; boundary=b", body);
    let roles: Vec<&str> = read["parts"].as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["text", "attachment", "tnef", "calendar", "inline", "attachment"]);
    assert_eq!((&read["attachments"], &read["text"]), (&4.into(), &"Text".into()));
    let csv = &read["parts"][1];
    assert_eq!((&csv["name"], &csv["bytes"]), (&"a.csv".into(), &6.into()));
    assert_eq!(csv["sha256"], Digest::of(b"a;b1;2").to_string());
}

#[test]
fn damaged_base_64_is_read_as_far_as_it_goes_and_noted() {
    let read = part("Content-Transfer-Encoding: base64", b"SGV*sbG8\ngd29y");
    assert_eq!((&read["text"], has_note(&read, "encoding-damaged")), (&"Hello wor".into(), true));
}

#[test]
fn times_are_those_that_a_mail_can_have() {
    for (date, expected, note) in [
        ("Tue, 5 May 2026 10:00:00 +0200 (CEST)", "2026-05-05T08:00:00Z", ""),
        ("5 May 26 10:00 GMT", "2026-05-05T10:00:00Z", ""),
        ("Tue May  5 10:00:00 2026", "2026-05-05T10:00:00Z", "date-zone-missing"),
        ("5-May-2026 10:00 EST", "2026-05-05T15:00:00Z", ""),
        ("2026-05-05 10:00:00 -02:30", "2026-05-05T12:30:00Z", ""),
        ("Tue, 31 Feb 2026 10:00:00 +0000", "", "date-unreadable"),
        ("Tue, 5 May 2026 10:00:60 +0000", "2026-05-05T10:00:59Z", ""),
        ("Tue, 5 May 2026 10:00:00", "2026-05-05T10:00:00Z", "date-zone-missing"),
        ("Thu, 1 Jan 1970 00:00:00 +0000", "", "date-unreadable"),
        ("Tue, 5 May 9999 10:00:00 +0000", "", "date-unreadable"),
        ("Tue, 31 Foo 2026", "", "date-unreadable"),
        ("yesterday", "", "date-unreadable"),
    ] {
        let read = of_bytes(format!("Date: {date}\n\nx").as_bytes());
        assert_eq!(read["sent_at"].as_str().unwrap_or_default(), expected, "{date}");
        assert_eq!(read["sent_at_raw"], date.replace("  ", " "));
        assert!(note.is_empty() || has_note(&read, note), "{date}: {}", read["notes"]);
    }
}

#[test]
fn html_quotes_and_signatures_are_told_apart() {
    for html in [
        "New<div class=\"gmail_quote\">On 5 May 2026 A wrote:<blockquote>Old</blockquote></div>",
        "<div>New</div><div class=\"moz-cite-prefix\">On 5 May 2026 A wrote:</div><blockquote type=\"cite\"><p>Old</p></blockquote>",
        "<p>New</p><div id=\"divRplyFwdMsg\">From: A</div><p>Old</p>",
        "<p>New</p><div id=\"appendonsend\"></div><hr>From: A<br>Old",
        "<p>New</p><p><b>From:</b> A<br><b>Sent:</b> today<br><b>To:</b> B<br><b>Subject:</b> s</p><p>Old</p>",
    ] {
        let read = part("Content-Type: text/html", html.as_bytes());
        assert_eq!(read["new_text"], "New", "{html}");
        assert!(read["quoted_text"].as_str().unwrap().contains("Old"), "{html}");
    }
    let signed = part("Content-Type: text/html", b"New<div class=\"gmail_signature\">Me</div>");
    assert_eq!((&signed["new_text"], &signed["signature"]), (&"New".into(), &"--\nMe".into()));
    let between = part("Content-Type: text/html", b"<blockquote>Old</blockquote>New");
    assert_eq!(between["new_text"], "New");
    // Nobody can write the marks that are set.
    let forged = part("Content-Type: text/html", "a<br>&#xF0003;<br>\u{F0003}<br>b".as_bytes());
    assert_eq!(forged["new_text"], "a\n\nb");
}

#[test]
fn long_texts_are_cut_and_whole_in_the_mail_itself() {
    let body = "word \u{e9} ".repeat(20_000);
    let read = part("Content-Type: text/plain; charset=utf-8", body.as_bytes());
    assert!(read["text"].as_str().unwrap().len() <= 64 << 10);
    assert!(has_note(&read, "text-cut"));
    assert!(read["raw"].as_str().unwrap().ends_with(&body));
}

#[test]
fn the_first_bytes_of_a_thread_index_are_those_of_the_conversation() {
    let first = of_bytes(b"Thread-Index: AdrcRyRUx3Z2n4ZQSxqyrWN4rVxpdg==\n\nx");
    let second = of_bytes(b"Thread-Index: AdrcRyRUx3Z2n4ZQSxqyrWN4rVxpdgAAAQID\n\nx");
    assert_eq!(first["thread_index"], second["thread_index"]);
    assert_eq!(first["thread_index"].as_str().unwrap().len(), 44);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_and_never_lost(mail in proptest::collection::vec(proptest::arbitrary::any::<u8>(), 0..2000)) {
        let mut whole = b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n".to_vec();
        whole.extend(&mail);
        for mail in [&mail, &whole] {
            if let Ok(payload) = read(mail, None, &Limits::default()) {
                let json: Value = serde_json::from_str(&payload).unwrap();
                let raw = json["raw"].as_str().unwrap();
                let back: Vec<u8> = match json["raw_encoding"] == "utf-8" {
                    true => raw.as_bytes().to_vec(),
                    false => raw.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect(),
                };
                proptest::prop_assert_eq!(&back, mail);
            }
        }
    }
}

#[test]
fn an_attachment_is_taken_out_of_the_mail_itself_and_of_no_mail_within_it() {
    let inner = "From: x@y.example\r\nContent-Type: multipart/mixed; boundary=\"i\"\r\n\r\n--i\r\n\
                 Content-Disposition: attachment; filename=\"in.csv\"\r\n\r\ninner\r\n--i--\r\n";
    let mail = format!(
        "From: a@b.example\r\nSubject: Tür\r\nContent-Type: multipart/mixed; boundary=\"o\"\r\n\r\n--o\r\n\
         Content-Type: text/plain\r\n\r\nwords\r\n--o\r\nContent-Disposition: attachment; filename=\"a.csv\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nYTti/w==\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--o--\r\n"
    );
    // With a byte that is no UTF-8, too.
    for bytes in [mail.clone().into_bytes(), [mail.as_bytes(), b"\xff\xfe"].concat()] {
        let payload = super::read(&bytes, None, &Limits::default()).unwrap();
        let listed: serde_json::Value = serde_json::from_str(&payload).unwrap();
        let paths: Vec<&str> =
            listed["parts"].as_array().unwrap().iter().map(|part| part["path"].as_str().unwrap()).collect();
        for path in paths {
            let found = super::enclosed(&payload, path, &Limits::default());
            let expected: Option<&[u8]> = match path {
                "1" => Some(b"words"),
                "2" => Some(b"a;b\xff"),
                _ => None,
            };
            assert_eq!(found.as_deref(), expected, "{path}");
        }
        assert_eq!(super::enclosed(&payload, "9", &Limits::default()), None);
    }
    assert_eq!(super::enclosed("{}", "1", &Limits::default()), None);
}

#[test]
fn charsets_that_nothing_tells_are_found_by_their_bytes() {
    let read =
        |mail: &[u8]| -> Value { serde_json::from_str(&super::read(mail, None, &Limits::default()).unwrap()).unwrap() };
    let japanese = "\u{304a}\u{4e16}\u{8a71}\u{306b}\u{306a}\u{3063}\u{3066}\u{304a}\u{308a}\u{307e}\u{3059}\u{3002}\u{30d7}\u{30ea}\u{30f3}\u{30bf}\u{304c}\u{58ca}\u{308c}\u{307e}\u{3057}\u{305f}\u{3002}";
    let chinese = "\u{60a8}\u{597d}\u{ff0c}\u{6253}\u{5370}\u{673a}\u{574f}\u{4e86}\u{ff0c}\u{8bf7}\u{5c3d}\u{5feb}\u{4fee}\u{7406}\u{3002}";
    let russian = "\u{417}\u{434}\u{440}\u{430}\u{432}\u{441}\u{442}\u{432}\u{443}\u{439}\u{442}\u{435}, \u{43f}\u{440}\u{438}\u{43d}\u{442}\u{435}\u{440} \u{43d}\u{435} \u{440}\u{430}\u{431}\u{43e}\u{442}\u{430}\u{435}\u{442}";
    let cases: Vec<(&str, &'static encoding_rs::Encoding)> = vec![
        (japanese, encoding_rs::ISO_2022_JP),
        (japanese, encoding_rs::SHIFT_JIS),
        (japanese, encoding_rs::EUC_JP),
        (chinese, encoding_rs::GB18030),
        (russian, encoding_rs::KOI8_R),
        (russian, encoding_rs::WINDOWS_1251),
        ("St\u{f6}rung", encoding_rs::WINDOWS_1252),
        ("Gr\u{fc}\u{df}e", encoding_rs::WINDOWS_1252),
        ("R\u{e9}f", encoding_rs::WINDOWS_1252),
        ("caf\u{e9} na\u{ef}f \u{2013} 5 \u{20ac}", encoding_rs::WINDOWS_1252),
        ("A\u{e7}\u{e3}o", encoding_rs::WINDOWS_1252),
        ("\u{bf}Qu\u{e9} ma\u{f1}ana?", encoding_rs::WINDOWS_1252),
    ];
    for (text, encoding) in cases {
        let (bytes, _, _) = encoding.encode(text);
        // In a field and in a body, where nothing is said and where what is said cannot be.
        let in_a_field = [b"Subject: ", &bytes[..], b"\nFrom: a@b.example\n\nx"].concat();
        assert_eq!(read(&in_a_field)["subject"], text, "{} in a field", encoding.name());
        for declared in ["", "; charset=us-ascii", "; charset=unknown-8bit"] {
            let head = format!("Subject: s\nContent-Type: text/plain{declared}\n\n");
            let told = read(&[head.as_bytes(), &bytes].concat());
            assert_eq!(told["text"].as_str().unwrap().trim(), text, "{} declared `{declared}`", encoding.name());
            assert!(told["notes"].as_array().unwrap().iter().any(|note| note == "charset-guessed"), "{told}");
        }
    }
    // What says that it is Latin 1 is Latin 1, and what is UTF-8 without saying so is no guess.
    let said =
        [b"Subject: s\nContent-Type: text/plain; charset=iso-8859-1\n\n", &encoding_rs::KOI8_R.encode(russian).0[..]]
            .concat();
    assert_ne!(read(&said)["text"].as_str().unwrap().trim(), russian);
    let utf8 = read("Subject: s\n\nT\u{fc}r".as_bytes());
    assert_eq!(
        (utf8["text"].as_str().unwrap().trim(), utf8["notes"].to_string().contains("charset")),
        ("T\u{fc}r", false)
    );
    // An escape that is none stays what it is.
    assert!(read(b"Subject: \x1b$Bnonsense\xff\n\nx")["notes"].to_string().contains("charset-guessed"));
}
