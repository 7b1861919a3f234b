//! The fingerprint: what of a manifest a compiled program depends on, as 32 hex digits.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::manifest::{Binding, Manifest, Required};

impl Manifest {
    /// The fingerprint of all bindings.
    pub fn fingerprint(&self) -> String {
        of(&self.app, self.bindings.iter().map(|(id, binding)| (id.as_str(), binding)))
    }

    /// The fingerprint of a function's bindings. `None` where there is no such function.
    pub fn function_fingerprint(&self, function: &str) -> Option<String> {
        Some(of(&self.app, self.bindings_of(function)?))
    }
}

/// The first 32 hex digits of the sha256 of the portable text.
fn of<'a>(app: &str, bindings: impl Iterator<Item = (&'a str, &'a Binding)>) -> String {
    let digest = Sha256::digest(portable_text(app, bindings));
    digest[..16].iter().fold(String::with_capacity(32), |mut hex, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// `bind/1`, `app X`, then one line per binding, sorted, without a newline at the end.
fn portable_text<'a>(app: &str, bindings: impl Iterator<Item = (&'a str, &'a Binding)>) -> String {
    let mut lines: Vec<String> = bindings.map(|(id, binding)| line(id, binding)).collect();
    lines.sort_unstable();
    let head = format!("bind/1\napp {app}");
    lines.into_iter().fold(head, |text, line| text + "\n" + &line)
}

/// `secret SENTRY_DSN string required:prod nofallback`
fn line(id: &str, binding: &Binding) -> String {
    // What a program does not depend on is named, so that a new key is one or the other.
    let Binding {
        kind,
        ty,
        required,
        fallback,
        shape: _,
        docs: _,
        deprecated: _,
        default: _,
        example: _,
        extensions: _,
    } = binding;
    let required = match required {
        Required::Always => "required".to_owned(),
        Required::Never => "optional".to_owned(),
        Required::In(stages) => format!("required:{}", stages.iter().map(String::as_str).collect::<Vec<_>>().join(",")),
    };
    let fallback = if *fallback { "" } else { " nofallback" };
    format!("{kind} {id} {ty} {required}{fallback}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Kind;
    use crate::value::{Scalar, Shape};

    fn design() -> Manifest {
        Manifest::parse(include_bytes!("../tests/manifests/valid/design.json")).unwrap()
    }

    #[test]
    fn the_portable_text_is_what_others_can_write_too() {
        let manifest = design();
        let text = portable_text(&manifest.app, manifest.bindings.iter().map(|(id, binding)| (&**id, binding)));
        assert_eq!(
            text,
            "bind/1\n\
             app orders\n\
             parameter LOG_LEVEL enum(debug|info|warn) required\n\
             parameter MAX_ITEMS u64 required\n\
             parameter VERSION string required\n\
             secret SENTRY_DSN string required:prod\n\
             secret STRIPE_KEY string required\n\
             secret db-password string optional nofallback"
        );
    }

    #[test]
    fn the_fingerprints_are_those_that_another_sha256_computes() {
        // printf 'bind/1\napp orders\n…' | sha256sum | cut -c1-32
        let manifest = design();
        assert_eq!(manifest.fingerprint(), "7a57c027b61aef0c25cd197fc12818ee");
        assert_eq!(manifest.function_fingerprint("api").unwrap(), "5144b2c532c2330353a9b2f3d8de822e");
        assert_eq!(manifest.function_fingerprint("worker"), None);
        assert_eq!(Manifest::new("orders").fingerprint(), "b04fcdda6eebe4e966ed0cc53b6c473e");
    }

    #[test]
    fn only_what_a_program_depends_on_is_in_the_fingerprint() {
        let manifest = design();
        let changed = |id: &str, change: fn(&mut Binding)| {
            let mut other = manifest.clone();
            change(other.bindings.get_mut(id).unwrap());
            other.fingerprint() != manifest.fingerprint()
        };
        assert!(changed("VERSION", |binding| binding.kind = Kind::Secret));
        assert!(changed("VERSION", |binding| binding.ty = crate::ValueType::List(Scalar::String)));
        assert!(changed("VERSION", |binding| binding.required = Required::Never));
        assert!(changed("db-password", |binding| binding.fallback = true));
        assert!(!changed("VERSION", |binding| binding.docs = Some("other".to_owned())));
        assert!(!changed("VERSION", |binding| binding.deprecated = Some("other".to_owned())));
        assert!(!changed("MAX_ITEMS", |binding| binding.default = Some("7".to_owned())));
        assert!(!changed("MAX_ITEMS", |binding| binding.shape = Shape::ANY));
    }
}
