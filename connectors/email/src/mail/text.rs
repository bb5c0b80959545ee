//! What a person reads when the mail is opened.

use super::fields::{content_type, parameter};
use super::html::html_to_text;
use super::parts::part_text;
use super::payload::Notes;
use mail_parser::{Message, MessagePart, PartType};

/// The readable text: the plain parts, and HTML where there are none or they are empty.
pub(crate) fn readable(message: &Message<'_>, notes: &mut Notes) -> String {
    let plain = joined(message, &message.text_body, notes);
    if !plain.trim().is_empty() || message.html_body == message.text_body {
        return plain;
    }
    joined(message, &message.html_body, notes)
}

fn joined(message: &Message<'_>, ids: &[u32], notes: &mut Notes) -> String {
    let mut text = String::new();
    for part in ids.iter().filter_map(|id| message.part(*id)) {
        let one = match &part.body {
            PartType::Html(_) => html_to_text(&part_text(message, part, notes)),
            PartType::Text(_) => plain(message, part, notes),
            _ => continue,
        };
        if !text.is_empty() && !one.trim().is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(one.trim_end());
    }
    text
}

fn plain(message: &Message<'_>, part: &MessagePart<'_>, notes: &mut Notes) -> String {
    let text = part_text(message, part, notes).replace("\r\n", "\n").replace('\r', "\n");
    // HTML that is said to be something else, or another kind of text that only a program reads.
    if content_type(part) == "text/plain" && parameter(part, "format").as_deref() == Some("flowed") {
        return unflowed(&text, parameter(part, "delsp").as_deref() == Some("yes"));
    }
    text
}

/// Paragraphs of format=flowed as one line each (RFC 3676 section 4).
fn unflowed(text: &str, del_sp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        if open != Some(depth) || is_signature {
            if !out.is_empty() {
                out.push('\n');
            }
            out.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                out.push(' ');
            }
        }
        let flows = content.ends_with(' ') && !is_signature;
        out.push_str(if flows && del_sp { &content[..content.len() - 1] } else { content });
        open = flows.then_some(depth);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::unflowed;

    #[test]
    fn flowed_lines_are_joined_and_quotes_and_signatures_are_not() {
        let text = "A long \nline\n> quoted \n> too\nnew\n-- \nMe \n";
        assert_eq!(unflowed(text, false), "A long line\n> quoted too\nnew\n-- \nMe ");
        assert_eq!(unflowed("日本 \n語\n", true), "日本語");
        assert_eq!(unflowed(" >no quote\n", false), ">no quote");
    }
}
