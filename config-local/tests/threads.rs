//! Alone in its process, so that every thread but the test's own is the store's.
#![cfg(target_os = "linux")]

use bind_config_local::LocalSsm;

#[test]
fn no_thread_is_left_behind() {
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();

    let ssm = LocalSsm::start().unwrap();
    let during = threads();
    drop(ssm);

    assert_eq!(during, before + 1);
    // A joined thread may be listed for a moment: the kernel lets go of it after it wakes the joiner.
    for _ in 0..2_000 {
        if threads() == before {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("a thread is left");
}
