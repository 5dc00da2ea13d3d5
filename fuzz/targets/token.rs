#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| hf_token_check::fuzzing::token(data));
