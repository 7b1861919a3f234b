//! Any bytes are read without a panic; every mistake can be rendered; what is read without one survives being written.

#![no_main]

use bind_config_manifest::Manifest;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let reading = Manifest::read(bytes);
    for mistake in &reading.mistakes {
        assert_eq!(mistake.render("bindings.json").lines().count(), 5);
        assert!(mistake.line() > 0 && mistake.column() > 0);
    }
    for id in &reading.broken {
        assert!(!reading.manifest.bindings.contains_key(id));
    }
    if reading.mistakes.is_empty() {
        let written = reading.manifest.to_json();
        let again = Manifest::parse(written.as_bytes()).expect("what is written can be read");
        assert_eq!(again, reading.manifest);
        assert_eq!(again.to_json(), written);
    }
});
