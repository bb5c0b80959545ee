use super::*;
use crate::config::tests::settings;
use std::io::Write as _;
use std::path::Path;

fn lines(text: &[u8], limit: usize) -> Lines {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text).unwrap();
    Lines::new(file, 0, 0, limit).unwrap()
}

fn pick(line: &str, names: &[&str]) -> Result<Vec<Option<String>>, &'static str> {
    let picks = Picks::new(names.iter().copied(), Shape::Log);
    let line = Line { bytes: line.as_bytes(), is_ended: true, is_too_big: false };
    let picked = picks.pick(&line).map_err(|bad| bad.code)?;
    Ok(picked.values.into_iter().map(|value| value.map(Cow::into_owned)).collect())
}

#[test]
fn values_are_picked_by_name_and_by_pointer() {
    let line =
        r#"{"id":"A\u00e9-1","n":12345678901234567890123,"f":{"u":"2024","a/b":{"~":7}},"l":[1,{"x":"y"}],"z":null}"#;
    let picked = pick(line, &["id", "n", "/f/u", "/f/a~1b/~0", "/l/1/x", "z", "/f", "/none/x", "/id/x"]).unwrap();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        picked,
        [some("Aé-1"), some("12345678901234567890123"), some("2024"), some("7"), some("y"), None, None, None, None]
    );
    assert_eq!(pick(r#"{"a":{"b":1}}"#, &["a", "/a/b"]), Ok(vec![None, some("1")]));
}

#[test]
fn what_is_no_object_is_named() {
    for (line, code) in [
        ("[1]", NOT_JSON),
        ("\"text\"", NOT_JSON),
        ("{\"id\":1}}", NOT_JSON),
        ("{\"id\":1,}", NOT_JSON),
        ("{\"id\":01}", NOT_JSON),
        ("{\"id\":1", NOT_JSON),
        ("{\"id\":1,\"@order\":\"2\"}", RESERVED_NAME),
    ] {
        assert_eq!(pick(line, &["id"]), Err(code), "{line}");
    }
}

#[test]
fn depth_costs_no_stack() {
    let deep = |depth: usize| format!("{{\"id\":1,\"deep\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(pick(&deep(1_000_000), &["id"]), Ok(vec![Some("1".to_owned())]));
    let pointer = format!("/deep{}", "/0".repeat(1_000));
    assert_eq!(pick(&deep(1_000), &["id", &pointer]), Err(NOT_JSON));
}

#[test]
fn lines_of_every_length_come_back_whole() {
    let sizes = [1, 10, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER + 7, 5];
    let mut text = b"\xef\xbb\xbf".to_vec();
    for size in sizes {
        text.extend(std::iter::repeat_n(b'x', size));
        text.extend_from_slice(b"\r\n \n");
    }
    text.extend_from_slice(b"last");
    let mut lines = lines(&text, 1 << 30);
    let mut found = Vec::new();
    while let Some(line) = lines.next_line().unwrap() {
        found.push((line.bytes.len(), line.is_ended));
    }
    let expected: Vec<(usize, bool)> = sizes.iter().map(|size| (*size, true)).chain([(4, false)]).collect();
    assert_eq!(found, expected);
    assert_eq!(lines.place(), (text.len() as u64, 2 * sizes.len() as u64 + 1));
}

#[test]
fn a_line_beyond_the_limit_is_set_aside_and_the_next_is_read() {
    let text = [vec![b'x'; 3 * BUFFER], b"\n{\"id\":2}\n".to_vec()].concat();
    let picks = Picks::new(["id"], Shape::Record);
    let mut lines = lines(&text, BUFFER);
    let line = lines.next_line().unwrap().unwrap();
    let bad = picks.pick(&line).unwrap_err();
    assert_eq!((bad.code, bad.bytes.len()), (ROW_TOO_BIG, BUFFER + 1));
    let line = lines.next_line().unwrap().unwrap();
    assert_eq!(picks.pick(&line).unwrap().values[0].as_deref(), Some("2"));
}

#[test]
fn a_line_that_the_file_cuts_is_cut_off() {
    let code = |text: &[u8]| {
        let mut lines = lines(text, 1 << 20);
        let picks = Picks::new(["id"], Shape::Record);
        let line = lines.next_line().unwrap().unwrap();
        picks.pick(&line).map(|_| ()).map_err(|bad| bad.code)
    };
    assert_eq!(code(b"{\"id\":1,\"text\":\"hal"), Err(CUT_OFF));
    assert_eq!(code(b"{\"id\":1,\"text\":\"J\xc3"), Err(CUT_OFF));
    assert_eq!(code(b"{\"id\":1,\"text\":\"J\xfc\""), Err(BAD_ENCODING));
    assert_eq!(code(b"{\"id\":1,\"text\":\"hal\n"), Err(NOT_JSON));
    assert_eq!(code(b"{\"id\":1}"), Ok(()));
}

#[test]
fn versions_sort_as_moments_whatever_their_offset() {
    let read = |value: &str, zone, dates| {
        let settings = settings(Path::new(""), "path = 'p'\nkey = 'k'\nversion = 'v'", zone, dates);
        version_text(Some(value), &settings)
    };
    let utc = "2024-01-31T10:00:00.000000000Z";
    assert_eq!(read("2024-01-31T12:00:00.000+0200", None, None).as_deref(), Ok(utc));
    assert_eq!(read("2024-01-31 11:00:00", Some("Europe/Berlin"), None).as_deref(), Ok(utc));
    assert_eq!(read("2024-01-31 10:00:00", None, None).as_deref(), Ok("2024-01-31 10:00:00"));
    assert_eq!(read("31/01/2024 10:00", Some("UTC"), Some("dmy")).as_deref(), Ok(utc));
    assert_eq!(read("17", None, None).as_deref(), Ok("00000000000000000017"));
    assert_eq!(read("", None, None).as_deref(), Ok(""));
    assert!(read("03/04/2024", Some("UTC"), None).unwrap_err().contains("is 3 April 2024 or 4 March 2024"));
}
