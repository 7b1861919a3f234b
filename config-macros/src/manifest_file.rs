//! Where the manifest is, its bytes, and the path by which the compiler tracks it.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use bind_config_manifest::Manifest;
use syn::LitStr;

use crate::diagnostic;
use crate::surroundings::{INSTEAD, Surroundings};

/// A manifest that was read.
pub(crate) struct ManifestFile {
    pub(crate) bytes: Vec<u8>,
    /// How messages name it.
    pub(crate) shown: String,
    /// What `include_bytes!` is given: relative to the calling file where that is known, so that the code is the same in every checkout.
    pub(crate) tracked: Option<String>,
}

/// Finds and reads the manifest of a call.
///
/// # Errors
///
/// There is none, with every place that was looked at; or it is not a file that can be read.
pub(crate) fn read(literal: &LitStr, surroundings: &Surroundings) -> Result<ManifestFile, syn::Error> {
    let places = places(&literal.value(), surroundings);
    let Some(path) = places.iter().find(|place| place.exists() || place.is_symlink()) else {
        let shown: Vec<String> = places.iter().map(|place| shown(place, surroundings)).collect();
        let near = near(&literal.value(), surroundings);
        return Err(diagnostic::missing(literal, &shown, near.as_deref(), surroundings.instead.is_some()));
    };
    let shown = shown(path, surroundings);
    let bytes = bytes(path).map_err(|reason| diagnostic::unreadable(literal, &shown, &reason))?;
    Ok(ManifestFile { bytes, shown, tracked: tracked(path, surroundings) })
}

/// Where it may be, in this order; the first that is there is it.
fn places(literal: &str, surroundings: &Surroundings) -> Vec<PathBuf> {
    let package = surroundings.package.as_deref();
    if let Some(instead) = &surroundings.instead {
        // A sandbox says where it put the file: nothing else is right there.
        return vec![package.unwrap_or(&surroundings.current).join(instead)];
    }
    if Path::new(literal).is_absolute() {
        return vec![PathBuf::from(literal)];
    }
    let mut places: Vec<PathBuf> = package.iter().map(|package| package.join(literal)).collect();
    // trybuild compiles the cases of a package in a package of its own.
    let calling_file = surroundings.calling_file.as_ref().map(|file| surroundings.current.join(file));
    let above = calling_file.iter().flat_map(|file| file.ancestors().skip(1));
    if let Some(nearest) = above.into_iter().find(|folder| folder.join("Cargo.toml").is_file()) {
        places.push(nearest.join(literal));
    }
    places.dedup();
    places
}

/// A file of the same name where people put it: further up, or beside the code. The path by which the call would name it.
fn near(literal: &str, surroundings: &Surroundings) -> Option<PathBuf> {
    let package = surroundings.package.as_deref().filter(|_| surroundings.instead.is_none())?;
    let name = Path::new(literal).file_name()?;
    let up = (1..=4).scan(PathBuf::new(), |way, _| {
        way.push("..");
        Some(way.clone())
    });
    [PathBuf::new(), PathBuf::from("src")]
        .into_iter()
        .chain(up)
        .map(|way| way.join(name))
        .find(|way| package.join(way).is_file())
}

/// Relative to where the compiler runs, because there a terminal makes it a link.
fn shown(path: &Path, surroundings: &Surroundings) -> String {
    path.strip_prefix(&surroundings.current).unwrap_or(path).display().to_string()
}

/// The bytes of a plain file: nothing that blocks, nothing without an end.
fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let kind = |err: std::io::Error| err.kind().to_string();
    let metadata = fs::metadata(path).map_err(kind)?;
    if metadata.is_dir() {
        return Err("it is a directory".to_owned());
    }
    if !metadata.is_file() {
        return Err("it is not a plain file".to_owned());
    }
    let mut bytes = Vec::new();
    // One byte more than is read, so that the reader says that it is too many.
    let most = Manifest::MOST_BYTES as u64 + 1;
    fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(kind)?;
    Ok(bytes)
}

/// The lexical path: links are not resolved, because Bazel puts one in place of every input.
fn tracked(path: &Path, surroundings: &Surroundings) -> Option<String> {
    let absolute = surroundings.current.join(path);
    let relative = || {
        let file = surroundings.current.join(surroundings.calling_file.as_ref().filter(|_| surroundings.is_direct)?);
        let folder = file.parent()?;
        let relative = relative(folder, &absolute)?;
        // A link on the way up may lead elsewhere.
        let leads_there = fs::canonicalize(folder.join(&relative)).ok()? == fs::canonicalize(&absolute).ok()?;
        leads_there.then_some(relative)
    };
    relative().unwrap_or_else(|| absolute.clone()).into_os_string().into_string().ok()
}

/// The way from a folder to a file, by their names alone.
fn relative(folder: &Path, file: &Path) -> Option<PathBuf> {
    let (folder, file) = (normal(folder), normal(file));
    let common = folder.components().zip(file.components()).take_while(|(a, b)| a == b).count();
    if common == 0 {
        return None;
    }
    let up = folder.components().skip(common).map(|_| Component::ParentDir);
    Some(up.chain(file.components().skip(common)).collect())
}

/// Without `.`, and without `x/..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// How a missing manifest is asked for.
pub(crate) fn asked_by(instead: bool) -> &'static str {
    if instead { INSTEAD } else { "the path" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings(package: &str, file: &str) -> Surroundings {
        Surroundings {
            current: PathBuf::from("/w"),
            package: Some(PathBuf::from(package)),
            calling_file: Some(PathBuf::from(file)),
            is_direct: true,
            ..Surroundings::default()
        }
    }

    #[test]
    fn a_path_starts_at_the_package() {
        let at = surroundings("/w/orders", "orders/src/lib.rs");
        assert_eq!(places("b.json", &at), [Path::new("/w/orders/b.json")]);
        assert_eq!(places("/etc/b.json", &at), [Path::new("/etc/b.json")]);
    }

    #[test]
    fn the_environment_names_another_manifest() {
        let mut at = surroundings("/w/orders", "orders/src/lib.rs");
        at.instead = Some(PathBuf::from("x/b.json"));
        assert_eq!(places("b.json", &at), [Path::new("/w/orders/x/b.json")]);
        at.instead = Some(PathBuf::from("/sandbox/b.json"));
        assert_eq!(places("b.json", &at), [Path::new("/sandbox/b.json")]);
    }

    #[test]
    fn a_manifest_further_up_or_beside_the_code_is_named() {
        let root = std::env::temp_dir().join(format!("bind-config-near-{}", std::process::id()));
        fs::create_dir_all(root.join("crates/orders/src")).unwrap();
        let at = Surroundings { package: Some(root.join("crates/orders")), ..Surroundings::default() };
        let found = |literal: &str| near(literal, &at);
        let nothing = found("near-b.json");
        fs::write(root.join("near-b.json"), "").unwrap();
        fs::write(root.join("crates/orders/src/c.json"), "").unwrap();
        let all = (nothing, found("near-b.json"), found("infra/near-b.json"), found("c.json"), found(".."));
        let sandboxed = near("near-b.json", &Surroundings { instead: Some(PathBuf::from("x")), ..at });
        fs::remove_dir_all(&root).unwrap();

        let up = Some(PathBuf::from("../../near-b.json"));
        assert_eq!(all, (None, up.clone(), up, Some(PathBuf::from("src/c.json")), None));
        assert_eq!(sandboxed, None);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_but_a_plain_file_is_read() {
        assert_eq!(bytes(Path::new("/dev/zero")), Err("it is not a plain file".to_owned()));
        assert_eq!(bytes(Path::new("/")), Err("it is a directory".to_owned()));
        assert_eq!(bytes(Path::new("/nowhere")), Err("entity not found".to_owned()));
    }

    #[test]
    fn the_way_from_a_file_to_the_manifest_is_lexical() {
        let way = |folder: &str, file: &str| relative(Path::new(folder), Path::new(file)).unwrap();
        assert_eq!(way("/w/orders/src/bin", "/w/orders/b.json"), Path::new("../../b.json"));
        assert_eq!(way("/w/orders/src", "/w/orders/src/./x/../b.json"), Path::new("b.json"));
        assert_eq!(way("/w/orders/src/..", "/w/b.json"), Path::new("../b.json"));
    }

    #[cfg(unix)]
    #[test]
    fn a_way_that_a_link_leads_to_another_file_is_not_tracked() {
        let root = std::env::temp_dir().join(format!("bind-config-link-{}", std::process::id()));
        fs::create_dir_all(root.join("package")).unwrap();
        fs::create_dir_all(root.join("other/src")).unwrap();
        for folder in ["package", "other"] {
            fs::write(root.join(folder).join("b.json"), folder).unwrap();
        }
        std::os::unix::fs::symlink(root.join("other/src"), root.join("package/src")).unwrap();
        let (manifest, at) = (root.join("package/b.json"), |folder: &str| Surroundings {
            calling_file: Some(root.join(folder).join("lib.rs")),
            is_direct: true,
            ..Surroundings::default()
        });
        let (through_the_link, direct) = (tracked(&manifest, &at("package/src")), tracked(&manifest, &at("package")));
        fs::remove_dir_all(&root).unwrap();

        assert_eq!(through_the_link.as_deref(), manifest.to_str());
        assert_eq!(direct.as_deref(), Some("b.json"));
    }

    #[test]
    fn messages_name_the_file_as_the_compiler_names_files() {
        let at = surroundings("/w/orders", "orders/src/lib.rs");
        assert_eq!(shown(Path::new("/w/orders/b.json"), &at), "orders/b.json");
        assert_eq!(shown(Path::new("/else/b.json"), &at), "/else/b.json");
    }
}
