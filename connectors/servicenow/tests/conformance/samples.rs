//! Bodies of answers as ServiceNow's own reference prints them, served to the connector byte by byte.

use crate::support::{connect, section};
use counterfoil_record::Position;
use counterfoil_testkit::suites::drain;
use serde_json::Value;
use serde_json::value::RawValue;
use std::path::Path;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Answers the first question for incidents with `body`, and every other one with no row.
async fn serve(listener: TcpListener, body: String) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, body.clone()));
    }
}

async fn converse(mut stream: TcpStream, body: String) {
    let mut asked = Vec::new();
    loop {
        let mut piece = [0; 4_096];
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => asked.extend_from_slice(&piece[..read]),
            _ => return,
        }
        if !asked.ends_with(b"\r\n\r\n") {
            continue;
        }
        let head = String::from_utf8_lossy(&asked).into_owned();
        let line = head.lines().next().unwrap_or_default();
        let is_first = line.contains("/table/incident?") && !line.contains("sys_updated_on%3");
        let body = if is_first { body.as_str() } else { "{\"result\":[]}" };
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json;charset=UTF-8\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
        asked.clear();
    }
}

#[derive(serde::Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    result: Vec<&'a RawValue>,
}

/// A sample with a list of rows; one that has a single row becomes a list of it.
fn listed(text: &str) -> Option<String> {
    let json: Value = serde_json::from_str(text).ok()?;
    match &json["result"] {
        Value::Array(_) => Some(text.to_owned()),
        Value::Object(row) if row.contains_key("sys_id") => Some(format!("{{\"result\":[{}]}}", json["result"])),
        _ => None,
    }
}

#[tokio::test]
async fn real_data_samples_are_read_in_the_shapes_that_the_reference_shows() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/servicenow-samples");
    if !folder.is_dir() {
        println!("SKIP servicenow-samples: the folder of real data is not beside this repository");
        return;
    }
    let (mut delivered, mut without_identity, mut others) = (0, 0, 0);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let Some(body) = listed(&text) else {
            others += 1;
            continue;
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(serve(listener, body.clone()));
        let connector = connect(&section(&url, ""));
        let drained = drain(connector.as_ref(), "incident", &Position::default(), 500).await;
        let drained = drained.unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
        serving.abort();
        let rows = serde_json::from_str::<Body<'_>>(&body).unwrap().result;
        let at_hand = drained.records.len() + drained.unreadable.len();
        assert_eq!(at_hand, rows.len(), "{}: every row is a record or said to be none", file.display());
        for record in &drained.records {
            let payload = record.payload.as_str();
            let is_there =
                |row: &&&RawValue| payload.starts_with(row.get().trim_end().trim_end_matches('}').trim_end());
            assert!(rows.iter().find(is_there).is_some(), "{}: {payload} is no row", file.display());
            assert!(serde_json::from_str::<Value>(payload).unwrap().is_object());
        }
        delivered += drained.records.len();
        without_identity += drained.unreadable.len();
    }
    println!("{delivered} rows are records, {without_identity} have no identity, {others} samples have no rows");
    assert!(delivered >= 8, "{delivered}");
}
