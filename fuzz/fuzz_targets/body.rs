//! Bodies that programs wrote: JSON, CSV and fields, whatever the text is.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        counterfoil_conversation::proof::bodies_are_sound(text);
    }
});
