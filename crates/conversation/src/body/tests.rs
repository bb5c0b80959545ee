use super::*;
use crate::Rules;
use counterfoil_diagnostics::SourceText;

fn rule(format: &str, more: &str) -> StructuredRule {
    let text = format!(
        "format = 1\n[[structured]]\nname = \"r\"\nformat = \"{format}\"\nconfidence = 90\nkey = \"/no\"\n{more}\n\
         all = [{{ in = \"party\", matches = \".\" }}]\n"
    );
    let rules = Rules::shipped().extended_by(&SourceText { name: "r".into(), text: text.into() }).unwrap();
    rules.structured()[0].clone()
}

fn read(format: &str, more: &str, text: &str) -> Result<Vec<(String, String)>, String> {
    let rows = rows(&rule(format, more), text).map_err(|unread| format!("{} {}", unread.code, unread.reason))?;
    Ok(rows.into_iter().map(|row| (row.key, row.json)).collect())
}

fn code(format: &str, text: &str) -> String {
    let told = read(format, "", text).expect_err("it is not read");
    told.split(' ').next().unwrap_or_default().to_owned()
}

fn pair(key: &str, json: &str) -> (String, String) {
    (key.to_owned(), json.to_owned())
}

#[test]
fn json_is_kept_as_it_is_written_and_its_rows_stand_where_the_rule_says() {
    let one = r#"{"no":"A1", "cost":1.10}"#;
    assert_eq!(read("json", "", &format!("\u{FEFF}\n{one}\n\n-- \nThe desk")), Ok(vec![pair("A1", one)]));
    assert_eq!(read("json", "", r#"[{"no":7},{"no":-8}]"#).unwrap().len(), 2);
    let within = r#"{"sent":"today","t":{"a/b":[{"no":"A1"}]}}"#;
    assert_eq!(read("json", "rows = \"/t/a~1b\"", within), Ok(vec![pair("A1", r#"{"no":"A1"}"#)]));
    let around = "Dear all,\n\n===\n{\"no\":\"A1\"}\n=== end\nBest";
    let more = "after = '(?m)^===$'\nuntil = '(?m)^=== end'";
    assert_eq!(read("json", more, around), Ok(vec![pair("A1", r#"{"no":"A1"}"#)]));
}

#[test]
fn json_of_a_stranger_is_refused_whole() {
    for text in ["", "{", "{\"no\":1} x", "nonsense", "\"no\"", "[1]", "{\"no\":1}{\"no\":2}", "{\"no\":NaN}"] {
        assert_eq!(code("json", text), "structured::not-json", "{text}");
    }
    assert_eq!(code("json", r#"{"no":"A1","a":{"x":1,"\u0078":2}}"#), "structured::name-twice");
    assert_eq!(code("json", "[]"), "structured::no-rows");
    assert_eq!(code("json", r#"[{"no":"A1"},{"no":"A1"}]"#), "structured::key-twice");
    for text in [r#"{"no":null}"#, r#"{"no":" "}"#, r#"{"no":["A"]}"#, r#"{"No":"A1"}"#, r#"{"no":"A\u0000"}"#] {
        assert_eq!(code("json", text), "structured::no-key", "{text}");
    }
    let deep = format!("{{\"no\":1,\"a\":{}1{}}}", "[".repeat(31), "]".repeat(31));
    assert!(read("json", "", &deep).is_ok());
    for levels in [32, 100, 30_000] {
        let deep = format!("{{\"no\":1,\"a\":{}1{}}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(code("json", &deep), "structured::not-json", "{levels}");
    }
    let many = format!("[{}]", vec!["{\"no\":1}"; ROWS + 1].join(","));
    assert_eq!(code("json", &many), "structured::too-many-rows");
}

#[test]
fn a_table_has_a_record_a_line_whatever_its_delimiter() {
    let expected =
        Ok(vec![pair("A1", r#"{"no":"A1","title":"a, \"b\"\nc"}"#), pair("A2", r#"{"no":"A2","title":""}"#)]);
    for delimiter in [",", ";", "\t", "|"] {
        let text = "no,title\r\n\r\nA1,\"a, \"\"b\"\"\nc\"\r\nA2,\r\n".replace("no,", &format!("no{delimiter}"));
        let text = text.replace("A1,", &format!("A1{delimiter}")).replace("A2,", &format!("A2{delimiter}"));
        assert_eq!(read("csv", "", &text), expected, "{delimiter:?}");
    }
    for text in ["", "no", "no,a\nA1", "no,a\nA1,b,c", "no,\nA1,b", "no,a\nA1,\"b", "no,a\nA1,\"b\"c"] {
        assert_eq!(code("csv", text), "structured::not-csv", "{text}");
    }
    assert_eq!(code("csv", "no,a"), "structured::no-rows");
    assert_eq!(code("csv", "no,no\n1,2"), "structured::name-twice");
    let many = format!("no,a\n{}", (0..=ROWS).map(|no| format!("{no},x\n")).collect::<String>());
    assert_eq!(code("csv", &many), "structured::too-many-rows");
    assert_eq!(code("csv", &",".repeat(60_000)), "structured::not-csv");
}

#[test]
fn fields_stand_a_line_each_and_none_twice() {
    let text = "no: A1\r\nTitle: The printer: again\r\n  and again\r\n\r\nState:\r\n-- \r\nno: signature";
    let json = r#"{"no":"A1","Title":"The printer: again\nand again","State":""}"#;
    assert_eq!(read("fields", "", text), Ok(vec![pair("A1", json)]));
    for text in ["  x", "no: 1\nwithout", ": x"] {
        assert_eq!(code("fields", text), "structured::not-fields", "{text}");
    }
    assert_eq!(code("fields", "no: A1\nno: A2"), "structured::name-twice");
    assert_eq!(code("fields", ""), "structured::no-rows");
}
