//! What fuzzing began with and what it has found is read again in every run: `fuzz/corpus`.
#![expect(clippy::unwrap_used, reason = "it is a test")]

use std::path::{Path, PathBuf};

fn files(of: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(of);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

#[test]
fn every_mail_of_the_corpus_is_read_or_refused_and_nothing_panics() {
    let files = files("mail");
    let read =
        files.iter().filter(|(_, bytes)| counterfoil_connector_email::proof::reads_alike(bytes).is_some()).count();
    println!("{} files, {read} of them are mails", files.len());
    assert!(read * 2 > files.len(), "most of the corpus are mails");
}

#[test]
fn every_set_of_mails_of_the_corpus_is_gathered_soundly() {
    let mut n_mails = 0;
    for (_, bytes) in files("conversation") {
        let mails = bytes.split(|byte| *byte == 0xff).take(8);
        let mails: Vec<_> = mails.filter_map(counterfoil_connector_email::proof::reads_alike).collect();
        n_mails += mails.len();
        counterfoil_conversation::proof::gathers_soundly(&mails);
    }
    println!("{n_mails} mails");
    assert!(n_mails > 0);
}
