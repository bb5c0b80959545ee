use super::plain;
use proptest::prelude::*;
use serde_json::{Value, json};

fn text(content: &Value) -> String {
    plain(&content.to_string()).text
}

fn paragraph(text: &str) -> Value {
    json!({"type": "paragraph", "content": [{"type": "text", "text": text}]})
}

fn marked(text: &str, mark: Value) -> Value {
    json!({"type": "text", "text": text, "marks": [mark]})
}

/// One of every node of the schema.
#[test]
fn every_node_says_what_a_person_reads() {
    let item = |text: &str| json!({"type": "listItem", "content": [paragraph(text)]});
    let cell = |kind: &str, text: &str| json!({"type": kind, "attrs": {"colspan": 1}, "content": [paragraph(text)]});
    let cases = [
        (paragraph("plain"), "plain"),
        (json!({"type": "heading", "attrs": {"level": 2}, "content": [{"type": "text", "text": "Title"}]}), "Title"),
        (
            json!({"type": "paragraph", "content": [{"type": "text", "text": "a"}, {"type": "hardBreak"}, {"type": "text", "text": "b"}]}),
            "a\nb",
        ),
        (
            json!({"type": "bulletList", "content": [item("a"), {"type": "listItem", "content": [paragraph("b"),
            {"type": "orderedList", "attrs": {"order": 3}, "content": [item("c"), item("d")]}]}]}),
            "- a\n- b\n  3. c\n  4. d",
        ),
        (
            json!({"type": "taskList", "content": [{"type": "taskItem", "attrs": {"state": "DONE"}, "content": [{"type": "text", "text": "a"}]},
            {"type": "blockTaskItem", "attrs": {"state": "OPEN"}, "content": [paragraph("b")]}]}),
            "[x] a\n[ ] b",
        ),
        (
            json!({"type": "decisionList", "content": [{"type": "decisionItem", "content": [{"type": "text", "text": "go"}]}]}),
            "- go",
        ),
        (
            json!({"type": "codeBlock", "attrs": {"language": "sh"}, "content": [{"type": "text", "text": "a {\n\n  b\n}"}]}),
            "a {\n\n  b\n}",
        ),
        (json!({"type": "blockquote", "content": [paragraph("a"), paragraph("b")]}), "> a\n> b"),
        (json!({"type": "panel", "attrs": {"panelType": "warning"}, "content": [paragraph("hot")]}), "[warning]\nhot"),
        (
            json!({"type": "expand", "attrs": {"title": "More"}, "content": [{"type": "nestedExpand", "attrs": {"title": "Yet more"}, "content": [paragraph("a")]}]}),
            "More\nYet more\na",
        ),
        (json!({"type": "rule"}), "---"),
        (
            json!({"type": "table", "content": [{"type": "tableRow", "content": [cell("tableHeader", "Host"), cell("tableHeader", "State")]},
            {"type": "tableRow", "content": [cell("tableCell", "web1"), {"type": "tableCell", "content": [paragraph("down"), paragraph("since 8")]}]}]}),
            "Host | State\nweb1 | down since 8",
        ),
        (
            json!({"type": "mediaSingle", "content": [{"type": "media", "attrs": {"type": "file", "id": "f1", "alt": "shot.png"}},
            {"type": "caption", "content": [{"type": "text", "text": "the error"}]}]}),
            "[shot.png]\nthe error",
        ),
        (json!({"type": "mediaGroup", "content": [{"type": "media", "attrs": {"id": "f2", "alt": ""}}]}), "[f2]"),
        (json!({"type": "paragraph", "content": [{"type": "mediaInline", "attrs": {"id": "f3"}}]}), "[f3]"),
        (
            json!({"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "5b10", "text": "@Jo"}}, {"type": "text", "text": " and "},
            {"type": "mention", "attrs": {"id": "5b11"}}]}),
            "@Jo and @5b11",
        ),
        (json!({"type": "emoji", "attrs": {"shortName": ":smile:", "text": "😄"}}), "😄"),
        (json!({"type": "emoji", "attrs": {"shortName": ":custom:"}}), ":custom:"),
        (json!({"type": "date", "attrs": {"timestamp": "1582152559000"}}), "2020-02-19"),
        (json!({"type": "date", "attrs": {"timestamp": 1_582_152_559_000_i64}}), "2020-02-19"),
        (json!({"type": "date", "attrs": {"timestamp": "soon"}}), "soon"),
        (json!({"type": "status", "attrs": {"text": "BLOCKED", "color": "red"}}), "BLOCKED"),
        (json!({"type": "inlineCard", "attrs": {"url": "https://a.example"}}), "https://a.example"),
        (
            json!({"type": "blockCard", "attrs": {"data": {"@type": "Object", "url": "https://b.example", "name": "B"}}}),
            "https://b.example",
        ),
        (json!({"type": "embedCard", "attrs": {"url": "https://c.example", "layout": "wide"}}), "https://c.example"),
        (json!({"type": "extension", "attrs": {"extensionKey": "chart", "parameters": {"a": 1}}}), "[chart]"),
        (json!({"type": "inlineExtension", "attrs": {"extensionKey": "k", "text": "shown"}}), "shown"),
        (
            json!({"type": "bodiedExtension", "attrs": {"extensionKey": "k"}, "content": [paragraph("body")]}),
            "[k]\nbody",
        ),
        (json!({"type": "syncBlock", "attrs": {"resourceId": "r"}}), "[synced block]"),
        (json!({"type": "bodiedSyncBlock", "content": [paragraph("synced")]}), "synced"),
        (
            json!({"type": "layoutSection", "content": [{"type": "layoutColumn", "content": [paragraph("left")]}, {"type": "layoutColumn", "content": [paragraph("right")]}]}),
            "left\nright",
        ),
        (json!({"type": "placeholder", "attrs": {"text": "say why"}}), "say why"),
        (
            json!({"type": "futureBlock", "attrs": {"x": [1]}, "content": [{"content": [{"text": "kept", "type": "text"}], "type": "futureInline"}]}),
            "kept",
        ),
        (json!({"type": "futureLeaf", "attrs": {"text": "said"}}), "said"),
        (json!({"type": "doc", "content": [paragraph("doc in doc")]}), "doc in doc"),
        (json!({"content": "no list", "marks": {}, "attrs": []}), ""),
        (json!(null), ""),
    ];
    for (node, expected) in cases {
        assert_eq!(text(&json!([node])), expected, "{node}");
    }
}

#[test]
fn marks_that_mean_something_are_told_and_the_others_leave_no_trace() {
    let cases = [
        (marked("page", json!({"type": "link", "attrs": {"href": "https://a.example"}})), "page (https://a.example)"),
        (
            marked("https://a.example", json!({"type": "link", "attrs": {"href": "https://a.example"}})),
            "https://a.example",
        ),
        (marked("a@b.example", json!({"attrs": {"href": "mailto:a@b.example"}, "type": "link"})), "a@b.example"),
        (marked("08:00", json!({"type": "strike"})), "~~08:00~~"),
        (marked("6", json!({"type": "subsup", "attrs": {"type": "sup"}})), "^6"),
        (marked("2", json!({"type": "subsup", "attrs": {"type": "sub"}})), "_2"),
    ];
    for (node, expected) in cases {
        assert_eq!(text(&json!([node])), expected);
    }
    for mark in [
        "alignment",
        "annotation",
        "backgroundColor",
        "border",
        "breakout",
        "code",
        "dataConsumer",
        "em",
        "fontSize",
        "fragment",
        "indentation",
        "strong",
        "textColor",
        "underline",
        "futureMark",
    ] {
        assert_eq!(
            text(&json!([marked("text", json!({"type": mark, "attrs": {"color": "#fff", "href": "x"}}))])),
            "text"
        );
    }
}

#[test]
fn a_link_over_several_pieces_is_told_once() {
    let link = json!({"type": "link", "attrs": {"href": "https://a.example"}});
    let pieces = json!([{"type": "text", "text": "the ", "marks": [link]}, {"type": "text", "text": "page", "marks": [{"type": "strong"}, link]}]);
    assert_eq!(text(&pieces), "the page (https://a.example)");
}

/// Built as text: nesting of this depth is more than a `Value` can be dropped with.
#[test]
fn nesting_has_no_bound_and_needs_no_stack() {
    for (kind, inner) in
        [("blockquote", "paragraph"), ("bulletList", "listItem"), ("tableRow", "tableCell"), ("new", "newer")]
    {
        let level = format!("{{\"type\":\"{kind}\",\"content\":[{{\"type\":\"{inner}\",\"content\":[");
        let deep =
            format!("[{}{{\"type\":\"text\",\"text\":\"deep\"}}{}]", level.repeat(20_000), "]}]}".repeat(20_000));
        let plain = plain(&deep);
        assert!(plain.text.ends_with("deep") && plain.text.len() < 200, "{kind}: {}", plain.text.len());
        let attributes = format!(
            "[{{\"type\":\"text\",\"text\":\"kept\",\"attrs\":{{\"a\":{}1{}}}}}]",
            "[".repeat(99_999),
            "]".repeat(99_999)
        );
        assert_eq!(super::plain(&attributes).text, "kept");
    }
}

fn node() -> impl Strategy<Value = Value> {
    let names = [
        "paragraph",
        "text",
        "bulletList",
        "orderedList",
        "listItem",
        "taskItem",
        "table",
        "tableRow",
        "tableCell",
        "codeBlock",
        "blockquote",
        "panel",
        "expand",
        "mediaSingle",
        "hardBreak",
        "mention",
        "status",
        "heading",
        "unknown",
    ];
    let leaf =
        (prop::sample::select(&["text", "hardBreak", "paragraph", "rule"][..]), "[A-Z]{0,3}[ \\n|é😀\\\\\"*]{0,2}")
            .prop_map(
                |(name, text)| if name == "text" { json!({"type": name, "text": text}) } else { json!({"type": name}) },
            );
    leaf.prop_recursive(6, 60, 6, move |inner| {
        (prop::sample::select(names.to_vec()), prop::collection::vec(inner, 0..6))
            .prop_filter("only leaves have text", |(name, _)| *name != "text")
            .prop_map(|(name, content)| json!({"content": content, "type": name, "attrs": {"order": 7}}))
    })
}

fn words(value: &Value, into: &mut String) {
    into.extend(value["text"].as_str().unwrap_or_default().chars().filter(|c| c.is_ascii_uppercase()));
    value["content"].as_array().into_iter().flatten().for_each(|node| words(node, into));
}

proptest! {
    #[test]
    fn no_word_is_lost_and_none_is_made_up(nodes in prop::collection::vec(node(), 0..6)) {
        let content = json!(nodes);
        let plain = plain(&content.to_string());
        let mut expected = String::new();
        nodes.iter().for_each(|node| words(node, &mut expected));
        let found: String = plain.text.chars().filter(|c| c.is_ascii_uppercase()).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(!plain.cut && plain.text.len() <= 20 * content.to_string().len());
        prop_assert!(plain.text.lines().all(|line| line.trim_end() == line));
    }
}
