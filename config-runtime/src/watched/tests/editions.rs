//! What a refresh asks for, and what counts as a change.

use super::*;

#[tokio::test(start_paused = true)]
async fn unchanged_values_cost_a_request_for_ten_names_and_none_is_decrypted() {
    let world = world((0..200).map(|at| secret(&format!("S{at:03}"))).collect());
    let watched = watch(&world).await;
    let before = watched.current();

    let after = watched.refresh().await.unwrap();

    let asked = world.asked();
    assert_eq!(asked.len(), 20);
    assert!(asked.iter().all(|(names, decrypted)| names.len() == 10 && !decrypted), "{asked:?}");
    assert!(Arc::ptr_eq(&before, &after));
}

#[tokio::test(start_paused = true)]
async fn only_the_fallbacks_that_counted_are_asked_for_again() {
    let world = world(vec![secret("A"), secret("FELL_BACK"), optional("NOWHERE")]);
    world.delete(&stage("FELL_BACK"));
    world.put(&fallback("FELL_BACK"), CANARY);
    world.delete(&stage("NOWHERE"));
    let watched = watch(&world).await;

    watched.refresh().await.unwrap();

    let mut expected =
        vec![stage("A"), stage("FELL_BACK"), fallback("FELL_BACK"), stage("NOWHERE"), fallback("NOWHERE")];
    expected.sort();
    assert_eq!(world.asked(), [(expected, false)]);
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_after_three_quarters_to_five_quarters_of_the_time() {
    let world = world(vec![secret("A")]);
    let _watched = watch(&world).await;

    sleep(EVERY.mul_f64(0.74)).await;
    assert_eq!(world.asked().len(), 0);
    sleep(EVERY.mul_f64(0.52)).await;
    assert_eq!(world.asked().len(), 1);
    sleep(EVERY * 100).await;

    let count = world.asked().len();
    assert!((85..115).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_changed_is_loaded_with_all_others_and_handed_out_in_one_piece() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch(&world).await;
    let (before, mut changes) = (watched.current(), watched.changes());
    world.set("B", "new");

    let after = watched.refresh().await.unwrap();

    assert_eq!(
        (before.value("B"), after.value("B"), watched.read().value("B")),
        (Some(CANARY), Some("new"), Some("new"))
    );
    assert!(!Arc::ptr_eq(&before, &after));
    let change = changes.next().await.unwrap();
    assert_eq!(names(&change), ["B"]);
    assert!(Arc::ptr_eq(&change.config, &after));
    let field = &change.fields[0];
    assert_eq!((field.before.version(), field.after.version()), (Some(1), Some(2)));
}

#[tokio::test(start_paused = true)]
async fn who_follows_some_fields_is_told_of_no_other() {
    let world = world(vec![secret("A"), secret("B"), secret("C")]);
    let watched = watch(&world).await;
    let mut changes = watched.changes_of(["C", "A"].map(Field::new));
    world.set("B", "new");
    watched.refresh().await.unwrap();
    assert!(changes.next().now_or_never().is_none());

    for name in ["A", "B", "C"] {
        world.set(name, "newest");
    }
    watched.refresh().await.unwrap();

    let change = changes.next().await.unwrap();
    assert_eq!(names(&change), ["A", "C"]);
    assert_eq!(change.field(Field::new("C")).unwrap().after.version(), Some(2));
    assert!(change.clone().field(Field::new("B")).is_none());
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "there is no field to follow")]
async fn no_field_is_not_waited_for() {
    let world = world(vec![secret("A"), secret("B")]);
    let _ = watch(&world).await.changes_of([]);
}

#[tokio::test(start_paused = true)]
async fn a_value_that_was_deleted_and_set_anew_has_changed_although_its_version_has_not() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    world.delete(&stage("A"));
    world.set("A", "new");

    let after = watched.refresh().await.unwrap();

    assert_eq!(after.value("A"), Some("new"));
    let change = changes.next().await.unwrap();
    assert_eq!(names(&change), ["A"]);
    let field = &change.fields[0];
    assert_eq!((field.before.version(), &field.before), (Some(1), &field.after));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_the_stage_gets_of_its_own_takes_the_place_of_the_fallback() {
    let world = world(vec![secret("A")]);
    world.delete(&stage("A"));
    world.put(&fallback("A"), "of all stages");
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    world.set("A", "own");

    let after = watched.refresh().await.unwrap();

    assert_eq!(after.value("A"), Some("own"));
    let field = &changes.next().await.unwrap().fields[0];
    assert_eq!((field.before.as_str(), field.after.as_str()), ("fallback", "stage"));

    sleep(Duration::from_mins(1)).await;
    world.delete(&stage("A"));
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("of all stages"));
}

#[tokio::test(start_paused = true)]
async fn an_optional_value_comes_and_goes() {
    let world = world(vec![secret("A"), optional("MAYBE")]);
    world.delete(&stage("MAYBE"));
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    assert_eq!(watched.current().value("MAYBE"), None);

    world.put(&fallback("MAYBE"), "came");
    assert_eq!(watched.refresh().await.unwrap().value("MAYBE"), Some("came"));
    assert_eq!(changes.next().await.unwrap().fields[0].before.as_str(), "not_set");

    sleep(Duration::from_mins(1)).await;
    world.delete(&fallback("MAYBE"));
    assert_eq!(watched.refresh().await.unwrap().value("MAYBE"), None);
    assert_eq!(changes.next().await.unwrap().fields[0].after.as_str(), "not_set");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_secrets_manager_is_asked_for_apart_and_compared_by_its_value() {
    let world = world(vec![secret("A"), secret("MANAGED")]);
    world.put(MANAGED, CANARY);
    let watched = watch_at(&world, "MANAGED", MANAGED).await;
    let mut changes = watched.changes();

    watched.refresh().await.unwrap();
    assert_eq!(world.asked(), [(vec![stage("A")], false), (vec![MANAGED.to_owned()], true)]);
    assert!(changes.next().now_or_never().is_none());

    world.put(MANAGED, "rotated");
    assert_eq!(watched.refresh().await.unwrap().value("MANAGED"), Some("rotated"));
    assert_eq!(names(&changes.next().await.unwrap()), ["MANAGED"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_rolled_back_in_secrets_manager_is_a_change_although_it_is_of_an_earlier_time() {
    let world = world(vec![secret("A"), secret("MANAGED")]);
    world.edition(MANAGED, "leaked", 0, 1000);
    let watched = watch_at(&world, "MANAGED", MANAGED).await;

    world.edition(MANAGED, "rolled back", 0, 500);
    assert_eq!(watched.refresh().await.unwrap().value("MANAGED"), Some("rolled back"));

    world.edition(MANAGED, "rolled back again", 0, 400);
    world.set("A", "new");
    let after = watched.refresh().await.unwrap();
    assert_eq!((after.value("A"), after.value("MANAGED")), (Some("new"), Some("rolled back again")));
}

/// Secrets Manager's, by its path in SSM.
const MANAGED: &str = "/aws/reference/secretsmanager/db";

#[tokio::test(start_paused = true)]
async fn a_new_version_is_a_change_although_the_time_is_the_same() {
    let world = world(vec![secret("A")]);
    world.edition(&stage("A"), "old", 4, 40);
    let watched = watch(&world).await;
    world.edition(&stage("A"), "new", 5, 40);

    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("new"));
}

#[tokio::test(start_paused = true)]
async fn what_is_later_is_a_change_whatever_its_version() {
    for (version, time) in [(1, 60), (6, 50), (6, 60), (5, 60)] {
        let world = world(vec![secret("A")]);
        world.edition(&stage("A"), "old", 5, 50);
        let watched = watch(&world).await;

        world.edition(&stage("A"), "new", version, time);

        assert_eq!(watched.refresh().await.unwrap().value("A"), Some("new"), "{version} {time}");
    }
}
