//! A store in a file: what survives, what is refused, who may read what.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod raw;
mod scratch;

use std::fs;
use std::path::{Path, PathBuf};

use bind_config_local::{LocalSsm, NewFunction, NewParameter, StartError, Tier};
use raw::Raw;
use scratch::{Scratch, given_path, run_again, say};

fn open(scratch: &Scratch) -> Result<LocalSsm, StartError> {
    LocalSsm::builder().file(scratch.store()).start()
}

/// A folder with a store that holds one secret.
fn stored() -> Scratch {
    let scratch = Scratch::new();
    open(&scratch).unwrap().put_secret("orders", "dev", "KEY", "hunter2").unwrap();
    scratch
}

const PATH: &str = "/sst/orders/dev/Secret/KEY/value";

#[test]
fn a_store_is_there_again_after_its_process() {
    let scratch = Scratch::new();
    let ssm = open(&scratch).unwrap();
    ssm.put(NewParameter::string("/KEY", "one").description("a key").tag("team", "one").create_only()).unwrap();
    ssm.put(NewParameter::string("/KEY", "zwei \u{1f980}\n\"")).unwrap();
    ssm.put(NewParameter::secure("/BIG", "x".repeat(8192)).tier(Tier::Advanced).key("alias/mine")).unwrap();
    ssm.put_managed_secret("db", "hunter2").unwrap();
    let label = Raw::new(&ssm, "LabelParameterVersion", r#"{"Name":"/KEY","ParameterVersion":1,"Labels":["live"]}"#);
    assert_eq!(label.send(&ssm).status, 200);
    let everything = |ssm: &LocalSsm| {
        [
            ("DescribeParameters", "{}"),
            ("GetParameterHistory", r#"{"Name":"/KEY","WithDecryption":true}"#),
            ("GetParameter", r#"{"Name":"/KEY:live"}"#),
            ("GetParameter", r#"{"Name":"/aws/reference/secretsmanager/db","WithDecryption":true}"#),
            ("ListTagsForResource", r#"{"ResourceType":"Parameter","ResourceId":"/KEY"}"#),
        ]
        .map(|(operation, body)| Raw::new(ssm, operation, body).send(ssm).body)
    };
    let before = everything(&ssm);

    drop(ssm);
    let ssm = open(&scratch).unwrap();

    assert_eq!(everything(&ssm), before);
    assert_eq!(ssm.value("/BIG").map(|value| value.len()), Some(8192));
    ssm.delete("/KEY").unwrap();
    drop(ssm);
    assert_eq!(open(&scratch).unwrap().names(), ["/BIG"]);
}

#[test]
fn functions_are_not_kept() {
    let scratch = stored();
    let ssm = open(&scratch).unwrap();
    ssm.put_function(NewFunction::new("api").variable("KEY", "hunter2")).unwrap();

    drop(ssm);
    let ssm = open(&scratch).unwrap();

    assert_eq!((ssm.function_variables("api"), ssm.value(PATH).as_deref()), (None, Some("hunter2")));
}

#[test]
fn neither_values_nor_names_are_readable_in_any_file() {
    let scratch = stored();

    assert_eq!(scratch.files(), ["store", "store.key", "store.lock"]);
    for name in scratch.files() {
        let bytes = fs::read(scratch.path().join(&name)).unwrap();
        for text in ["hunter2", "orders", "KEY"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{text} in {name}");
        }
    }
}

#[test]
fn every_write_is_encrypted_with_a_nonce_of_its_own() {
    let scratch = stored();
    let first = fs::read(scratch.store()).unwrap();

    open(&scratch).unwrap().put_secret("orders", "dev", "KEY", "hunter2").unwrap();
    let second = fs::read(scratch.store()).unwrap();

    let nonce = b"bind-config-local store 1\n".len()..;
    assert_ne!(first[nonce.clone()][..24], second[nonce][..24], "a nonce is used once");
}

#[test]
fn a_store_is_open_in_one_process_at_a_time() {
    let scratch = stored();
    let ssm = open(&scratch).unwrap();

    let err = open(&scratch).unwrap_err();

    let lock = scratch.path().join("store.lock");
    assert!(matches!(&err, StartError::Locked { path } if *path == lock));
    assert_eq!(
        err.to_string(),
        format!(
            "another process has the store open (it holds `{}`, which is not to be deleted): end it first",
            lock.display()
        )
    );
    drop(ssm);
    open(&scratch).unwrap();
}

#[test]
fn a_damaged_store_is_an_error_and_left_as_it_is() {
    let scratch = stored();
    let sound = fs::read(scratch.store()).unwrap();
    let mut damaged: Vec<Vec<u8>> = (0..sound.len()).step_by(7).map(|length| sound[..length].to_vec()).collect();
    for at in (0..sound.len()).step_by(5) {
        let mut changed = sound.clone();
        changed[at] ^= 1;
        damaged.push(changed);
    }
    damaged.push([sound.as_slice(), b"x"].concat());

    for bytes in damaged {
        fs::write(scratch.store(), &bytes).unwrap();
        let err = open(&scratch).unwrap_err();

        assert!(matches!(err, StartError::Unreadable { .. } | StartError::TooNew { .. }), "{err}");
        assert_eq!(fs::read(scratch.store()).unwrap(), bytes);
    }
    fs::write(scratch.store(), sound).unwrap();
    assert_eq!(open(&scratch).unwrap().value(PATH).as_deref(), Some("hunter2"));
}

#[test]
fn another_key_no_key_and_half_a_key_are_errors() {
    let (scratch, other) = (stored(), stored());
    let key = fs::read(scratch.key()).unwrap();
    let refused = |bytes: &[u8]| {
        fs::write(scratch.key(), bytes).unwrap();
        open(&scratch).unwrap_err().to_string()
    };
    let shown = scratch.key().display().to_string();
    let malformed = format!("`{shown}` is not a key of a store: put the right file back");

    assert_eq!(
        refused(&fs::read(other.key()).unwrap()),
        format!(
            "`{}` is damaged or was encrypted with another key: put the right files back",
            scratch.store().display()
        )
    );
    for bytes in
        [b"".as_slice(), &key[..key.len() / 2], &key[..key.len() - 2], b"bind-config-local key 1 zz\n", &[0xff; 90]]
    {
        assert_eq!(refused(bytes), malformed);
    }
    fs::remove_file(scratch.key()).unwrap();
    let missing = open(&scratch).unwrap_err();
    assert_eq!(
        missing.to_string(),
        format!("the store's key `{shown}` is missing: put it back, or delete the store to start anew")
    );
    assert!(!scratch.key().exists(), "no key is made for a store that has one");
}

#[test]
fn a_store_of_a_later_release_is_named_as_such() {
    let scratch = stored();
    fs::write(scratch.store(), b"bind-config-local store 2\nwhatever").unwrap();

    let err = open(&scratch).unwrap_err();

    assert_eq!(err.to_string(), format!("a later release wrote `{}`: use that release", scratch.store().display()));
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let scratch = Scratch::new();

    let err = LocalSsm::builder().file(scratch.path().join("no/store")).start().unwrap_err();

    assert!(matches!(err, StartError::File { .. }), "{err}");
}

#[test]
fn a_write_that_cannot_reach_the_disk_is_a_500_and_never_happened() {
    let scratch = stored();
    let ssm = open(&scratch).unwrap();
    let here = scratch.path();
    let away = here.with_extension("away");
    let put = Raw::new(
        &ssm,
        "PutParameter",
        &format!(r#"{{"Name":"{PATH}","Value":"lost","Type":"SecureString","Overwrite":true}}"#),
    );

    fs::rename(here, &away).unwrap();
    let refused = put.send(&ssm);
    let direct = ssm.delete(PATH).unwrap_err();
    let kept = ssm.value(PATH);
    fs::rename(&away, here).unwrap();

    assert_eq!(refused.status, 500);
    assert!(refused.body.contains(r#""__type":"InternalServerError""#), "{}", refused.body);
    assert_eq!((direct.status(), kept.as_deref()), (500, Some("hunter2")));
    assert_eq!(put.send(&ssm).status, 200);
    drop(ssm);
    assert_eq!(open(&scratch).unwrap().value(PATH).as_deref(), Some("lost"));
}

#[cfg(unix)]
mod unix {
    use std::io::BufRead;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let scratch = stored();
        for bits in [0o640, 0o604, 0o620, 0o666, 0o601] {
            fs::set_permissions(scratch.key(), fs::Permissions::from_mode(bits)).unwrap();

            let err = open(&scratch).unwrap_err();

            let key = scratch.key();
            let expected =
                format!("others may read the key `{}` (mode {bits:03o}): run `chmod 600` on it", key.display());
            assert_eq!(err.to_string(), expected);
        }
    }

    #[test]
    fn links_are_not_followed() {
        for name in ["store", "store.key", "store.lock", "store.tmp"] {
            let (scratch, elsewhere) = (stored(), Scratch::new());
            let (link, target) = (scratch.path().join(name), elsewhere.path().join("target"));
            if link.exists() {
                fs::rename(&link, &target).unwrap();
            }
            symlink(&target, &link).unwrap();

            let err = open(&scratch).unwrap_err();

            let expected = format!("`{}` is a link or no plain file: name the file itself", link.display());
            assert_eq!(err.to_string(), expected);
        }
    }

    #[test]
    fn a_store_whose_lock_file_was_deleted_is_not_written_any_more() {
        let scratch = Scratch::new();
        let first = open(&scratch).unwrap();
        std::fs::remove_file(scratch.store().with_extension("lock")).unwrap();
        let second = open(&scratch).unwrap();
        second.put_secret("orders", "dev", "OF_THE_SECOND", "x").unwrap();

        let err = first.put_secret("orders", "dev", "OF_THE_FIRST", "x").unwrap_err();

        assert_eq!(err.status(), 500);
        drop((first, second));
        assert_eq!(open(&scratch).unwrap().names(), ["/sst/orders/dev/Secret/OF_THE_SECOND/value"]);
    }

    #[test]
    fn every_file_is_its_owners_alone_whatever_the_umask() {
        const THIS: &str = "unix::every_file_is_its_owners_alone_whatever_the_umask";
        if let Some(path) = given_path() {
            LocalSsm::builder().file(path).start().unwrap().put_secret("orders", "dev", "KEY", "x").unwrap();
            return say("stored");
        }
        for umask in ["000", "022", "277", "777"] {
            let scratch = Scratch::new();
            let (mut child, output) = run_again(THIS, &format!("umask {umask}"), &scratch.store());
            let lines: Vec<_> = output.lines().map(Result::unwrap).collect();
            child.wait().unwrap();

            assert!(lines.contains(&"stored".to_owned()), "{lines:?}");
            for name in scratch.files() {
                assert_eq!(mode(&scratch.path().join(&name)), 0o600, "{name} under {umask}");
            }
        }
    }

    #[test]
    fn a_full_disk_is_a_500_and_the_old_store_stays() {
        const THIS: &str = "unix::a_full_disk_is_a_500_and_the_old_store_stays";
        if let Some(path) = given_path() {
            return fill_the_disk(path);
        }
        let scratch = stored();

        // Files may not grow past 16 KB, and the signal that would kill is ignored: a write fails as on a full disk.
        let (mut child, output) = run_again(THIS, "trap '' XFSZ; ulimit -f 32", &scratch.store());
        let lines: Vec<_> = output.lines().map(Result::unwrap).collect();
        child.wait().unwrap();

        let written: usize = lines.iter().find_map(|line| line.strip_prefix("written ")).unwrap().parse().unwrap();
        assert!(lines.contains(&"refused 500 InternalServerError, kept".to_owned()), "{lines:?}");
        let ssm = open(&scratch).unwrap();
        assert_eq!((ssm.names().len(), ssm.value(PATH).as_deref()), (written + 1, Some("hunter2")));
        assert_eq!(scratch.files(), ["store", "store.key", "store.lock"]);
    }

    /// The other process.
    fn fill_the_disk(path: PathBuf) {
        let ssm = LocalSsm::builder().file(path).start().unwrap();
        for number in 0..100 {
            if let Err(err) = ssm.put(NewParameter::string(format!("/K{number}"), "x".repeat(4096))) {
                let kept = ssm.value(PATH).is_some() && ssm.names().len() == number + 1;
                say(&format!("written {number}"));
                say(&format!("refused {} {}, {}", err.status(), err.code(), if kept { "kept" } else { "lost" }));
                return;
            }
        }
    }
}
