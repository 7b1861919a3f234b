//! Ctrl-C: what is done, what is not, and that the value is stored.

use std::time::Duration;

use bind_config_local::{Fault, LocalSsm, Operation};

use super::{CANARY, SET, UPDATE, api, lambda, not_restarted, plain, put};
use crate::app::{App, ORDERS, said};
use crate::kit::{signal, until};

#[cfg(unix)]
#[test]
fn ctrl_c_tells_what_is_done_and_what_is_not_and_the_value_is_stored() {
    // Updates that do not end while this runs; more functions than are under way at once.
    let ssm = LocalSsm::builder().update_time(Duration::from_hours(1)).start().unwrap();
    put(&ssm, (0..60).map(|at| api(&format!("{at:02}"))));
    let app = App::on(&ssm, ORDERS);
    let child = app.command(["secrets", "set", "STRIPE_KEY", CANARY, "--stage", "dev"]).spawn().unwrap();
    until("a request", || ssm.count(UPDATE) >= 5);

    signal("INT", child.id().into());
    let said = said(child);

    let (code, out, err) = plain(&ssm, said);
    assert_eq!(code, 1, "{out} {err}");
    let mut rows = out.lines().skip(1);
    for at in 0..60 {
        let name = format!("orders-dev-{at:02}");
        let result = match ssm.function_updates(&name) {
            0 => "interrupted before it was",
            _ => "interrupted while Lambda is still updating it, which ends by itself",
        };
        assert_eq!(rows.next().unwrap(), format!("{name}  dev    not restarted: {result}"));
    }
    assert!(err.ends_with(not_restarted(60, 60).trim_start_matches(&format!("{SET}\n"))), "{err}");
    assert!(!format!("{out}{err}").contains("canary"));
    assert_eq!(ssm.value("/sst/orders/dev/Secret/STRIPE_KEY/value").as_deref(), Some(CANARY));
    assert!(ssm.count(UPDATE) < 60);
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_functions_are_looked_for_says_that_the_value_is_stored() {
    let ssm = lambda([api("api")]);
    let held = ssm.inject(Fault::unheard().on(Operation::ListFunctions));
    let app = App::on(&ssm, ORDERS);
    let child = app.command(["secrets", "set", "STRIPE_KEY", CANARY, "--stage", "dev"]).spawn().unwrap();
    until("a request", || ssm.hits(held) == 1);

    signal("TERM", child.id().into());
    let (code, out, err) = plain(&ssm, said(child));

    assert_eq!((code, out.as_str()), (1, ""));
    let expected = format!(
        "{SET}\ninterrupted: what is under way comes to its end first; once more ends it at once\nerror: interrupted while the functions that use it were looked for\n{SET} Functions keep the old value until \
         they start anew: bind-config secrets restart STRIPE_KEY --stage dev\n"
    );
    assert!(err.ends_with(&expected), "{err}");
}
