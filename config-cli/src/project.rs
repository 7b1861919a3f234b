//! The app that is meant: its folder, what it declares, its stage, its `.env` files.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bind_config_manifest::name::Kind;
use bind_config_manifest::{Binding, Manifest, name};

use crate::declaration::{self, Declaration};
use crate::dotenv;
use crate::failure::{Failure, INVALID};
use crate::surroundings::Surroundings;
use crate::terminal::shown;

/// An app: where it is, and what it declares.
pub(crate) struct Project {
    /// The folder of `bind.toml`, or of the manifest; the current one where there is neither.
    pub(crate) root: PathBuf,
    /// What says so.
    pub(crate) declared_in: DeclaredIn,
    /// What is declared.
    pub(crate) declaration: Declaration,
}

/// What declares an app.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeclaredIn {
    BindToml,
    Manifest,
    /// `--app`: nothing is known but its name.
    Argument,
}

/// A stage, and why it is meant.
pub(crate) struct Stage {
    pub(crate) name: String,
    pub(crate) because: Because,
}

/// What says that a stage is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Because {
    Argument,
    Environment,
    BindToml,
    Personal,
}

impl Because {
    /// Whether it was given for this very command, and not kept somewhere.
    pub(crate) fn is_given(self) -> bool {
        matches!(self, Because::Argument | Because::Environment)
    }

    /// For programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Because::Argument => "argument",
            Because::Environment => "environment",
            Because::BindToml => "bind.toml",
            Because::Personal => "personal",
        }
    }
}

impl fmt::Display for Because {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Because::Argument => f.write_str("`--stage`"),
            Because::Environment => write!(f, "`{}` of the environment", name::ENV_STAGE),
            Because::BindToml => write!(f, "`stage` in {BIND_TOML}"),
            Because::Personal => write!(f, "the personal stage in `{OWN_FOLDER}/{STAGE_FILE}`"),
        }
    }
}

impl Project {
    /// The app in or above the folder that is meant.
    pub(crate) fn find(
        folder: Option<&Path>,
        app: Option<&str>,
        surroundings: &Surroundings,
    ) -> Result<Project, Failure> {
        let start = start(folder, surroundings)?;
        let project = match nearest(&start)? {
            Some((root, DeclaredIn::BindToml)) => {
                let declaration = read_bind_toml(&root.join(BIND_TOML))?;
                Project { root, declared_in: DeclaredIn::BindToml, declaration }
            }
            Some((root, declared_in)) => {
                let declaration = Declaration::of_manifest(read_manifest(&root.join(BINDINGS_JSON))?);
                Project { root, declared_in, declaration }
            }
            None => {
                let app = app.ok_or_else(|| Failure::impossible(NO_APP))?;
                if !name::is_app(app) {
                    return Err(Failure::impossible("`--app`: an app is 1 to 64 letters, digits, `_`, `.` and `-`"));
                }
                let declaration = Declaration::of_manifest(Manifest::new(app));
                Project { root: start, declared_in: DeclaredIn::Argument, declaration }
            }
        };
        match app {
            Some(app) if app != project.app() => Err(Failure::impossible(format!(
                "`--app {app}` is not the app of `{}`, which is `{}`",
                project.root.display(),
                project.app()
            ))),
            _ => Ok(project),
        }
    }

    /// The app's name.
    pub(crate) fn app(&self) -> &str {
        self.declaration.app()
    }

    /// `bind.toml` or `bindings.json`, for messages.
    pub(crate) fn source(&self) -> &'static str {
        if self.declared_in == DeclaredIn::Manifest { BINDINGS_JSON } else { BIND_TOML }
    }

    pub(crate) fn bind_toml(&self) -> PathBuf {
        self.root.join(BIND_TOML)
    }

    pub(crate) fn bindings_json(&self) -> PathBuf {
        self.root.join(BINDINGS_JSON)
    }

    /// Where what belongs to this checkout alone is: the personal stage, the local store.
    pub(crate) fn own_folder(&self) -> PathBuf {
        self.root.join(OWN_FOLDER)
    }

    /// The stage that is meant.
    pub(crate) fn stage(&self, argument: Option<&str>, surroundings: &Surroundings) -> Result<Stage, Failure> {
        let found = match argument {
            Some("") => return Err(Failure::impossible("`--stage` is empty: give the stage's name")),
            Some(stage) => Some((stage.to_owned(), Because::Argument)),
            None => self.stage_without_argument(surroundings)?,
        };
        let (name, because) = found.ok_or_else(|| Failure::impossible(NO_STAGE))?;
        // A stage of SST's can have any name; one that is a path would lead to the parameters of others.
        let is_usable = name::is_app(&name) && name != "." && name != ".." && name != ".fallback";
        if !is_usable {
            return Err(Failure::impossible(format!(
                "{because} says that the stage is `{}`: a stage is a letter, then letters, digits and `-`",
                crate::terminal::shown(&name)
            )));
        }
        Ok(Stage { name, because })
    }

    fn stage_without_argument(&self, surroundings: &Surroundings) -> Result<Option<(String, Because)>, Failure> {
        if surroundings.has(name::ENV_STAGE) && surroundings.variable(name::ENV_STAGE).is_none() {
            return Err(Failure::impossible(format!(
                "`{}` of the environment is not UTF-8: no stage is",
                name::ENV_STAGE
            )));
        }
        if let Some(stage) = surroundings.setting(name::ENV_STAGE) {
            return Ok(Some((stage.to_owned(), Because::Environment)));
        }
        if let Some(stage) = &self.declaration.stage {
            return Ok(Some((stage.clone(), Because::BindToml)));
        }
        let path = self.own_folder().join(STAGE_FILE);
        match read_text(&path) {
            Ok(text) => {
                let stage = Some(text.trim()).filter(|stage| !stage.is_empty());
                Ok(stage.map(|stage| (stage.to_owned(), Because::Personal)))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::io(path.display())(error)),
        }
    }

    /// The `.env` files of a stage, expanded; the real environment wins over them.
    pub(crate) fn variables<'a>(&self, stage: &str, surroundings: &'a Surroundings) -> Result<Variables<'a>, Failure> {
        let mut files = Vec::new();
        for file in dotenv::file_names(stage) {
            let path = self.root.join(&file);
            match read_plain(&path) {
                Ok(bytes) => files.push(dotenv::parse(text_of(&bytes, &path)?.as_bytes())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failure::io(path.display())(error)),
            }
        }
        let merged = dotenv::merge(files);
        let expanded = dotenv::expand(&merged, |name| surroundings.variable(name).map(str::to_owned));
        let is_of_others = |(variable, own): &(&str, &str)| {
            surroundings.has(variable) && ![Some(""), Some(own)].contains(&surroundings.variable(variable))
        };
        let foreign = [(name::ENV_APP, self.app()), (name::ENV_STAGE, stage)].into_iter().find(is_of_others);
        let foreign = foreign.map(|(variable, own)| format!("`{variable}` of the environment is not `{own}`"));
        Ok(Variables { files: expanded.into_iter().collect(), surroundings, foreign })
    }

    /// What is said of a stage that nobody declares and that is nearly one that somebody does.
    pub(crate) fn near_stage(&self, stage: &str) -> Option<String> {
        let known = self.declared_stages();
        let near = bind_config_manifest::nearest(stage, known.iter().map(String::as_str))
            .filter(|_| !known.contains(stage))?;
        Some(format!("stage `{}` is not in {}: did you mean `{near}`?", shown(stage), self.source()))
    }

    /// All stages that are declared: tables of `[stages]`, `required` lists, and `stage`.
    pub(crate) fn declared_stages(&self) -> std::collections::BTreeSet<String> {
        let declaration = &self.declaration;
        let mut stages: std::collections::BTreeSet<String> = declaration.stages.keys().cloned().collect();
        stages.extend(declaration.stage.clone());
        for binding in declaration.manifest.bindings.values() {
            if let bind_config_manifest::Required::In(of) = &binding.required {
                stages.extend(of.iter().cloned());
            }
        }
        stages
    }
}

/// Variables of the `.env` files and of the environment, which wins.
pub(crate) struct Variables<'a> {
    files: BTreeMap<String, String>,
    surroundings: &'a Surroundings,
    /// Why the environment is that of another app or stage, if it is: a `bind` of it may be around this one.
    foreign: Option<String>,
}

impl Variables<'_> {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        if self.surroundings.has(name) {
            return self.surroundings.variable(name);
        }
        self.files.get(name).map(String::as_str)
    }

    /// Whether the environment has it, in bytes that are no text.
    pub(crate) fn is_unreadable(&self, name: &str) -> bool {
        self.surroundings.has(name) && self.surroundings.variable(name).is_none()
    }

    /// Whether it is one of the files.
    pub(crate) fn is_of_file(&self, name: &str) -> bool {
        !self.surroundings.has(name) && self.files.contains_key(name)
    }

    /// The value that is given to a binding from outside. What an environment of another app or stage has is none.
    pub(crate) fn bound(&self, name: &str) -> Bound<'_> {
        let is_own = self.foreign.is_none() && self.surroundings.has(name);
        if is_own {
            return self.surroundings.variable(name).map_or(Bound::NotUtf8, Bound::Environment);
        }
        self.files.get(name).map_or(Bound::Nowhere, |value| Bound::File(value))
    }

    /// The same for a binding: an empty secret is none.
    pub(crate) fn bound_to(&self, binding: &Binding, name: &str) -> Bound<'_> {
        match self.bound(name) {
            Bound::Environment("") | Bound::File("") if binding.kind == Kind::Secret => Bound::Nowhere,
            bound => bound,
        }
    }

    /// Why the value that the environment has for a binding is none, where it has one and that is so.
    pub(crate) fn not_taken(&self, name: &str) -> Option<&str> {
        self.foreign.as_deref().filter(|_| self.surroundings.has(name))
    }

    /// Those of the files that the environment does not have.
    pub(crate) fn of_files(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = self.files.iter().filter(|(name, _)| !self.surroundings.has(name));
        own.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A value that is given to a binding from outside.
pub(crate) enum Bound<'a> {
    Environment(&'a str),
    File(&'a str),
    /// The environment has it, in bytes that are no text.
    NotUtf8,
    Nowhere,
}

/// What declares an app in a folder or the nearest one above it.
fn nearest(folder: &Path) -> Result<Option<(PathBuf, DeclaredIn)>, Failure> {
    for root in folder.ancestors() {
        for (file, declared_in) in [(BIND_TOML, DeclaredIn::BindToml), (BINDINGS_JSON, DeclaredIn::Manifest)] {
            let path = root.join(file);
            // Whatever it is: one that cannot be read does not mean that the app of a folder above is meant.
            match path.symlink_metadata() {
                Ok(_) => return Ok(Some((root.to_owned(), declared_in))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(Failure::io(path.display())(error)),
            }
        }
    }
    Ok(None)
}

/// The folder to look in and above, without `..`: what is above it is that of the file system, not of the text.
fn start(folder: Option<&Path>, surroundings: &Surroundings) -> Result<PathBuf, Failure> {
    let Some(folder) = folder else { return Ok(surroundings.folder().to_owned()) };
    match fs::canonicalize(surroundings.folder().join(folder)) {
        Ok(start) if start.is_dir() => Ok(start),
        _ => Err(Failure::impossible(format!("there is no folder `{}`", folder.display()))),
    }
}

/// What cannot be read says nothing: no answer is no, whatever was asked.
fn read_bind_toml(path: &Path) -> Result<Declaration, Failure> {
    let text = read_text(path).map_err(Failure::io(path.display()))?;
    declaration::read(&text).map_err(|mistakes| declaration::failure(&mistakes))
}

/// Reads and checks a manifest.
pub(crate) fn read_manifest(path: &Path) -> Result<Manifest, Failure> {
    let bytes = read_plain(path).map_err(Failure::io(path.display()))?;
    Manifest::parse(&bytes).map_err(|error| Failure::Trouble(INVALID, error.render(&path.display().to_string())))
}

/// An `.env` file as text. What is none would reach a command as another value.
fn text_of<'a>(bytes: &'a [u8], path: &Path) -> Result<&'a str, Failure> {
    str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        Failure::impossible(format!("{}:{line}: it is not UTF-8", path.display()))
    })
}

/// A plain text file of a sensible size.
pub(crate) fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read_plain(path)?).map_err(|_| io::Error::other("it is not UTF-8"))
}

/// A plain file of a sensible size, links followed: for a pipe somebody would wait for ever. A link that leads nowhere is
/// not the same as no file.
pub(crate) fn read_plain(path: &Path) -> io::Result<Vec<u8>> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => read_bytes(path),
        Ok(_) => Err(io::Error::other("it is not a plain file")),
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.is_symlink() => {
            Err(io::Error::other("it is a link that leads nowhere"))
        }
        Err(error) => Err(error),
    }
}

/// A file of a sensible size, whatever kind of file that is: for those that somebody names.
pub(crate) fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    read_all(fs::File::open(path)?)
}

/// All of something, if that is of a sensible size: what is cut off would be taken for the whole.
pub(crate) fn read_all(from: impl io::Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(io::Error::other("it is larger than 32 MB"));
    }
    Ok(bytes)
}

pub(crate) const BIND_TOML: &str = "bind.toml";
pub(crate) const BINDINGS_JSON: &str = "bindings.json";
pub(crate) const OWN_FOLDER: &str = ".bind-config";
pub(crate) const STAGE_FILE: &str = "stage";
const LARGEST_FILE: u64 = 32 << 20;
const NO_APP: &str = "there is no bind.toml and no bindings.json in this folder or above it: `bind-config init` starts an app, `--app NAME` names one, `--project DIR` says where it is";
const NO_STAGE: &str =
    "no stage is meant: give `--stage NAME`, or keep a personal one with `bind-config stage use NAME`";
