use super::plain;
use proptest::prelude::*;

const CASES: &[(&str, &str)] = &[
    ("h1. Outage\nSince *08:00* _only_ in building 2", "Outage\nSince 08:00 only in building 2"),
    ("* one\n** two\n*** three\n* four\n\nafter", "- one\n  - two\n    - three\n- four\nafter"),
    ("# first\n# second\n## inner\n# third", "1. first\n2. second\n  1. inner\n3. third"),
    ("- dash\n- dash", "- dash\n- dash"),
    ("bq. quoted *line*\nnot quoted", "> quoted line\nnot quoted"),
    ("{quote}\nfirst\nsecond\n{quote}\nafter", "> first\n> second\nafter"),
    (
        "before {code:title=A.java|borderStyle=solid}\nif (a) {\n\n  b[0] *= c;\n}\n{code} after",
        "before\nA.java\nif (a) {\n\n  b[0] *= c;\n}\nafter",
    ),
    ("{noformat}\n  * as it is *\n{noformat}", "  * as it is *"),
    ("{code} never closed, [a|http://b.example]", "{code} never closed, a (http://b.example)"),
    (
        "||Host||State||\n|web1|down|\n|[web2|http://h.example]| |",
        "Host | State\nweb1 | down\nweb2 (http://h.example) |",
    ),
    (
        "[the page|https://a.example/x] [https://b.example] [mail|mailto:a@b.example] [mailto:c@d.example]",
        "the page (https://a.example/x) https://b.example mail (mailto:a@b.example) c@d.example",
    ),
    ("[~jo] [~accountid:5b10] [^log.txt] [#top]", "@jo @5b10 [log.txt] top"),
    ("[page|https://a.example|smart-link] [a|b|c]", "page (https://a.example) [a|b|c]"),
    ("[INFO] array[0] [1] [a, b] [x|y z]", "[INFO] array[0] [1] [a, b] [x|y z]"),
    (
        "!screen shot.png|width=300! wow! that! !http://a.example/b.png!",
        "[screen shot.png] wow! that! [http://a.example/b.png]",
    ),
    ("{color:red}red{color} {color:#00f}*blue*{color} {{fixed *x*}} {anchor:a}", "red blue fixed *x*"),
    ("{panel:title=Note|bgColor=#eee}\ninside\n{panel}", "Note\ninside"),
    (
        "snake_case_name a*b*c 2 * 3 * 4 --option C:\\temp\\new \\\\server\\share",
        "snake_case_name a*b*c 2 * 3 * 4 --option C:\\temp\\new \\\\server\\share",
    ),
    ("one\\\\ two \\*not strong\\* {unknown} {}", "one\ntwo *not strong* {unknown} {}"),
    ("a ??cited?? +added+ -gone- x^2^ H~2~O&nbsp;y", "a cited added -gone- x^2^ H~2~O y"),
    ("----\nunder", "---\nunder"),
    ("\r\n", ""),
    ("mid{*}word{*}s", "midwords"),
    ("<p class=\"x\">R&D</p> *", "<p class=\"x\">R&D</p> *"),
];

#[test]
fn wiki_markup_becomes_the_text_a_person_reads() {
    for (markup, text) in CASES {
        assert_eq!(plain(markup).text, *text, "{markup}");
    }
}

#[test]
fn long_lines_of_opening_marks_take_no_long_time() {
    for mark in ["*a ", "[a", "{a", "!a.", "{code}", "|", "??a ", "{{", "\\", "{quote}", "#", "bq. "] {
        let markup = mark.repeat(100_000);
        assert!(plain(&markup).text.len() <= 3 * markup.len(), "{mark}");
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_uppercase()).collect()
}

proptest! {
    /// No word is lost, whatever marks stand around it (upper case letters are never part of a mark).
    #[test]
    fn no_word_is_lost(parts in prop::collection::vec(prop::sample::select(&["A", "B C", " ", "\n", "* ", "*", "# ", "_", "+",
        "||", "|", "{quote}", "{panel}", "[", "]", "[X|http://y]", "{{", "}}", "h1. ", "bq. ", "!", "\\", "\\\\ ", "----", "- ",
        "{color:red}", "??", "{", "}", "&nbsp;", "é", "😀"][..]), 0..40)) {
        let markup = parts.concat();
        let plain = plain(&markup);
        prop_assert_eq!(letters(&plain.text), letters(&markup), "{}", markup);
        prop_assert!(!plain.cut && plain.text.len() <= 20 * markup.len() + 20);
    }

    #[test]
    fn no_markup_makes_it_panic(markup in "\\PC{0,60}") {
        plain(&markup);
    }
}
