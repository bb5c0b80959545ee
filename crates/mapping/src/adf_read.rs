//! Reads the nodes of an Atlassian document from its JSON, whatever order members stand in and however deep it nests.
//!
//! It walks with a stack of its own and never recurses. The JSON was validated when the payload was parsed.

use std::borrow::Cow;

/// Documents with more nodes are cut.
const MOST_NODES: usize = 100_000;

/// A node of a document.
#[derive(Debug, Default)]
pub(crate) struct Node<'a> {
    /// Its type.
    pub(crate) name: Cow<'a, str>,
    pub(crate) text: Cow<'a, str>,
    /// Plain values among its attributes.
    pub(crate) attributes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// Where a mark links it to.
    pub(crate) link: Option<Cow<'a, str>>,
    pub(crate) is_struck: bool,
    /// `^` or `_` for what is written above or below the line.
    pub(crate) shift: Option<char>,
    pub(crate) first: Option<u32>,
    pub(crate) next: Option<u32>,
    last: Option<u32>,
}

impl Node<'_> {
    /// An attribute that says something.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_ref()).filter(|value| !value.trim().is_empty())
    }
}

/// The nodes of a list of nodes; the first stands for the document. Whether there were too many is told as well.
pub(crate) fn read(content: &str) -> (Vec<Node<'_>>, bool) {
    let mut reader = Reader { json: content, at: 0, nodes: vec![Node::default()], mark: Mark::default(), cut: false };
    reader.walk();
    (reader.nodes, reader.cut)
}

/// What the walk is inside of.
#[derive(Clone, Copy)]
enum Inside {
    Nodes(u32),
    Node(u32),
    Attributes(u32),
    Marks(u32),
    Mark(u32),
    MarkAttributes,
}

#[derive(Default)]
struct Mark<'a> {
    name: Cow<'a, str>,
    href: Option<Cow<'a, str>>,
    below: bool,
}

struct Reader<'a> {
    json: &'a str,
    at: usize,
    nodes: Vec<Node<'a>>,
    mark: Mark<'a>,
    cut: bool,
}

impl<'a> Reader<'a> {
    fn walk(&mut self) {
        if self.peek() != Some(b'[') {
            return;
        }
        self.at += 1;
        let mut stack = vec![Inside::Nodes(0)];
        while let Some(inside) = stack.last().copied() {
            let Some(byte) = self.peek() else { return };
            match (inside, byte) {
                (_, b']' | b'}') => {
                    self.at += 1;
                    stack.pop();
                    if let Inside::Mark(node) = inside {
                        self.apply_mark(node);
                    }
                }
                (_, b',' | b':') => self.at += 1,
                (Inside::Nodes(parent), b'{') => match self.add(parent) {
                    Some(node) => {
                        self.at += 1;
                        stack.push(Inside::Node(node));
                    }
                    None => self.skip(),
                },
                (Inside::Marks(node), b'{') => {
                    self.at += 1;
                    self.mark = Mark::default();
                    stack.push(Inside::Mark(node));
                }
                (Inside::Nodes(_) | Inside::Marks(_), _) => self.skip(),
                (Inside::Node(_) | Inside::Attributes(_) | Inside::Mark(_) | Inside::MarkAttributes, _) => {
                    let name = self.plain().unwrap_or_default();
                    if self.peek() == Some(b':') {
                        self.at += 1;
                    }
                    stack.extend(self.member(inside, name));
                }
            }
        }
    }

    /// Reads the value of a member, or goes inside of it.
    fn member(&mut self, inside: Inside, name: Cow<'a, str>) -> Option<Inside> {
        let opens = self.peek();
        let deeper = match (inside, name.as_ref(), opens) {
            (Inside::Node(node), "content", Some(b'[')) => Some(Inside::Nodes(node)),
            (Inside::Node(node), "attrs", Some(b'{')) => Some(Inside::Attributes(node)),
            (Inside::Node(node), "marks", Some(b'[')) => Some(Inside::Marks(node)),
            (Inside::Attributes(node), "data", Some(b'{')) => Some(Inside::Attributes(node)),
            (Inside::Mark(_), "attrs", Some(b'{')) => Some(Inside::MarkAttributes),
            _ => None,
        };
        if deeper.is_some() {
            self.at += 1;
            return deeper;
        }
        if matches!(opens, Some(b'{' | b'[')) {
            self.skip();
            return None;
        }
        let value = self.plain()?;
        match (inside, name.as_ref()) {
            (Inside::Node(node), "type") => self.nodes[node as usize].name = value,
            (Inside::Node(node), "text") => self.nodes[node as usize].text = value,
            (Inside::Attributes(node), _) => self.nodes[node as usize].attributes.push((name, value)),
            (Inside::Mark(_), "type") => self.mark.name = value,
            (Inside::MarkAttributes, "href") => self.mark.href = Some(value),
            (Inside::MarkAttributes, "type") => self.mark.below = value == "sub",
            _ => {}
        }
        None
    }

    fn apply_mark(&mut self, node: u32) {
        let mark = std::mem::take(&mut self.mark);
        let node = &mut self.nodes[node as usize];
        match mark.name.as_ref() {
            "link" => node.link = mark.href.filter(|href| !href.trim().is_empty()),
            "strike" => node.is_struck = true,
            "subsup" => node.shift = Some(if mark.below { '_' } else { '^' }),
            _ => {}
        }
    }

    fn add(&mut self, parent: u32) -> Option<u32> {
        if self.nodes.len() > MOST_NODES {
            self.cut = true;
            return None;
        }
        let id = self.nodes.len() as u32;
        self.nodes.push(Node::default());
        let before = self.nodes[parent as usize].last.replace(id);
        match before {
            Some(before) => self.nodes[before as usize].next = Some(id),
            None => self.nodes[parent as usize].first = Some(id),
        }
        Some(id)
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.json.as_bytes()[self.at..];
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.at += blank;
        rest.get(blank).copied()
    }

    /// A text, a number or a word; `None` for `null`.
    fn plain(&mut self) -> Option<Cow<'a, str>> {
        if self.peek()? != b'"' {
            let rest = &self.json[self.at..];
            let end = rest.find([',', '}', ']', ':', '{', '[', '"']).unwrap_or(rest.len());
            // Whatever stands here, the walk goes on behind it.
            self.at += end.max(rest.chars().next().map_or(0, char::len_utf8));
            return Some(rest[..end].trim()).filter(|word| *word != "null").map(Cow::Borrowed);
        }
        let start = self.at + 1;
        let mut escaped = false;
        let bytes = &self.json.as_bytes()[start..];
        let mut length = 0;
        while length < bytes.len() && bytes[length] != b'"' {
            escaped |= bytes[length] == b'\\';
            length += if bytes[length] == b'\\' { 2 } else { 1 };
        }
        let end = (start + length).min(self.json.len());
        self.at = (end + 1).min(self.json.len());
        let text = self.json.get(start..end)?;
        Some(if escaped { Cow::Owned(unescaped(text)) } else { Cow::Borrowed(text) })
    }

    /// Passes over a value of any depth.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    self.at += 1;
                }
                b',' | b':' if depth == 0 => return,
                b',' | b':' => self.at += 1,
                _ => {
                    self.plain();
                }
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// Without the escapes of JSON. Half of a surrogate pair, which is no character, becomes U+FFFD.
fn unescaped(text: &str) -> String {
    let mut units: Vec<u16> = Vec::new();
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let escape = if c == '\\' { chars.next() } else { None };
        if let Some('u') = escape {
            let digits: String = chars.by_ref().take(4).collect();
            units.push(u16::from_str_radix(&digits, 16).unwrap_or(0xFFFD));
            continue;
        }
        plain.extend(char::decode_utf16(units.drain(..)).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
        plain.push(match escape {
            None => c,
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(other) => other,
        });
    }
    plain.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_in_any_order_and_values_of_any_kind() {
        let json = r#"[ {"content":[{"marks":[{"attrs":{"href":"u"},"type":"link"},7,"x"],"text":"a\"\u00e4\ud83d\ude00\ud800","type":"text"}],
            "attrs":{"level":2,"flag":true,"none":null,"deep":{"x":[1,{"y":2}]},"data":{"url":"v"}},"type":"heading","odd":[[]]}, 5, "x", null ]"#;
        let (nodes, cut) = read(json);
        assert_eq!((nodes.len(), cut), (3, false));
        assert_eq!(
            (nodes[1].name.as_ref(), nodes[1].attribute("level"), nodes[1].first),
            ("heading", Some("2"), Some(2))
        );
        assert_eq!((nodes[1].attribute("none"), nodes[1].attribute("url")), (None, Some("v")));
        assert_eq!((nodes[2].text.as_ref(), nodes[2].link.as_deref()), ("a\"ä😀\u{fffd}", Some("u")));
    }

    #[test]
    fn a_document_of_too_many_nodes_is_cut() {
        let json = format!("[{}]", vec!["{}"; MOST_NODES + 5].join(","));
        let (nodes, cut) = read(&json);
        assert!(cut && nodes.len() == MOST_NODES + 1);
    }

    proptest! {
        /// It is given valid JSON only, and yet nothing makes it panic or hang.
        #[test]
        fn no_text_makes_it_panic(text in "[\\[\\]{}:,\"\\\\a-du0-9 é😀]{0,80}") {
            read(&text);
            read(&format!("[{{{text}"));
            unescaped(&text);
        }
    }
}
