//! How mail programs answer: what they put before and behind the text, and which headers they add.

use super::cast::{Mailbox, Tongue};
use crate::dice::Dice;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A mail program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    /// Quotes below a block of headers, and adds `Thread-Index`.
    Outlook,
    /// Quotes below a line with date and name.
    Gmail,
    /// Quotes above the answer.
    Thunderbird,
    /// Quotes below, with a narrow introduction.
    Apple,
    /// Quotes nothing.
    Phone,
}

impl Client {
    pub(super) const ALL: &'static [Client] =
        &[Client::Outlook, Client::Gmail, Client::Thunderbird, Client::Apple, Client::Phone];

    /// The value of `X-Mailer`, where it has one.
    pub(super) fn mailer(self) -> Option<&'static str> {
        match self {
            Self::Outlook => Some("Microsoft Outlook 16.0"),
            Self::Apple => Some("Apple Mail (2.3774.500.171.1.1)"),
            Self::Gmail | Self::Thunderbird | Self::Phone => None,
        }
    }

    /// What stands before a subject that is answered.
    pub(super) fn prefix(self, tongue: Tongue) -> &'static str {
        match (self, tongue) {
            (Self::Outlook | Self::Phone, Tongue::German) => "AW: ",
            (Self::Outlook | Self::Phone, Tongue::English | Tongue::French) => "RE: ",
            (Self::Gmail | Self::Thunderbird | Self::Apple, Tongue::English | Tongue::German | Tongue::French) => {
                "Re: "
            }
        }
    }

    /// An id as this program makes them.
    pub(super) fn message_id(self, domain: &str, dice: &mut Dice) -> String {
        match self {
            Self::Outlook => {
                format!("AM0PR08MB{:04X}{:016X}@AM0PR08MB{:04X}.{domain}", dice.below(65_536), dice.bits(), 77)
            }
            Self::Gmail => format!("CA+{:016x}{:08x}@mail.{domain}", dice.bits(), dice.below(1 << 32)),
            Self::Thunderbird => format!("{:016x}-{:04x}@{domain}", dice.bits(), dice.below(65_536)),
            Self::Apple => format!("{:016X}-4F2A@{domain}", dice.bits()),
            Self::Phone => format!("{:020}.{:08x}.android@{domain}", dice.bits(), dice.below(1 << 32)),
        }
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub(super) struct Quoted<'a> {
    pub(super) at: Timestamp,
    pub(super) from: Mailbox,
    pub(super) to: Mailbox,
    pub(super) subject: &'a str,
    pub(super) text: &'a str,
}

/// The answer with what it answers, as plain text.
pub(super) fn plain(client: Client, tongue: Tongue, answer: &str, quoted: &Quoted<'_>) -> String {
    let marked = || {
        let lines: Vec<String> = quoted.text.lines().map(|line| format!("> {line}")).collect();
        lines.join("\n")
    };
    match client {
        Client::Outlook => format!("{answer}\n\n{}\n\n{}", outlook_block(tongue, quoted), quoted.text),
        Client::Gmail | Client::Apple => format!("{answer}\n\n{}\n\n{}", attribution(tongue, quoted), marked()),
        Client::Thunderbird => format!("{}\n{}\n\n{answer}", attribution(tongue, quoted), marked()),
        Client::Phone => answer.to_owned(),
    }
}

/// The same in HTML.
pub(super) fn html(client: Client, tongue: Tongue, answer: &str, quoted: Option<&Quoted<'_>>) -> String {
    let answer = paragraphs(answer);
    let below = quoted.map_or(String::new(), |quoted| match client {
        Client::Outlook => format!(
            "<div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\"><p class=\"MsoNormal\">{}</p></div>{}",
            escaped(&outlook_block(tongue, quoted)).replace('\n', "<br>\n"),
            paragraphs(quoted.text)
        ),
        Client::Gmail => format!(
            "<div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">{}<br></div><blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex\">{}</blockquote></div>",
            escaped(&attribution(tongue, quoted)),
            paragraphs(quoted.text)
        ),
        Client::Apple | Client::Thunderbird => format!(
            "<div class=\"moz-cite-prefix\">{}</div><blockquote type=\"cite\">{}</blockquote>",
            escaped(&attribution(tongue, quoted)),
            paragraphs(quoted.text)
        ),
        Client::Phone => String::new(),
    });
    format!(
        "<html><head><meta http-equiv=\"Content-Type\" content=\"text/html\"><style>p {{ margin: 0 }}</style></head><body>\n{answer}{below}</body></html>"
    )
}

/// Lines that may be joined again: RFC 3676, with a space where a line was only broken.
pub(super) fn flowed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.lines() {
        if line.starts_with('>') || line.len() < 66 {
            // A signature's line keeps its space, anything else must not end with one.
            out.push_str(if line == "-- " { line } else { line.trim_end() });
        } else {
            let mut width = 0;
            for word in line.split(' ') {
                if width > 0 && width + word.len() > 66 {
                    out.push_str(" \n");
                    width = 0;
                } else if width > 0 {
                    out.push(' ');
                }
                out.push_str(word);
                width += word.len() + 1;
            }
        }
        out.push('\n');
    }
    out
}

fn attribution(tongue: Tongue, quoted: &Quoted<'_>) -> String {
    let when = quoted.at.to_zoned_datetime(TimeZone::UTC);
    let (name, address) = (quoted.from.name, quoted.from.address);
    match tongue {
        Tongue::English => format!("On {}, {name} <{address}> wrote:", when.strftime("%a, %b %-d, %Y at %-I:%M %p")),
        Tongue::German => format!("Am {} schrieb {name} <{address}>:", when.strftime("%d.%m.%Y um %H:%M")),
        Tongue::French => format!("Le {}, {name} <{address}> a écrit :", when.strftime("%d/%m/%Y à %H:%M")),
    }
}

fn outlook_block(tongue: Tongue, quoted: &Quoted<'_>) -> String {
    let when = quoted.at.to_zoned_datetime(TimeZone::UTC);
    let words = match tongue {
        Tongue::English => ["-----Original Message-----", "From", "Sent", "To", "Subject"],
        Tongue::German => ["-----Ursprüngliche Nachricht-----", "Von", "Gesendet", "An", "Betreff"],
        Tongue::French => ["-----Message d'origine-----", "De", "Envoyé", "À", "Objet"],
    };
    let [line, from, sent, to, subject] = words;
    format!(
        "{line}\n{from}: {} <{}>\n{sent}: {}\n{to}: {}\n{subject}: {}",
        quoted.from.name,
        quoted.from.address,
        when.strftime("%d.%m.%Y %H:%M"),
        quoted.to.name,
        quoted.subject
    )
}

fn paragraphs(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        "" => "<p>&nbsp;</p>\n".to_owned(),
        line => format!("<p class=\"MsoNormal\">{}</p>\n", escaped(line)),
    });
    lines.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
