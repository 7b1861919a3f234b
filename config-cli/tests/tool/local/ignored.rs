//! What keeps the store and its key out of git.

use std::fs;
use std::os::unix::fs::symlink;

use super::{APP, set};
use crate::app::App;

#[test]
fn a_gitignore_that_is_a_link_is_left_alone() {
    let app = App::new(APP);
    app.write("theirs", "");
    fs::create_dir(app.folder().join(".bind-config")).unwrap();
    let link = app.folder().join(".bind-config/.gitignore");
    for target in ["../theirs", "../nowhere"] {
        symlink(target, &link).unwrap();

        set(&app, "KEY", target);

        assert_eq!(fs::read_link(&link).unwrap().to_str(), Some(target));
        fs::remove_file(&link).unwrap();
    }
    assert_eq!(app.read("theirs"), "", "what it leads to is somebody else's");
    assert!(!app.folder().join("nowhere").exists());
}

#[test]
fn a_gitignore_that_is_a_file_is_kept_unless_a_kill_left_it_empty() {
    let app = App::new(APP);
    for (before, after) in [("store*\n", "store*\n"), ("", "*\n")] {
        app.write(".bind-config/.gitignore", before);

        set(&app, "KEY", "value");

        assert_eq!(app.read(".bind-config/.gitignore"), after);
    }
}
