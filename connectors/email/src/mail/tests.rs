use super::*;
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
