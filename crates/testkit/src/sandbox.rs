//! A child process that lacks something: descriptors, threads, system calls, space on a disk.

#![expect(unsafe_code, reason = "limits and filters are set between fork and exec, and have no safe form in libc")]

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::process::before_exec;

/// What a limit counts.
#[derive(Clone, Copy, Debug)]
pub enum Resource {
    /// `ulimit -n`.
    OpenFiles,
    /// `ulimit -f`, in bytes.
    FileSize,
}

/// Limits the child.
pub fn limit(command: &mut Command, resource: Resource, most: u64) {
    let resource = match resource {
        Resource::OpenFiles => libc::RLIMIT_NOFILE,
        Resource::FileSize => libc::RLIMIT_FSIZE,
    };
    let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
    before_exec(command, move || {
        // SAFETY: the structure outlives the call, which only reads it.
        errno(unsafe { libc::setrlimit(resource, &raw const limit) })
    });
}

/// The system calls that start a thread. The child may still `execve`.
pub const THREADS: &[libc::c_long] = &[libc::SYS_clone, libc::SYS_clone3];

/// Makes these system calls fail with `error` in the child and in what it executes, as a seccomp profile does.
pub fn refuse(command: &mut Command, calls: &[libc::c_long], error: i32) {
    let statement = |code: u32, k: u32| libc::sock_filter { code: code.try_into().expect("a code"), jt: 0, jf: 0, k };
    let load_the_number = statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0);
    let mut filter = vec![load_the_number];
    for call in calls {
        let number = u32::try_from(*call).expect("the number of a call");
        filter.push(libc::sock_filter { jf: 1, ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, number) });
        let fail = libc::SECCOMP_RET_ERRNO | u32::try_from(error).expect("an error number");
        filter.push(statement(libc::BPF_RET | libc::BPF_K, fail));
    }
    filter.push(statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW));
    before_exec(command, move || {
        let len = u16::try_from(filter.len()).map_err(io::Error::other)?;
        let program = libc::sock_fprog { len, filter: filter.as_mut_ptr() };
        // SAFETY: both calls read the program, which outlives them.
        unsafe {
            errno(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
            errno(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program))
        }
    });
}

fn errno(result: libc::c_int) -> io::Result<()> {
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether a child of this test may be refused system calls.
pub fn may_refuse() -> bool {
    let mut command = Command::new("true");
    refuse(&mut command, &[libc::SYS_epoll_create1], libc::EPERM);
    command.status().is_ok()
}

/// A shell in a mount namespace of its own that runs `script`. What it mounts ends with it.
pub fn with_mounts(script: &str) -> Command {
    let mut command = Command::new("/usr/bin/unshare");
    command.args(["--mount", "--propagation", "private", "/bin/sh", "-euc", script, "sh"]);
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

/// The same command in a mount namespace of its own, after `script`, which finds its programs by their paths.
pub fn within(script: &str, command: &Command) -> Command {
    let mut inside = with_mounts(&format!("{script}\nexec \"$@\""));
    inside.arg(command.get_program()).args(command.get_args()).env_clear();
    inside.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(folder) = command.get_current_dir() {
        inside.current_dir(folder);
    }
    inside
}

/// Hides every place where distributions keep the CA certificates that the machine trusts.
pub const NO_CA_STORE: &str = "for folder in /etc/ssl /etc/pki /usr/local/share/certs; do
    if [ -d \"$folder\" ]; then /bin/mount -t tmpfs none \"$folder\"; fi
done";

/// Whether this process may mount things.
pub fn may_mount() -> bool {
    with_mounts("mount -t tmpfs none /mnt").output().is_ok_and(|output| output.status.success())
}

/// Mounts on `/mnt` a FUSE file system without a server: every system call about a file there blocks, whatever its flags.
pub const HANGING_FILE_SYSTEM: &str =
    "exec 9<>/dev/fuse; mount -i -t fuse -o fd=9,rootmode=40000,user_id=0,group_id=0 none /mnt";

/// Whether it can be mounted.
pub fn may_mount_fuse() -> bool {
    with_mounts(HANGING_FILE_SYSTEM).output().is_ok_and(|output| output.status.success())
}

/// A FIFO at `path`.
pub fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success() && fs::symlink_metadata(path).is_ok(), "{}", path.display());
}
