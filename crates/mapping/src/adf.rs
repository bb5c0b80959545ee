//! Atlassian documents (ADF) to plain text: every node by what it says, unknown ones by their content.

use crate::adf_read::{Node, read};
use crate::layout::{Layout, Plain};
use jiff::Timestamp;

/// The text of the content of a document.
pub(crate) fn plain(content: &str) -> Plain {
    let (nodes, too_many) = read(content);
    let mut writer = Writer { nodes: &nodes, layout: Layout::default(), lists: Vec::new() };
    let mut steps: Vec<Step> = nodes[0].first.map(Step::Enter).into_iter().collect();
    while let Some(step) = steps.pop() {
        match step {
            Step::Enter(id) => {
                let node = &nodes[id as usize];
                steps.extend(node.next.map(Step::Enter));
                steps.push(Step::Leave(id));
                steps.extend(node.first.map(Step::Enter));
                writer.enter(node);
            }
            Step::Leave(id) => writer.leave(&nodes[id as usize]),
        }
    }
    let mut plain = writer.layout.finish();
    plain.cut |= too_many;
    plain
}

enum Step {
    Enter(u32),
    Leave(u32),
}

struct Writer<'n, 'a> {
    nodes: &'n [Node<'a>],
    layout: Layout,
    /// Of each open list the number of its next item, where it has numbers.
    lists: Vec<Option<i64>>,
}

impl Writer<'_, '_> {
    fn enter(&mut self, node: &Node<'_>) {
        let layout = &mut self.layout;
        match node.name.as_ref() {
            "paragraph" | "heading" | "caption" | "mediaSingle" | "mediaGroup" | "table" | "layoutSection"
            | "layoutColumn" | "blockCard" | "embedCard" | "extension" | "bodiedExtension" | "syncBlock"
            | "bodiedSyncBlock" => layout.end_line(),
            "bulletList" | "taskList" | "decisionList" => self.lists.push(None),
            "orderedList" => {
                self.lists.push(Some(node.attribute("order").and_then(|order| order.parse().ok()).unwrap_or(1)));
            }
            "listItem" => {
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number = number.saturating_add(1);
                        marker
                    }
                    _ => "- ".to_owned(),
                };
                layout.open_item(marker);
            }
            "taskItem" | "blockTaskItem" => {
                let done = node.attribute("state") == Some("DONE");
                layout.open_item(if done { "[x] " } else { "[ ] " }.to_owned());
            }
            "decisionItem" => layout.open_item("- ".to_owned()),
            "blockquote" => layout.open("> "),
            "codeBlock" => layout.open_verbatim(),
            "panel" => {
                layout.end_line();
                layout.push(&format!("[{}]", node.attribute("panelType").unwrap_or("panel")));
                layout.end_line();
            }
            "expand" | "nestedExpand" => {
                layout.end_line();
                layout.push(node.attribute("title").unwrap_or_default());
                layout.end_line();
            }
            "rule" => {
                layout.end_line();
                layout.push("---");
                layout.end_line();
            }
            "tableRow" => layout.open_row(),
            "tableCell" | "tableHeader" => layout.cell(),
            "hardBreak" => layout.break_line(),
            _ => {}
        }
        if let Some(said) = said(node) {
            self.say(node, &said);
        }
    }

    fn leave(&mut self, node: &Node<'_>) {
        let layout = &mut self.layout;
        match node.name.as_ref() {
            "paragraph" | "heading" | "caption" | "mediaSingle" | "mediaGroup" | "table" | "panel" | "expand"
            | "nestedExpand" | "layoutSection" | "layoutColumn" | "blockCard" | "embedCard" | "extension"
            | "bodiedExtension" | "syncBlock" | "bodiedSyncBlock" => layout.end_line(),
            "bulletList" | "orderedList" | "taskList" | "decisionList" => {
                self.lists.pop();
            }
            "listItem" | "taskItem" | "blockTaskItem" | "decisionItem" | "blockquote" => layout.close(),
            "codeBlock" => layout.close_verbatim(),
            "tableRow" => layout.close_row(),
            _ => {}
        }
    }

    /// Writes what a node says, with what its marks mean for a reader.
    fn say(&mut self, node: &Node<'_>, said: &str) {
        let after = node.next.map(|next| &self.nodes[next as usize]);
        if node.is_struck {
            self.layout.push("~~");
        }
        if let Some(shift) = node.shift {
            self.layout.push(shift.encode_utf8(&mut [0; 4]));
        }
        self.layout.push(said);
        if node.is_struck {
            self.layout.push("~~");
        }
        // A link over several pieces of text is told behind the last of them.
        if let Some(link) = node.link.as_deref()
            && after.and_then(|after| after.link.as_deref()) != Some(link)
            && link != said
            && link.strip_prefix("mailto:") != Some(said)
        {
            self.layout.push(&format!(" ({link})"));
        }
    }
}

/// What a node itself says; `None` for one that only holds others.
fn said(node: &Node<'_>) -> Option<String> {
    let attribute = |names: &[&str]| names.iter().find_map(|name| node.attribute(name)).map(str::to_owned);
    let bracketed = |text: String| format!("[{text}]");
    match node.name.as_ref() {
        "text" => Some(node.text.replace('\r', "")),
        "hardBreak" => None,
        "mention" => {
            attribute(&["text"]).or_else(|| node.attribute("id").map(|id| format!("@{id}"))).or(Some("@".to_owned()))
        }
        "emoji" => attribute(&["text", "shortName"]),
        "date" => attribute(&["timestamp"]).map(|millis| day(&millis).unwrap_or(millis)),
        "status" | "placeholder" => attribute(&["text"]),
        "inlineCard" | "blockCard" | "embedCard" => attribute(&["url", "name"]),
        "media" | "mediaInline" => attribute(&["alt", "url", "id"]).map(bracketed),
        "extension" | "inlineExtension" | "bodiedExtension" => {
            attribute(&["text"]).or_else(|| node.attribute("extensionKey").map(|key| bracketed(key.to_owned())))
        }
        "syncBlock" => Some("[synced block]".to_owned()),
        _ if node.text.is_empty() && node.first.is_some() => None,
        _ if node.text.is_empty() => attribute(&["text"]),
        _ => Some(node.text.clone().into_owned()),
    }
}

/// The day of a moment that is written as milliseconds since 1970.
fn day(millis: &str) -> Option<String> {
    let at = Timestamp::from_millisecond(millis.trim().parse().ok()?).ok()?;
    Some(at.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
#[path = "adf_tests.rs"]
mod tests;
