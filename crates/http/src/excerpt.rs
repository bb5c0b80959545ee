//! Foreign text for people: one short line, without control characters and without what we know to be secret.

use crate::Credential;
use crate::settings::Grant;
use counterfoil_sdk::Secret;
use data_encoding::BASE64;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::Mutex;

/// Characters that are shown of a foreign text.
const SHOWN: usize = 200;

/// A word for an error is no longer than this.
const LONGEST_CODE: usize = 80;

/// Access tokens that are remembered, to recognise them in what a source says.
const MOST_TOKENS: usize = 8;

/// Shorter secrets are not looked for: they would blank half a text and protect nothing.
const SHORTEST: usize = 4;

/// Takes secrets out of what a source says: an error page may show the request with its headers.
#[derive(Default)]
pub(crate) struct Redaction {
    fixed: Vec<String>,
    tokens: Mutex<VecDeque<String>>,
}

impl Redaction {
    pub(crate) fn of(credential: &Credential) -> Self {
        let fixed = match credential {
            Credential::None => Vec::new(),
            Credential::Basic { user, password } => {
                vec![password.expose().to_owned(), basic(user, password)]
            }
            Credential::Bearer(token) => vec![token.expose().to_owned()],
            Credential::OAuth(oauth) => match &oauth.grant {
                Grant::ClientCredentials { client_secret, .. } => vec![client_secret.expose().to_owned()],
                Grant::RefreshToken { client_secret, initial, .. } => {
                    vec![client_secret.expose().to_owned(), initial.expose().to_owned()]
                }
            },
        };
        Self { fixed, tokens: Mutex::default() }
    }

    /// A secret that came at run time.
    pub(crate) fn learn(&self, secret: &Secret) {
        let mut tokens = self.tokens.lock().expect("nothing panics while it holds the tokens");
        if !tokens.iter().any(|known| known == secret.expose()) {
            tokens.push_back(secret.expose().to_owned());
        }
        if tokens.len() > MOST_TOKENS {
            tokens.pop_front();
        }
    }

    /// One line of a foreign text.
    pub(crate) fn line(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        let tokens = self.tokens.lock().expect("nothing panics while it holds the tokens");
        for secret in self.fixed.iter().chain(tokens.iter()).filter(|secret| secret.len() >= SHORTEST) {
            clean = clean.replace(secret.as_str(), "…");
        }
        drop(tokens);
        let clean: String = clean.chars().map(|c| if is_harmless(c) { c } else { ' ' }).collect();
        let words: Vec<&str> = clean.split_whitespace().collect();
        let line = words.join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line,
        }
    }

    /// What an error's body says, after `: `; empty if it says nothing.
    pub(crate) fn said(&self, body: &str) -> String {
        let told = told(body).unwrap_or_default();
        let line = self.line(if told.is_empty() && !is_markup(body) { body } else { &told });
        if line.is_empty() { line } else { format!(": {line}") }
    }

    /// What a page that is not the API's looks like.
    pub(crate) fn page(&self, content_type: &str, body: &str) -> String {
        let title = title(body).unwrap_or(body);
        format!("{}, \"{}\"", self.line(content_type), self.line(title))
    }
}

/// The value of a basic `Authorization` header, without the scheme.
pub(crate) fn basic(user: &str, password: &Secret) -> String {
    BASE64.encode(format!("{user}:{}", password.expose()).as_bytes())
}

/// Not a control character, and none that turns the order of a line around.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

pub(crate) fn is_markup(body: &str) -> bool {
    body.trim_start_matches('\u{feff}').trim_start().starts_with('<')
}

fn title(body: &str) -> Option<&str> {
    // Lower case of ASCII keeps every byte where it is.
    let lower = body.to_ascii_lowercase();
    let begin = lower.find("<title")?;
    let begin = begin + lower[begin..].find('>')? + 1;
    let end = begin + lower[begin..].find('<')?;
    Some(body[begin..end].trim()).filter(|title| !title.is_empty())
}

/// Error bodies as ServiceNow, OAuth, Jira and others write them.
#[derive(Deserialize)]
struct ErrorBody {
    error: Option<ErrorMember>,
    error_description: Option<String>,
    message: Option<String>,
    #[serde(rename = "errorMessages")]
    error_messages: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ErrorMember {
    Text(String),
    Object { message: Option<String>, detail: Option<String> },
}

/// The word for what went wrong in an error's body, as OData and Microsoft Graph have it: `{"error":{"code":"…"}}`.
pub(crate) fn code_in(body: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Coded {
        error: Code,
    }
    #[derive(Deserialize)]
    struct Code {
        code: String,
    }
    let code = serde_json::from_str::<Coded>(body).ok()?.error.code;
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (!code.is_empty() && code.len() <= LONGEST_CODE && code.chars().all(is_word)).then_some(code)
}

fn told(body: &str) -> Option<String> {
    let ErrorBody { error, error_description, message, error_messages } = serde_json::from_str(body).ok()?;
    let (first, second) = match error {
        Some(ErrorMember::Text(text)) => (Some(text), None),
        Some(ErrorMember::Object { message, detail }) => (message, detail),
        None => (None, None),
    };
    let all = [first, second, error_description, message].into_iter().flatten();
    let all: Vec<String> = all.chain(error_messages.into_iter().flatten()).filter(|text| !text.is_empty()).collect();
    Some(all.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_text_becomes_one_harmless_line() {
        let redaction = Redaction::default();
        assert_eq!(redaction.line("a\u{1b}[31m\r\n\tb\u{202e}c  d"), "a [31m b c d");
        assert_eq!(redaction.line(&"é".repeat(500)).chars().count(), SHOWN + 1);
        assert_eq!(redaction.page("text/html", "<HTML><Title a=b> Log in </title>"), "text/html, \"Log in\"");
        assert_eq!(redaction.page("text/html", "<p>gone</p>"), "text/html, \"<p>gone</p>\"");
    }

    #[test]
    fn what_an_error_says_is_read_in_every_form() {
        let redaction = Redaction::default();
        for (body, said) in [
            (r#"{"error":{"message":"m","detail":"d"},"status":"failure"}"#, ": m; d"),
            (r#"{"error":{"message":"m","detail":null}}"#, ": m"),
            (r#"{"error":"invalid_grant","error_description":"expired"}"#, ": invalid_grant; expired"),
            (r#"{"errorMessages":["a","b"],"errors":{}}"#, ": a; b"),
            (r#"{"message":"m"}"#, ": m"),
            ("plain", ": plain"),
            ("<html>x</html>", ""),
            ("", ""),
        ] {
            assert_eq!(redaction.said(body), said, "{body}");
        }
    }

    #[test]
    fn the_word_for_an_error_is_a_word() {
        assert_eq!(
            code_in(r#"{"error":{"code":"SyncStateNotFound","message":"m"}}"#).as_deref(),
            Some("SyncStateNotFound")
        );
        for none in [
            r#"{"error":{"message":"m"}}"#,
            r#"{"error":"m"}"#,
            r#"{"error":{"code":"a b"}}"#,
            r#"{"error":{"code":""}}"#,
            "",
            "<html>",
        ] {
            assert_eq!(code_in(none), None, "{none}");
        }
        assert_eq!(code_in(&format!(r#"{{"error":{{"code":"{}"}}}}"#, "x".repeat(200))), None);
    }

    #[test]
    fn secrets_are_taken_out() {
        let password = Secret::new("CANARY".into());
        let encoded = basic("user", &password);
        let redaction = Redaction::of(&Credential::Basic { user: "user".into(), password });
        redaction.learn(&Secret::new("TOKEN".into()));
        let line = redaction.line(&format!("Authorization: Basic {encoded}, CANARY, TOKEN, user"));
        assert_eq!(line, "Authorization: Basic …, …, …, user");
    }
}
