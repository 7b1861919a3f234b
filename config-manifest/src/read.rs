//! Reading a manifest: parse is check. Here the file as a whole; its parts are in the rooms below.

mod binding;
mod extension;
mod function;
mod shape;
mod value_type;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::json::{self, Member, Node};
use crate::manifest::{Generator, Manifest};
use crate::mistake::{ManifestError, Mistake, Mistakes};
use crate::name;
use crate::spelling::quoted;
use crate::wire::{self, Object as _, entries, text};

/// What could be read of a text that should be a manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Every binding without a mistake, and every function with a well-formed name and what is good of it. A function
    /// keeps the ids of its broken bindings. Empty where the text is no manifest at all.
    pub manifest: Manifest,
    /// The ids, in the order of the text, that could be bound but whose binding has a mistake. None of them is in the
    /// manifest, and no two of all ids fold into the same name.
    pub broken: Vec<String>,
    /// What is wrong, in the order of the text: at most a hundred, then one that counts the others.
    pub mistakes: Vec<Mistake>,
}

impl Manifest {
    /// The largest file that is read. A manifest of 100,000 bindings with docs has some 10 MB.
    pub const MOST_BYTES: usize = 32 << 20;

    /// Reads a manifest. What is returned obeys every rule of the format.
    ///
    /// # Errors
    ///
    /// Every mistake in the text.
    ///
    /// ```
    /// use bind_config_manifest::Manifest;
    ///
    /// let text = r#"{ "format": "bind-manifest", "version": 1, "app": "orders",
    ///     "bindings": { "MAX_ITEMS": { "kind": "parameter", "type": "u46" } } }"#;
    /// let err = Manifest::parse(text.as_bytes()).unwrap_err();
    /// assert_eq!(err.mistakes()[0].message(), "`MAX_ITEMS`: unknown type `u46`: did you mean `u64`?");
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        let reading = Manifest::read(bytes);
        if reading.mistakes.is_empty() { Ok(reading.manifest) } else { Err(ManifestError(reading.mistakes)) }
    }

    /// Reads what can be read, and says what is wrong with the rest. Takes any bytes.
    pub fn read(bytes: &[u8]) -> Reading {
        let mut reader = Reader { manifest: Manifest::new(""), broken: Vec::new(), mistakes: Mistakes::default() };
        let (text, broken_at) = reader.document(bytes);
        Reading { manifest: reader.manifest, broken: reader.broken, mistakes: reader.mistakes.finish(text, broken_at) }
    }

    /// A mistake that whoever reads the value finds in `key` of a binding, at its place in the text; `None` where the text
    /// has no such key.
    pub fn mistake_in(bytes: &[u8], id: &str, key: &str, message: &str) -> Option<Mistake> {
        let text = str::from_utf8(bytes).ok()?;
        let mut node = json::document(text).ok()?;
        for step in ["bindings", id, key] {
            let members = node.members()?;
            node = members.into_iter().find(|member| member.key.text().is_ok_and(|key| key == step))?.value;
        }
        let mut mistakes = Mistakes::default();
        mistakes.about(Some(quoted(id)));
        mistakes.add(node.span(), || format!("`{key}` {message}"));
        mistakes.finish(text, None).pop()
    }

    /// Checks a manifest that was put together in code: what it is written as must be readable.
    ///
    /// # Errors
    ///
    /// Every mistake, with its place in what [`Manifest::to_json`] writes.
    pub fn check(&self) -> Result<(), ManifestError> {
        Manifest::parse(self.to_json().as_bytes()).map(drop)
    }
}

struct Reader {
    manifest: Manifest,
    broken: Vec<String>,
    mistakes: Mistakes,
}

impl Reader {
    /// Returns the text that the mistakes point into, and from where on it is not JSON.
    fn document<'a>(&mut self, bytes: &'a [u8]) -> (&'a str, Option<usize>) {
        let text = match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(err) => {
                // What stands before the first bad byte is text.
                let (good, bad) = bytes.split_at(err.valid_up_to());
                self.mistakes.add(good.len()..good.len(), || not_utf8(good, bad).to_owned());
                return (str::from_utf8(good).unwrap_or_default(), Some(0));
            }
        };
        if let Some(complaint) = not_even_json(text) {
            self.mistakes.add(0..0, || complaint);
            return (text, Some(0));
        }
        match json::document(text) {
            Ok(root) => {
                self.root(root);
                (text, None)
            }
            Err(err) => {
                self.mistakes.add(err.at..token_end(text, err.at), || err.message);
                (text, Some(err.at))
            }
        }
    }

    fn root(&mut self, node: Node<'_>) {
        let mut mistakes = Mistakes::default();
        let root: Option<wire::Root<'_>> = wire::read(node, "a manifest", node.span(), &mut mistakes);
        let Some(mut root) = root else { return self.mistakes = mistakes };
        if root.format.is_none() && root.bindings.is_none() {
            return self.mistakes.add(node.span(), || NO_MANIFEST.to_owned());
        }
        // All else could be right in a later version.
        if let Some(later) = root.version.and_then(later_version) {
            return self.mistakes.add(later.span(), || {
                // A longer number is no version that anybody released.
                let version = if later.raw().len() <= 6 { later.raw() } else { "2 or later" };
                format!("this is format version {version}, which needs a newer release of bind-config")
            });
        }
        self.mistakes = mistakes;
        self.head(&root);
        let extensions = root.extensions().map(std::mem::take).unwrap_or_default();
        self.manifest.extensions = self.extensions(extensions);
        let declared = root.bindings.map(|member| self.bindings(member)).unwrap_or_default();
        if let Some(member) = root.functions {
            self.functions(member, &declared);
        }
        // What has a mistake has no fingerprint.
        if self.mistakes.count() == 0 {
            self.fingerprints(&root);
        }
    }

    fn head(&mut self, root: &wire::Root<'_>) {
        let mistakes = &mut self.mistakes;
        if let Some(Member { value, .. }) = root.format
            && let Some(format) = text(value, "`format`", mistakes)
            && format != FORMAT
        {
            mistakes.add(value.span(), || format!("not a bindings manifest: `format` must be `{FORMAT}`"));
        }
        if let Some(Member { value, .. }) = root.version
            && value.raw() != "1"
        {
            mistakes.add(value.span(), || "`version` must be the number 1".to_owned());
        }
        if let Some(Member { value, .. }) = root.app
            && let Some(app) = text(value, "`app`", mistakes)
        {
            if !name::is_app(&app) {
                mistakes.add(value.span(), || "`app` must be 1 to 64 letters, digits, `_`, `.` and `-`".to_owned());
            }
            self.manifest.app = app.into_owned();
        }
        if let Some(Member { value, .. }) = root.ssm_prefix
            && let Some(prefix) = text(value, "`ssm_prefix`", mistakes)
        {
            match name::check_prefix(&prefix) {
                Err(err) => mistakes.add(value.span(), || format!("`ssm_prefix`: {err}")),
                Ok(()) if prefix == name::DEFAULT_SSM_PREFIX => {}
                Ok(()) => self.manifest.ssm_prefix = Some(prefix.into_owned()),
            }
        }
        if let Some(Member { value, .. }) = root.schema {
            self.manifest.schema = text(value, "`$schema`", mistakes).map(Into::into);
        }
        self.manifest.generator = root.generator.and_then(|member| generator(member, mistakes));
    }

    fn extensions(&mut self, members: Vec<(String, Member<'_>)>) -> BTreeMap<String, Value> {
        extension::read_all(members, &mut self.mistakes)
    }

    /// Returns the ids that functions may bind, broken ones included.
    fn bindings(&mut self, member: Member<'_>) -> Vec<String> {
        let mut declared = Vec::new();
        let mut folded: HashMap<String, String> = HashMap::new();
        for (id, member) in entries(member.value, "`bindings`", &mut self.mistakes).unwrap_or_default() {
            let at = member.key.span();
            if let Err(err) = name::check_id(&id) {
                self.mistakes.add(at, || format!("{} cannot be a binding: {err}", quoted(&id)));
                continue;
            }
            declared.push(id.clone());
            if let Some(first) = folded.get(&*name::fold(&id)) {
                self.mistakes.add(at, || {
                    format!(
                        "{} is the same name as {}: `-` is `_` in environment variables",
                        quoted(&id),
                        quoted(first)
                    )
                });
                continue;
            }
            folded.insert(name::fold(&id).into_owned(), id.clone());
            self.mistakes.about(Some(quoted(&id)));
            let binding = binding::read(member, &mut self.mistakes);
            self.mistakes.about(None);
            match binding {
                Some(binding) => drop(self.manifest.bindings.insert(id, binding)),
                None => self.broken.push(id),
            }
        }
        declared
    }

    fn functions(&mut self, member: Member<'_>, declared: &[String]) {
        let Some(entries) = entries(member.value, "`functions`", &mut self.mistakes) else { return };
        let declared = function::Declared::new(declared);
        let mut functions = BTreeMap::new();
        for (name, member) in entries {
            if !function::is_name(&name) {
                let rule = function::NAME_RULE;
                self.mistakes.add(member.key.span(), || format!("{} cannot be a function: {rule}", quoted(&name)));
                continue;
            }
            self.mistakes.about(Some(format!("function {}", quoted(&name))));
            let function = function::read(&name, member, &declared, &mut self.mistakes);
            self.mistakes.about(None);
            functions.insert(name, function);
        }
        self.manifest.functions = Some(functions);
    }

    /// Compares the fingerprints in the file with those of what was read.
    fn fingerprints(&mut self, root: &wire::Root<'_>) {
        let Reader { manifest, mistakes, .. } = self;
        compare(root.fingerprint, &manifest.fingerprint(), mistakes);
        for (name, member) in root.functions.and_then(|all| entries(all.value, "", mistakes)).unwrap_or_default() {
            let function: Option<wire::Function<'_>> = wire::read(member.value, "", member.key.span(), mistakes);
            mistakes.about(Some(format!("function {}", quoted(&name))));
            compare(
                function.and_then(|function| function.fingerprint),
                &manifest.function_fingerprint(&name).unwrap_or_default(),
                mistakes,
            );
        }
        mistakes.about(None);
    }
}

fn generator(member: Member<'_>, mistakes: &mut Mistakes) -> Option<Generator> {
    mistakes.about(Some("`generator`".to_owned()));
    let generator: Option<wire::Generator<'_>> = wire::read(member.value, "this", member.key.span(), mistakes);
    let generator = generator.and_then(|generator| {
        let source = generator.source.and_then(|source| text(source.value, "`source`", mistakes));
        let name = text(generator.name?.value, "`name`", mistakes)?;
        Some(Generator { name: name.into_owned(), source: source.map(Into::into) })
    });
    mistakes.about(None);
    generator
}

fn compare(found: Option<Member<'_>>, expected: &str, mistakes: &mut Mistakes) {
    if let Some(Member { value, .. }) = found
        && let Some(found) = text(value, "`fingerprint`", mistakes)
        && found != expected
    {
        mistakes.add(value.span(), || {
            "the fingerprint does not fit the manifest: run `bind-config synth`, or leave it out in a file written by hand"
                .to_owned()
        });
    }
}

/// The version, if it is a whole number above 1, however long.
fn later_version(member: Member<'_>) -> Option<Node<'_>> {
    let digits = member.value.number()?;
    let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
    (whole && !matches!(digits, "0" | "1")).then_some(member.value)
}

fn not_utf8(good: &[u8], bad: &[u8]) -> &'static str {
    if good.is_empty() && (bad.starts_with(&[0xff, 0xfe]) || bad.starts_with(&[0xfe, 0xff])) {
        "not UTF-8: this is UTF-16; save the file as UTF-8"
    } else {
        "not UTF-8: this is where the first bad byte is"
    }
}

/// What `serde_json` would say less clearly.
fn not_even_json(text: &str) -> Option<String> {
    if text.len() > Manifest::MOST_BYTES {
        return Some(format!("the file has more than {} MiB", Manifest::MOST_BYTES >> 20));
    }
    if text.starts_with('\u{feff}') {
        return Some("remove the byte order mark at the start of the file".to_owned());
    }
    text.trim_ascii().is_empty().then(|| "the file is empty".to_owned())
}

/// The end of what stands at `at`, for the caret.
fn token_end(text: &str, at: usize) -> usize {
    crate::lexer::tokens(&text[at..]).next().map_or(at, |token| if token.start == 0 { at + token.end } else { at })
}

const FORMAT: &str = "bind-manifest";
const NO_MANIFEST: &str = "this is not a bindings manifest: it has neither `format` nor `bindings`";

#[cfg(test)]
mod tests {
    use super::*;

    /// A manifest with these bindings and these other members.
    fn read(bindings: &str, others: &str) -> Reading {
        let text = format!(
            r#"{{ "format": "bind-manifest", "version": 1, "app": "orders", "bindings": {{ {bindings} }} {others} }}"#
        );
        Manifest::read(text.as_bytes())
    }

    fn messages(reading: &Reading) -> Vec<&str> {
        reading.mistakes.iter().map(Mistake::message).collect()
    }

    #[test]
    fn good_bindings_are_kept_and_broken_ones_are_named() {
        let reading = read(
            r#""GOOD": { "kind": "secret" }, "ZETA": { "kind": "lease", "docs": 5 }, "ALPHA": {}, "1": { "kind": "secret" }"#,
            r#", "functions": { "api": { "bind": ["GOOD", "ZETA"] } }"#,
        );
        assert_eq!(reading.manifest.bindings.keys().collect::<Vec<_>>(), ["GOOD"]);
        assert_eq!(reading.broken, ["ZETA", "ALPHA"]);
        assert_eq!(
            messages(&reading),
            [
                "`ZETA`: unknown kind `lease`: it is `secret` or `parameter`",
                "`ZETA`: `docs` must be a string",
                r#"`ALPHA`: missing key `kind`: write `"kind": "secret"` or `"kind": "parameter"`"#,
                "`1` cannot be a binding: names are a letter, then at most 127 letters, digits, `_` and `-`",
            ]
        );
        let functions = reading.manifest.functions.as_ref().unwrap();
        assert_eq!(functions["api"].bind.iter().collect::<Vec<_>>(), ["GOOD", "ZETA"]);
        assert_eq!(reading.manifest.bindings_of("api").unwrap().count(), 1);
    }

    #[test]
    fn of_two_names_that_fold_into_one_only_the_first_is_a_field() {
        let reading = read(r#""A-B": { "kind": "lease" }, "A_B": { "kind": "secret" }"#, "");
        assert_eq!((reading.manifest.bindings.len(), reading.broken), (0, vec!["A-B".to_owned()]));
    }

    #[test]
    fn a_fingerprint_is_compared_only_where_all_else_is_right() {
        let reading = read(r#""A": { "kind": "lease" }"#, r#", "fingerprint": "0" "#);
        assert_eq!(messages(&reading), ["`A`: unknown kind `lease`: it is `secret` or `parameter`"]);
    }

    #[test]
    fn a_function_with_a_mistake_keeps_what_is_good_of_it() {
        let reading = read(
            r#""A": { "kind": "secret" }"#,
            r#", "functions": { "api": { "bind": ["A", "B"], "bin": 5 }, "worker": 5 }"#,
        );
        let functions = reading.manifest.functions.unwrap();
        assert_eq!(functions["api"].bind.iter().collect::<Vec<_>>(), ["A"]);
        assert_eq!(functions["worker"].bind.len(), 0);
    }

    #[test]
    fn what_equals_its_default_is_read_as_its_default() {
        let reading = read("", r#", "ssm_prefix": "/sst/{app}/{stage}/", "functions": { "api": { "bin": "api" } }"#);
        assert_eq!(reading.mistakes, []);
        assert_eq!(reading.manifest.ssm_prefix, None);
        assert_eq!(reading.manifest.functions.unwrap()["api"].bin, None);
    }
}
