//! Reading `bind.toml`: parse is check. Here the file as a whole; its parts are in the rooms below. The rules of the manifest
//! are not here: what goes into it is handed to its reader, in [`draft`].

mod bindings;
mod draft;
mod environment;
mod functions;
mod head;
mod literal;
mod mask;
mod parameters;
mod snippet;
mod source;
mod spelling;
mod stages;
mod syntax;
mod tokens;
mod tree;

use std::ops::Range;

use bind_config_manifest::{Generator, Manifest};
use toml_edit::Document;

use self::bindings::Declared;
use self::draft::Draft;
use self::functions::Functions;
use self::mask::Visible;
use self::snippet::Columns;
use self::spelling::unknown_key;
use self::syntax::SyntaxError;
use self::tree::Member;
use super::mistake::{Mistake, Mistakes};
use super::{Declaration, Source};

pub(crate) use self::bindings::looks_like_a_value;

/// Reads `bind.toml`. What is returned obeys every rule of the format, and its manifest every rule of the manifest.
///
/// # Errors
///
/// Every mistake in the text, in its order: at most a hundred, then one that counts the others.
pub(crate) fn read(text: &str) -> Result<Declaration, Vec<Mistake>> {
    if text.len() > MOST_BYTES {
        return Err(alone(text, 0..0, format!("the file has more than {} MiB", MOST_BYTES >> 20), 0));
    }
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(err) => {
            let SyntaxError { message, at, good } = syntax::error(text, &err);
            return Err(alone(text, at, message, good));
        }
    };
    let root = tree::members(document.as_table());
    let mut reader = Reader::new(text);
    let declaration = reader.root(&root);
    if reader.mistakes.count() == 0 {
        return Ok(declaration);
    }
    Err(reader.mistakes.finish(|ranges| snippet::places(text, &Visible::of(&root), ranges)))
}

/// The one mistake of a text of which no more is known than what is TOML up to `good`.
fn alone(text: &str, at: Range<usize>, message: String, good: usize) -> Vec<Mistake> {
    let mut mistakes = Mistakes::default();
    mistakes.add(&at, || message);
    mistakes.finish(|ranges| snippet::places(text, &Visible::Before(good), ranges))
}

/// What the rooms share: the mistakes so far, and lines and columns.
struct Reader<'a> {
    mistakes: Mistakes,
    columns: Columns<'a>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Reader<'a> {
        Reader { mistakes: Mistakes::default(), columns: Columns::new(text) }
    }

    fn root(&mut self, root: &[Member<'_>]) -> Declaration {
        for member in root.iter().filter(|member| !KEYS.contains(&member.key) && !is_extension(member.key)) {
            self.mistakes.add(&member.key_at, || unknown_key(member.key, &KEYS, true));
        }
        let head = self.head(root);
        let declared = self.declared(root);
        let functions = self.functions(root);
        let manifest = self.manifest(root, &declared, &functions);

        let mut declaration = Declaration::of_manifest(manifest);
        self.parameters(&declared, &mut declaration);
        self.stages(root, &declared, &mut declaration);
        self.stages_of_required(&declared, &declaration);
        self.values_that_nobody_gives(&declared, &declaration);
        declaration.environment = self.environment_of(find(root, "environment"), None);
        for function in functions.iter() {
            let environment = self.environment_of(function.environment, Some(function.name));
            if !environment.is_empty() {
                declaration.function_environment.insert(function.name.to_owned(), environment);
            }
        }
        head.into_declaration(declaration)
    }

    /// The manifest that all of it makes, with the mistakes that its reader finds.
    fn manifest(&mut self, root: &[Member<'_>], declared: &[Declared<'_>], functions: &Functions<'_>) -> Manifest {
        let mut draft = Draft::default();
        draft.open('{', &(0..0));
        head::write(root, &mut draft);
        for member in root.iter().filter(|member| is_extension(member.key)) {
            self.extension(member, &mut draft);
        }
        self.bindings(declared, &mut draft);
        self.write_functions(functions, &mut draft);
        draft.close('}');
        let (reading, found, counted) = draft.read();
        self.mistakes.extend(found, counted);
        let mut manifest = reading.manifest;
        self.bind_all(functions, &mut manifest);
        let mut generator = Generator::new("bind-config synth");
        generator.source = Some("bind.toml".to_owned());
        manifest.generator = Some(generator);
        manifest
    }

    /// A key that starts with `x-`: nobody interprets its value, but it is written into JSON.
    fn extension(&mut self, member: &Member<'_>, draft: &mut Draft) {
        match literal::without_json(&member.value) {
            Some((at, why)) => self.mistakes.add(&at, || format!("{}: {why}", spelling::quoted(member.key))),
            None => draft.member(member),
        }
    }

    /// The members of a table; anything else is a mistake.
    fn table<'t>(&mut self, member: Option<&'t Member<'t>>) -> &'t [Member<'t>] {
        let Some(member) = member else { return &[] };
        member.value.members().unwrap_or_else(|| {
            // `[[secrets]]` is a list of tables, and it has no place but its name.
            let brackets = member.value.items().is_some() && member.value.at == member.key_at;
            let hint = if brackets { ": its name stands in single brackets" } else { "" };
            self.mistakes.add(&member.value.at, || format!("{} must be a table{hint}", spelling::quoted(member.key)));
            &[]
        })
    }

    /// The text of a string; anything else is a mistake.
    fn text<'t>(&mut self, member: &Member<'t>, what: &str) -> Option<&'t str> {
        let text = member.value.text();
        if text.is_none() {
            self.mistakes.add(&member.value.at, || format!("{what} must be a string"));
        }
        text
    }
}

fn find<'t>(members: &'t [Member<'t>], key: &str) -> Option<&'t Member<'t>> {
    members.iter().find(|member| member.key == key)
}

/// Whether a key is the user's own.
fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

pub(super) const KEYS: [&str; 12] = [
    "app",
    "ssm_prefix",
    "parameter_layout",
    "store",
    "stage",
    "grants",
    "kms_key",
    "secrets",
    "parameters",
    "stages",
    "environment",
    "functions",
];

/// Half of what a manifest may have: names take more room in JSON.
const MOST_BYTES: usize = Manifest::MOST_BYTES / 2;

#[cfg(test)]
mod canary;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
