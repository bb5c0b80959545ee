//! Tokens, rules and the graph of replies, on up to eight mails that the bytes are cut into at 0xFF.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let payloads = bytes.split(|byte| *byte == 0xff).take(8);
    let payloads: Vec<(String, String)> =
        payloads.filter_map(counterfoil_connector_email::proof::reads_alike).collect();
    counterfoil_conversation::proof::gathers_soundly(&payloads);
});
