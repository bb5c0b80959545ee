//! Patterns of names of files, as configurations write them.

/// Whether a name is what a pattern describes: `*` stands for any run of characters, `?` for one.
pub fn fits_pattern(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // After the last `*`, and where what it stands for ends so far.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p + 1, n));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == name[n]) {
            (p, n) = (p + 1, n + 1);
        } else if let Some((after, end)) = star {
            star = Some((after, end + 1));
            (p, n) = (after, end + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, expected) in [
            ("*.csv", "a.csv", true),
            ("*.csv", "a.csv.part", false),
            ("2026-??.csv", "2026-10.csv", true),
            ("2026-??.csv", "2026-1.csv", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("*", "", true),
            ("?", "", false),
        ] {
            assert_eq!(fits_pattern(pattern, name), expected, "{pattern} {name}");
        }
    }
}
