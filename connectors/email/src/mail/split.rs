//! What of a text is new, what is quoted, and what is the signature.
//!
//! Nothing is lost: all three stand in the payload beside the whole text. Rules are those that programs of mail share, in the
//! languages that their makers ship; where none fits, the text is new.

/// A text in three.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    pub(crate) new_text: String,
    pub(crate) quoted_text: Option<String>,
    pub(crate) signature: Option<String>,
}

/// Endings of the line that introduces a quote, in front of its colon.
const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "schrieb",
    "schrieben",
    "a écrit",
    "ecrit",
    "écrit",
    "escribió",
    "escribio",
    "escreveu",
    "ha scritto",
    "skrev",
    "schreef",
    "napisał",
    "napisał(a)",
    "napisal",
    "napsal",
    "napsal(a)",
    "написал",
    "написала",
    "пишет",
    "писал",
    "írta",
    "kirjoitti",
    "scrie",
    "a scris",
    "yazdı",
    "napísal",
    "写道",
    "のメッセージ",
];

/// Beginnings of the line that names the sender in a quoted header.
const FROM: &[&str] =
    &["from", "von", "de", "da", "van", "från", "fra", "od", "от", "lähettäjä", "kimden", "发件人", "差出人"];

/// Names of the other lines of a quoted header.
const FIELDS: &[&str] = &[
    "sent",
    "to",
    "date",
    "subject",
    "cc",
    "importance",
    "gesendet",
    "an",
    "datum",
    "betreff",
    "envoyé",
    "à",
    "objet",
    "date",
    "enviado",
    "para",
    "asunto",
    "assunto",
    "data",
    "inviato",
    "a",
    "oggetto",
    "verzonden",
    "aan",
    "onderwerp",
    "skickat",
    "till",
    "ämne",
    "til",
    "emne",
    "sendt",
    "wysłano",
    "do",
    "temat",
    "отправлено",
    "кому",
    "тема",
    "дата",
    "发送时间",
    "收件人",
    "主题",
    "reply-to",
];

/// Words between dashes that begin the original mail.
const ORIGINAL: &[&str] = &[
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "originalnachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "mensagem original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "wiadomość oryginalna",
    "исходное сообщение",
    "forwarded message",
    "weitergeleitete nachricht",
    "message transféré",
    "reply message",
    "original mail",
];

/// Lines with which desks ask for answers above; what is below is theirs.
const ABOVE: &[&str] =
    &["reply above this line", "type your reply above", "antworten sie oberhalb dieser zeile", "répondez au-dessus"];

/// Last lines that a phone adds.
const SENT_FROM: &[&str] = &[
    "sent from my ",
    "sent from mail for",
    "get outlook for",
    "von meinem ",
    "gesendet von ",
    "gesendet mit ",
    "envoyé de mon ",
    "envoyé depuis ",
    "enviado desde mi ",
    "inviato da ",
    "verzonden vanaf mijn ",
    "отправлено с ",
    "skickat från min ",
];

/// See the module.
pub(crate) fn split(text: &str) -> Split {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut quoted: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        if begins_original(&lines[at..]) {
            quoted.extend(&lines[at..]);
            break;
        }
        if let Some(n_lines) = introduces_quote(&lines[at..]) {
            let behind = lines[at + n_lines..].iter().find(|line| !line.trim().is_empty());
            quoted.extend(&lines[at..at + n_lines]);
            at += n_lines;
            if !behind.is_some_and(|line| is_quoted(line)) {
                quoted.extend(&lines[at..]);
                break;
            }
            continue;
        }
        if is_quoted(lines[at]) {
            quoted.push(lines[at]);
        } else {
            kept.push(lines[at]);
        }
        at += 1;
    }
    let signature = take_signature(&mut kept);
    let text_of = |lines: &[&str]| lines.join("\n").trim_matches('\n').trim_end().to_owned();
    let quoted_text = Some(text_of(&quoted)).filter(|text| !text.is_empty());
    Split { new_text: text_of(&kept), quoted_text, signature }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start_matches([' ', '\t', '\u{a0}']).starts_with('>')
}

/// From here on everything is an earlier mail.
fn begins_original(lines: &[&str]) -> bool {
    let line = lines[0].trim();
    if line.len() > 300 {
        return false;
    }
    let lower = line.to_lowercase();
    if lower.starts_with('-') || lower.starts_with('_') || lower.starts_with('*') {
        let inner = lower.trim_matches(|c: char| matches!(c, '-' | '_' | '*' | ' '));
        if ORIGINAL.iter().any(|words| inner.starts_with(words)) {
            return true;
        }
    }
    if ABOVE.iter().any(|words| lower.contains(words)) {
        return true;
    }
    field_of(line).is_some_and(|name| FROM.contains(&name.as_str())) && is_header_block(&lines[1..])
}

/// At least two more fields of a quoted header within the next lines.
fn is_header_block(lines: &[&str]) -> bool {
    let near = lines.iter().filter(|line| !line.trim().is_empty()).take(6);
    near.filter(|line| field_of(line).is_some_and(|name| FIELDS.contains(&name.as_str()))).count() >= 2
}

/// `*Von:* Jemand` → `von`
fn field_of(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches('*');
    let end = line.find([':', '：'])?;
    let name = line[..end].trim().trim_end_matches('*').trim();
    (!name.is_empty() && name.len() <= 30).then(|| name.to_lowercase())
}

/// How many lines introduce a quote here: `On Monday, somebody` / `<a@b.example> wrote:`.
fn introduces_quote(lines: &[&str]) -> Option<usize> {
    if lines[0].trim().is_empty() || is_quoted(lines[0]) {
        return None;
    }
    let mut joined = String::new();
    for (n, line) in lines.iter().take(4).enumerate() {
        let line = line.trim();
        if line.is_empty() || is_quoted(line) || line.len() > 300 {
            return None;
        }
        if n > 0 {
            joined.push(' ');
        }
        joined.push_str(line);
        if ends_with_wrote(&joined) {
            return Some(n + 1);
        }
    }
    None
}

fn ends_with_wrote(text: &str) -> bool {
    let Some(text) = text.trim_end().strip_suffix([':', '：', '：']) else { return false };
    let text = text.trim_end().to_lowercase();
    let says_when_or_who = text.bytes().any(|byte| byte.is_ascii_digit()) || text.contains('@');
    let ends = WROTE.iter().any(|word| text.ends_with(word));
    // German puts who wrote behind the verb: `Am 5. Mai schrieb Jemand <a@b.example>:`
    let has_verb = ["schrieb ", "schreef ", "skrev ", "napisał ", "напис"].iter().any(|verb| text.contains(verb));
    says_when_or_who && (ends || (has_verb && text.len() < 250))
}

/// What stands behind the line `-- ` (RFC 3676 4.3), the footer of a list, or what a phone adds at the end.
fn take_signature(kept: &mut Vec<&str>) -> Option<String> {
    let is_line =
        |line: &str| line == "-- " || line.trim_end() == "--" || (line.len() >= 20 && line.chars().all(|c| c == '_'));
    let begin = kept.iter().position(|line| is_line(line)).filter(|at| kept.len() - at <= 30);
    let begin = begin.or_else(|| {
        let last = kept.iter().rposition(|line| !line.trim().is_empty())?;
        let lower = kept[last].trim().to_lowercase();
        SENT_FROM.iter().any(|words| lower.starts_with(words)).then_some(last)
    })?;
    let signature = kept.split_off(begin).join("\n").trim().to_owned();
    (!signature.is_empty()).then_some(signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_of(text: &str) -> String {
        split(text).new_text
    }

    #[test]
    fn answers_above_are_told_from_what_they_answer() {
        for behind in [
            "On Tue, 5 May 2026 at 10:00, A <a@b.example> wrote:\n> Old\n> text",
            "On Tue, 5 May 2026 at 10:00,\nSomebody <a@b.example>\nwrote:\n\n> Old",
            "Am 05.05.2026 um 10:00 schrieb Jemand <a@b.example>:\n> Alt",
            "Le 5 mai 2026 à 10:00, A <a@b.example> a écrit :\n> Vieux",
            "-----Original Message-----\nFrom: A\nOld",
            "-------- Ursprüngliche Nachricht --------\nVon: A\nAlt",
            "From: A <a@b.example>\nSent: Tuesday, May 5, 2026\nTo: B\nSubject: Old\n\nOld",
            "*Von:* A\n*Gesendet:* Dienstag\n*An:* B\n*Betreff:* Alt\n\nAlt",
            "##- Please type your reply above this line -##\nOld",
            "On 5 May 2026, A wrote:\nOld, and nobody quoted it",
        ] {
            let split = split(&format!("New text.\n\n{behind}\n"));
            assert_eq!(split.new_text, "New text.", "{behind}");
            assert!(split.quoted_text.unwrap().contains(behind.lines().last().unwrap()));
        }
    }

    #[test]
    fn answers_between_and_below_stay() {
        let text = "On 5 May 2026, A wrote:\n> Question 1\nAnswer 1\n> Question 2\nAnswer 2\n";
        assert_eq!(new_of(text), "Answer 1\nAnswer 2");
    }

    #[test]
    fn what_only_looks_alike_is_new() {
        for text in [
            "He wrote:\nsomething",
            "From: here on\nit is text",
            "Please do this:\n- one\n- two",
            "The error was: 5 > 4\nTo: do",
            "-- no signature because of more words",
        ] {
            assert_eq!(new_of(text), text);
        }
    }

    #[test]
    fn signatures_are_told_apart() {
        let split = split("Text\n\n-- \nMe\nAcme");
        assert_eq!((split.new_text.as_str(), split.signature.as_deref()), ("Text", Some("-- \nMe\nAcme")));
        let split = super::split("Text\n\nSent from my iPhone\n\nOn 5 May 2026, A wrote:\n> Old");
        assert_eq!((split.new_text.as_str(), split.signature.as_deref()), ("Text", Some("Sent from my iPhone")));
    }
}
