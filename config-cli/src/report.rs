//! What every report of a command says first, for a program: which app, which stage, which store.

use serde_json::{Value as Json, json};

use crate::project::Project;
use crate::store::Address;

/// A report as JSON: `app`, `stage` and `store`, then what the command has to say. `stage` is `null` for the fallback and for all
/// stages, `store` where none was asked, or several were.
pub(crate) fn report(project: &Project, stage: Option<&str>, store: Option<&Address>, body: Json) -> Json {
    let store = store.map(Address::to_json);
    let mut report = json!({ "app": project.app(), "stage": stage, "store": store });
    if let (Some(report), Json::Object(body)) = (report.as_object_mut(), body) {
        report.extend(body);
    }
    report
}
