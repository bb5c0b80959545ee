//! Keeps the memory of a long load small, whatever its size.
//!
//! glibc gives every busy thread an arena of its own and hands little of them back: loading a million records took 205 MB
//! with its defaults and 148 MB with two arenas. With two, the steps of a pass wait for each other's arena; with three they
//! do so half as often, for some 5 MB more (docs/measurements.md). It reads these settings from the environment when a
//! process starts, so the process starts itself again with them. Its id stays; what the user has set is left alone.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// What glibc is told: three arenas, big blocks of their own that go back at once, and an end of the heap that does too.
const SETTINGS: [(&str, &str); 3] =
    [("MALLOC_ARENA_MAX", "3"), ("MALLOC_MMAP_THRESHOLD_", "262144"), ("MALLOC_TRIM_THRESHOLD_", "1048576")];

/// Starts this process again with small arenas, once. Goes on as it is where that cannot be done.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(crate) fn start_small() {
    if std::env::var_os(SETTINGS[0].0).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    let (Ok(program), Some(name)) = (std::env::current_exe(), arguments.next()) else { return };
    let error = Command::new(program).arg0(name).args(arguments).envs(SETTINGS).exec();
    // Only a failure returns; it costs memory and nothing else.
    tracing::debug!(%error, "cannot start again with small arenas");
}

/// Other allocators have other habits.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn start_small() {}
