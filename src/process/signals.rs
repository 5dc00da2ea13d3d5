//! SIGTERM and SIGINT during the check.

use std::ffi::c_int;

/// Ends the process on these signals where it is the first one of a container. There the kernel does not apply default
/// actions, and `docker stop` would wait ten seconds. Anywhere else the default action is right, and stays. `execve` takes
/// the handlers away.
#[expect(unsafe_code, reason = "installing a signal handler")]
pub fn end_on_signals() {
    if std::process::id() != 1 {
        return;
    }
    for signal in [libc::SIGTERM, libc::SIGINT] {
        // SAFETY: `end` calls nothing but `_exit`, which is safe in a handler; an ignored signal stays ignored.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut action);
            if action.sa_sigaction == libc::SIG_DFL {
                action.sa_sigaction = end as *const () as libc::sighandler_t;
                libc::sigaction(signal, &raw const action, std::ptr::null_mut());
            }
        }
    }
}

#[expect(unsafe_code, reason = "a signal handler must not return to Rust's exit code")]
extern "C" fn end(signal: c_int) {
    // SAFETY: async-signal-safe.
    unsafe { libc::_exit(128 + signal) }
}
