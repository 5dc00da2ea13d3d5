//! The state in which the parent started this process, as far as this process changes it. COMMAND gets it back.

use std::ffi::c_int;
use std::sync::atomic::{AtomicU32, Ordering};

/// A set of [`ignored`] and [`closed`] bits, recorded by [`record`].
static INHERITED: AtomicU32 = AtomicU32::new(0);

/// Signals whose disposition changes: Rust's runtime ignores SIGPIPE and [`ignore_file_size_signal`] ignores SIGXFSZ. 32
/// and 33 are those with which glibc and musl talk to their threads: starting a thread takes them.
const SIGNALS: [c_int; 4] = [libc::SIGPIPE, libc::SIGXFSZ, 32, 33];

/// The bit for a signal of [`SIGNALS`] that was ignored.
const fn ignored(index: usize) -> u32 {
    1 << index
}

/// The bit for a standard descriptor that was closed.
const fn closed(descriptor: c_int) -> u32 {
    1 << (8 + descriptor)
}

/// Runs before Rust's runtime, which ignores SIGPIPE and opens `/dev/null` on standard descriptors that are closed.
#[used]
#[cfg_attr(not(target_os = "macos"), unsafe(link_section = ".init_array"))]
#[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__mod_init_func"))]
#[expect(unsafe_code, reason = "nothing else runs before the runtime changes this state")]
static RECORD: extern "C" fn() = record;

#[expect(unsafe_code, reason = "fcntl on a number that may not be open has no safe form")]
extern "C" fn record() {
    let mut seen = 0;
    for (index, signal) in SIGNALS.into_iter().enumerate() {
        if disposition::is_ignored(signal) {
            seen |= ignored(index);
        }
    }
    for descriptor in 0..3 {
        // SAFETY: it only reads the state of this process.
        if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } == -1 {
            seen |= closed(descriptor);
        }
    }
    INHERITED.store(seen, Ordering::Relaxed);
}

/// Makes a write beyond `ulimit -f` an error. The default action of SIGXFSZ would end the process without a verdict.
pub fn ignore_file_size_signal() {
    disposition::ignore(libc::SIGXFSZ);
}

/// Gives back what this process changed, just before it becomes COMMAND.
#[expect(unsafe_code, reason = "closing a descriptor that nobody owns has no safe form")]
pub fn restore() {
    let seen = INHERITED.load(Ordering::Relaxed);
    for (index, signal) in SIGNALS.into_iter().enumerate() {
        if seen & ignored(index) != 0 {
            disposition::ignore(signal);
        } else {
            disposition::reset(signal);
        }
    }
    for descriptor in (0..3).filter(|descriptor| seen & closed(*descriptor) != 0) {
        // SAFETY: only the runtime opened it, and nothing uses it any more.
        unsafe { libc::close(descriptor) };
    }
}

/// Signal dispositions, from the kernel: the C library refuses to tell about or change the signals it keeps to itself.
#[cfg(target_os = "linux")]
mod disposition {
    use std::ffi::c_int;

    /// The kernel's `struct sigaction` on 64-bit Linux: handler, flags, restorer, mask.
    type Action = [usize; 4];

    pub fn is_ignored(signal: c_int) -> bool {
        let mut action: Action = [0; 4];
        call(signal, std::ptr::null(), &raw mut action);
        action[0] == libc::SIG_IGN
    }

    pub fn ignore(signal: c_int) {
        set(signal, libc::SIG_IGN);
    }

    pub fn reset(signal: c_int) {
        set(signal, libc::SIG_DFL);
    }

    fn set(signal: c_int, handler: usize) {
        let action: Action = [handler, 0, 0, 0];
        call(signal, &raw const action, std::ptr::null_mut());
    }

    #[expect(unsafe_code, reason = "the C library's sigaction refuses some signals")]
    fn call(signal: c_int, new: *const Action, old: *mut Action) {
        // SAFETY: both pointers are null or point to a whole structure, and the mask is eight bytes long.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, signal, new, old, 8_usize) };
    }
}

/// Signal dispositions. Without glibc or musl, no signal is the C library's own, and 32 and 33 do not exist.
#[cfg(not(target_os = "linux"))]
mod disposition {
    use std::ffi::c_int;

    #[expect(unsafe_code, reason = "sigaction has no safe form in libc")]
    pub fn is_ignored(signal: c_int) -> bool {
        // SAFETY: it only reads the state of this process, into memory that is ours.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, std::ptr::null(), &raw mut action) == 0 && action.sa_sigaction == libc::SIG_IGN
        }
    }

    pub fn ignore(signal: c_int) {
        set(signal, libc::SIG_IGN);
    }

    pub fn reset(signal: c_int) {
        set(signal, libc::SIG_DFL);
    }

    #[expect(unsafe_code, reason = "signal has no safe form in libc")]
    fn set(signal: c_int, handler: libc::sighandler_t) {
        // SAFETY: it sets a disposition without a handler.
        unsafe { libc::signal(signal, handler) };
    }
}
