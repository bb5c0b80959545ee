//! Plain text as lines: line ends are line feeds, and what `format=flowed` (RFC 3676) broke is whole again.

/// Any text with line feeds only, without NUL and the marks that are set in HTML.
pub(crate) fn lines(text: &str) -> String {
    let mut lines = text.replace("\r\n", "\n").replace('\r', "\n");
    lines.retain(|c| !matches!(c, '\0' | '\u{F0001}'..='\u{F0003}'));
    lines
}

/// A flowed text: a line that ends with a space goes on in the next one, if that is quoted as deep.
pub(crate) fn text(flowed: &str, is_space_deleted: bool) -> String {
    let lines = lines(flowed);
    let mut text = String::with_capacity(lines.len());
    // How deep the line before was quoted, when it goes on.
    let mut goes_on: Option<usize> = None;
    for line in lines.lines() {
        let depth = line.bytes().take_while(|byte| *byte == b'>').count();
        let content = &line[depth..];
        let content = content.strip_prefix(' ').unwrap_or(content);
        let is_signature = content == "-- ";
        match goes_on {
            Some(before) if before == depth && !is_signature => {}
            _ => {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.extend(std::iter::repeat_n('>', depth));
                if depth > 0 {
                    text.push(' ');
                }
            }
        }
        let is_flowed = content.ends_with(' ') && !is_signature;
        text.push_str(if is_flowed && is_space_deleted { &content[..content.len() - 1] } else { content });
        goes_on = is_flowed.then_some(depth);
    }
    text
}
