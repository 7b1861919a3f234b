//! `--no-restart`, of each command that sets what a plan says.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use bind_config_local::Operation;

use super::{api, lambda, plain, updates};
use crate::app::{App, ORDERS};
use crate::kit::{is_silent_about, path};

#[test]
fn no_command_restarts_a_function_where_nobody_wants_it() {
    for (command, head) in [
        ("load new.env --stage dev", ""),
        ("copy STRIPE_KEY --from next --to dev --overwrite", ""),
        ("rollback STRIPE_KEY --stage dev", "`STRIPE_KEY` goes back to version 1\n"),
        ("edit --stage dev --yes", ""),
    ] {
        let ssm = lambda([api("api")]);
        for (stage, value) in [("dev", "sk_live_canary_1"), ("dev", "sk_live_canary_2"), ("next", "sk_live_canary_3")] {
            ssm.put_secret("orders", stage, "STRIPE_KEY", value).unwrap();
        }
        let app = App::on(&ssm, ORDERS);
        app.write("new.env", "STRIPE_KEY=sk_live_canary_4\n");
        let editor = app.write("editor", "#!/bin/sh\necho STRIPE_KEY=sk_live_canary_5 > \"$1\"\n");
        fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
        let memory = app.folder().to_str().unwrap().to_owned();
        let app = app.with("EDITOR", editor.to_str().unwrap()).with("XDG_RUNTIME_DIR", &memory);

        let said = app.run(["secrets"].into_iter().chain(command.split(' ')).chain(["--no-restart"]));

        is_silent_about(&said, &["canary"]);
        let out = "NAME        CHANGE\nSTRIPE_KEY  changed, from version 2\n";
        let err = format!("{head}1 secret is set in stage `dev` of `orders`, SSM at ENDPOINT.\n");
        assert_eq!(plain(&ssm, said), (0, out.to_owned(), err), "{command}");
        assert_eq!(ssm.version(&path("dev", "STRIPE_KEY")), Some(3), "{command}");
        assert_eq!(
            (updates(&ssm, &["orders-dev-api"]), ssm.count(Operation::ListFunctions)),
            (vec![0], 0),
            "{command}"
        );
    }
}
