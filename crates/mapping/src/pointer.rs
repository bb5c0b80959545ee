//! JSON pointers (RFC 6901).

/// The tokens of a pointer, or what is wrong with it. The whole document (`""`) is refused: it is never one value.
pub(crate) fn tokens(pointer: &str) -> Result<Vec<String>, &'static str> {
    let Some(rest) = pointer.strip_prefix('/') else {
        return Err("a JSON pointer starts with `/`");
    };
    rest.split('/').map(token).collect()
}

/// The pointer of a member of the document.
pub(crate) fn of_name(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

fn token(text: &str) -> Result<String, &'static str> {
    let mut token = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        token.push(match c {
            '~' => match chars.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err("`~` is written `~0` in a JSON pointer, and `/` inside a name `~1`"),
            },
            other => other,
        });
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_6901() {
        assert_eq!(tokens("/foo/0").unwrap(), ["foo", "0"]);
        assert_eq!(tokens("/").unwrap(), [""]);
        assert_eq!(tokens("/a~1b").unwrap(), ["a/b"]);
        assert_eq!(tokens("/m~0n").unwrap(), ["m~n"]);
        assert_eq!(tokens("/~01").unwrap(), ["~1"]);
        assert_eq!(tokens("/ ").unwrap(), [" "]);
        assert!(tokens("").is_err() && tokens("a/b").is_err() && tokens("/a~2").is_err() && tokens("/a~").is_err());
    }
}
