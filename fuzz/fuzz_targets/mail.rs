//! Reading a mail: no panic, no stack overflow, and nothing that takes long or much memory, whatever the bytes are.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    counterfoil_connector_email::proof::reads_alike(bytes);
});
