//! Texts as trees: the Atlassian Document Format of a text in wiki markup. It knows paragraphs, breaks, lists, code,
//! mentions and links, and no more.

use serde_json::{Value, json};

/// How tame a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nature {
    Tame,
    /// With nodes that no reader knows, and nodes within nodes.
    Wild,
    /// With more nodes within nodes than parsers of JSON go down.
    Deep,
}

/// So many nodes are around a node of a wild text.
const DEPTH: usize = 30;
/// And of a deep one. Each takes two levels of JSON; many parsers stop at 128.
const DEEPER: usize = 150;

pub(crate) fn document(text: &str, nature: Nature, name: impl Fn(&str) -> Option<String>) -> Value {
    let mut content = Vec::new();
    for block in text.replace("\r\n", "\n").split("\n\n").filter(|block| !block.is_empty()) {
        content.push(of_block(block, &name));
    }
    match nature {
        Nature::Tame => {}
        Nature::Wild => content.push(wild(DEPTH)),
        Nature::Deep => content.push(wild(DEEPER)),
    }
    let mut document = json!({"type": "doc", "version": 1});
    document["content"] = Value::Array(content);
    document
}

fn of_block(block: &str, name: &impl Fn(&str) -> Option<String>) -> Value {
    if let Some(code) = block.strip_prefix("{code}").and_then(|rest| rest.strip_suffix("{code}")) {
        return json!({"type": "codeBlock", "attrs": {"language": "text"}, "content": [{"type": "text", "text": code.trim_matches('\n')}]});
    }
    let lines: Vec<&str> = block.split('\n').collect();
    if lines.iter().all(|line| line.starts_with("* ")) {
        let item = |line: &&str| json!({"type": "listItem", "content": [{"type": "paragraph", "content": inline(&line[2..], name)}]});
        return json!({"type": "bulletList", "content": lines.iter().map(item).collect::<Vec<_>>()});
    }
    let mut content = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            content.push(json!({"type": "hardBreak"}));
        }
        content.extend(inline(line, name));
    }
    json!({"type": "paragraph", "content": content})
}

/// Text with mentions (`[~accountid:…]`, `[~name]`) and links (`[https://…]`).
fn inline(line: &str, name: &impl Fn(&str) -> Option<String>) -> Vec<Value> {
    let mut nodes = Vec::new();
    let mut rest = line;
    let mut text = String::new();
    while let Some(open) = rest.find('[') {
        let Some(close) = rest[open..].find(']').map(|at| open + at) else { break };
        let inside = &rest[open + 1..close];
        let node = if let Some(id) = inside.strip_prefix('~') {
            let id = id.strip_prefix("accountid:").unwrap_or(id);
            let shown = name(id).unwrap_or_else(|| "Former user".into());
            Some(json!({"type": "mention", "attrs": {"id": id, "text": format!("@{shown}"), "accessLevel": ""}}))
        } else if inside.starts_with("https://") {
            Some(json!({"type": "inlineCard", "attrs": {"url": inside}}))
        } else {
            None
        };
        text.push_str(&rest[..open]);
        match node {
            Some(node) => {
                push_text(&mut nodes, &mut text);
                nodes.push(node);
            }
            None => text.push_str(&rest[open..=close]),
        }
        rest = &rest[close + 1..];
    }
    text.push_str(rest);
    push_text(&mut nodes, &mut text);
    nodes
}

fn push_text(nodes: &mut Vec<Value>, text: &mut String) {
    if !text.is_empty() {
        nodes.push(json!({"type": "text", "text": std::mem::take(text)}));
    }
}

fn wild(depth: usize) -> Value {
    let mut node = json!({"type": "paragraph", "content": [
        {"type": "text", "text": "deep", "marks": [{"type": "strong"}, {"type": "unknownMark", "attrs": {"x": 1}}]},
        {"type": "date", "attrs": {"timestamp": "1782856800000"}},
        {"type": "status", "attrs": {"text": "LATE", "color": "red", "localId": "1"}},
        {"type": "emoji", "attrs": {"shortName": ":fire:", "text": "🔥", "id": "1f525"}},
        {"type": "nobodyKnowsIt", "content": [{"type": "text", "text": " inside"}]},
        {"type": "media", "attrs": {"id": "m-1", "type": "file", "alt": "screen.png", "collection": ""}},
    ]});
    for at in 0..depth {
        let kind = ["panel", "expand", "layoutColumn", "syncBlockOfTomorrow"][at % 4];
        let mut around = json!({"type": kind, "attrs": {"panelType": "info"}});
        // Moved, and not copied with everything that is inside.
        around["content"] = Value::Array(vec![node]);
        node = around;
    }
    node
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_a_tree() {
        let text =
            "first\nline [~accountid:7], see [https://example.org] [x]\n\n* one\n* two\n\n{code}\nlet x;\n{code}";
        let doc = document(text, Nature::Tame, |id| (id == "7").then(|| "Ann".to_owned()));
        let kinds: Vec<&str> =
            doc["content"].as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["paragraph", "bulletList", "codeBlock"]);
        let first = doc["content"][0]["content"].as_array().unwrap();
        assert_eq!(first[1]["type"], "hardBreak");
        assert_eq!(first[3]["attrs"]["text"], "@Ann");
        assert_eq!(
            (first[5]["attrs"]["url"].as_str(), first[6]["text"].as_str()),
            (Some("https://example.org"), Some(" [x]"))
        );
        assert_eq!(doc["content"][1]["content"][1]["content"][0]["content"][0]["text"], "two");
        assert_eq!(document("", Nature::Tame, |_| None)["content"], serde_json::json!([]));
        assert_eq!(document("a", Nature::Wild, |_| None)["content"].as_array().unwrap().len(), 2);
        let deep = document("a", Nature::Deep, |_| None).to_string();
        assert!(serde_json::from_str::<Value>(&deep).is_err());
    }
}
