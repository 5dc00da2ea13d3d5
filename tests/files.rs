//! Files that are no plain files: links, mounts, pipes, devices, full disks. None of them changes the verdict, holds it up
//! or is destroyed.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use testkit::fake_hub::FakeHub;
use testkit::measure::measure;
use testkit::program::{self, Run, finish, variables};
use testkit::sandbox::{self, Resource};
use testkit::{scenario, tokens};

/// The time limit of the runs, and how late a verdict may come on a busy machine.
const LIMIT: Duration = Duration::from_secs(2);
const LATE: Duration = Duration::from_secs(1);

/// A run that ends with 40 by itself and takes no time.
fn refused(args: &[&str]) -> Command {
    program::command([&["--timeout", "2s"], args].concat(), &variables([("HF_TOKEN", "$HF_TOKEN")]))
}

/// A run that ends with 50, whose report has several times the 64 KiB that a pipe holds.
fn verbose(args: &[&str]) -> Command {
    let reads = (0..600).map(|at| format!("--read=acme/model-{at}"));
    let args = ["--timeout", "2s"].iter().chain(args).map(ToString::to_string).chain(reads);
    program::command(args, &variables([("HF_TOKEN", &tokens::user("big")), ("HF_HUB_OFFLINE", "1")]))
}

/// Runs it, and holds it to the time limit.
fn in_time(command: &mut Command) -> Run {
    program::finish_within(LIMIT + LATE, command)
}

fn is_report(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|report| report["schema"] == 1)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    names
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// A FIFO that is open for reading and writing, so that neither side waits for the other.
fn open_fifo(path: &Path) -> File {
    sandbox::fifo(path);
    OpenOptions::new().read(true).write(true).open(path).expect("a FIFO")
}

#[testkit::test]
fn a_report_to_an_open_descriptor_is_written_where_its_position_is() {
    let folder = folder();
    symlink("/proc/self/fd/1", folder.path().join("link")).expect("a link");
    symlink("link", folder.path().join("link to a link")).expect("a link");
    let own = format!("{}/../{}/link", folder.path().display(), folder.path().file_name().expect("a name").display());
    for (path, redirection) in [
        ("link", ""),
        ("link to a link", ""),
        (own.as_str(), ""),
        ("/proc/self/fd/1", ""),
        ("/dev/fd/1", ""),
        ("/dev/fd/3", "3>&1"),
        ("/proc/self/fd/9", "9>&1"),
        ("/proc/thread-self/fd/1", ""),
        ("/dev/../dev/fd/1", ""),
    ] {
        let line = format!("(echo before; \"$P\" -q --report '{path}' {redirection}; echo $?) >out 2>err");
        let shell = &mut Command::new("/bin/sh");
        finish(shell.args(["-c", &line]).current_dir(folder.path()).env_clear().env("P", program::path()));
        let out = fs::read_to_string(folder.path().join("out")).expect("an output");
        let lines: Vec<_> = out.lines().collect();
        assert_eq!((lines.len(), lines.first(), lines.last()), (3, Some(&"before"), Some(&"40")), "{path}: {out}");
        assert!(is_report(lines[1]), "{path}: {out}");
        assert!(folder.path().join("link").is_symlink(), "{path}: the link is still a link");
        assert_eq!(names(folder.path()), ["err", "link", "link to a link", "out"], "{path}");
    }
}

/// As root, in a namespace where `/dev` is a copy: what goes wrong here would go wrong for the whole machine.
#[testkit::test(needs(MOUNTS))]
fn the_links_and_devices_of_dev_stay_what_they_are() {
    let script = "mount -t tmpfs none /dev; cd /dev; ln -s /proc/self/fd fd; ln -s fd/1 stdout; ln -s fd/2 stderr; \
         mknod null c 1 3; mknod full c 1 7; mknod disk b 7 99; \
         for f in stdout stderr null full disk; do \"$P\" -q --report /dev/$f >/mnt/$f 2>/mnt/$f.err || echo $f $?; done; \
         ls -A /dev; test -L stdout && test -L stderr && test -c null && test -c full && test -b disk; \
         head -c 11 /mnt/stdout; echo; tail -n 1 /mnt/stderr.err | head -c 11; echo; \
         cat /mnt/full.err /mnt/disk.err | grep -c 'could not be written'";
    let run = finish(sandbox::with_mounts(&format!("mount -t tmpfs none /mnt; {script}")).env("P", program::path()));
    let expected = "stdout 40\nstderr 40\nnull 40\nfull 40\ndisk 40\ndisk\nfd\nfull\nnull\nstderr\nstdout\n{\"schema\":1\n{\"schema\":1\n2\n";
    assert_eq!((run.status, run.stdout.as_str()), (0, expected), "{run:?}");
}

#[testkit::test]
fn the_target_of_a_link_is_replaced_and_never_the_link() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("sub")).expect("a folder");
    fs::write(at("sub/old"), "old").expect("a file");
    symlink("sub/old", at("relative")).expect("a link");
    symlink("../relative", at("sub/chain")).expect("a link");
    symlink(at("sub/new"), at("dangling")).expect("a link");
    for (link, target) in [("relative", "sub/old"), ("sub/chain", "sub/old"), ("dangling", "sub/new")] {
        let run = finish(&mut refused(&["-q", "--report", &at(link).display().to_string()]));
        assert!(run.status == 40 && !run.stderr.contains("warning"), "{run:?}");
        assert!(at(link).is_symlink(), "{link}");
        assert!(is_report(&fs::read_to_string(at(target)).expect("a report")), "{link}");
        assert_eq!(at(target).metadata().expect("a file").permissions().mode() & 0o777, 0o600, "{link}");
        fs::write(at(target), "old").expect("a file");
    }
    symlink("circle", at("circle")).expect("a link");
    let run = finish(&mut refused(&["-q", "--report", &at("circle").display().to_string()]));
    assert!(run.status == 40 && run.stderr.contains("could not be written"), "{run:?}");
    assert_eq!(names(folder.path()), ["circle", "dangling", "relative", "sub"]);
    assert_eq!(names(&at("sub")), ["chain", "new", "old"]);
}

/// A mount cannot be renamed over, and Kubernetes' `/dev/termination-log` is one in a folder that only root may write to.
#[testkit::test(needs(MOUNTS))]
fn a_file_that_cannot_be_replaced_is_written_in_place() {
    for (name, setup) in [
        ("a mount", "mount --bind given file"),
        (
            "a mount in a read-only folder",
            "mount --bind given file; mount -o bind,ro . .; mount --bind /mnt/given file",
        ),
        ("a folder of others", "chmod 666 file; chmod 755 .; as='setpriv --reuid 4711 --clear-groups'"),
        ("a sticky folder", "chmod 666 file; chmod 1777 .; as='setpriv --reuid 4711 --clear-groups'"),
    ] {
        let script = format!(
            "mount -t tmpfs none /mnt; cp \"$P\" /mnt/program; echo long >/mnt/given; mkdir /mnt/f; mount -t tmpfs none /mnt/f; \
             cd /mnt/f; echo >given; echo given >file; as=; {setup}; cd /mnt/f; \
             $as /mnt/program -q --report /mnt/f/file || echo $?; ls -A; cat file"
        );
        let run = finish(sandbox::with_mounts(&script).env("P", program::path()));
        let lines: Vec<_> = run.stdout.lines().collect();
        assert_eq!(lines.get(..3), Some(&["40", "file", "given"][..]), "{name}: {run:?}");
        assert!(lines.len() == 4 && is_report(lines[3]) && !run.stderr.contains("warning"), "{name}: {run:?}");
    }
}

#[testkit::test]
fn what_cannot_be_written_is_named_and_leaves_nothing_behind() {
    let folder = folder();
    fs::create_dir(folder.path().join("folder")).expect("a folder");
    fs::write(folder.path().join("file"), "old").expect("a file");
    let listener = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).expect("a socket");
    let long = "n".repeat(300);
    for (path, why) in [
        ("folder", "it is a directory"),
        ("new/", "is a directory"),
        ("none/report", "its folder does not exist"),
        ("file/report", "not a directory"),
        ("..", "is a directory"),
        ("/", "is a directory"),
        ("/proc/report", ""),
        ("/dev/full", "no storage space"),
        ("/dev/fd/77", "Bad file descriptor"),
        ("socket", "it is a socket"),
        (&long, "invalid filename"),
    ] {
        let mut command = refused(&["-q", "--report", path]);
        let run = in_time(command.current_dir(folder.path()));
        let warning =
            run.stderr.lines().find(|line| line.contains("the report could not be written to ")).unwrap_or("");
        assert!(run.status == 40 && warning.to_lowercase().contains(&why.to_lowercase()), "{path}: {run:?}");
    }
    assert_eq!(names(folder.path()), ["file", "folder", "socket"]);
    drop(listener);
}

#[testkit::test(needs(MOUNTS))]
fn a_full_disk_keeps_the_old_report() {
    let script = "mount -t tmpfs -o size=16k none /mnt; cd /mnt; echo old >report; \
         head -c 1M /dev/zero >filler 2>/dev/null || true; \
         \"$P\" -q --report report || echo $?; \"$P\" -q --report new || echo $?; ls -A; cat report; \
         mount -o remount,ro /mnt; \"$P\" -q --report report || echo $?; ls -A";
    let run = finish(sandbox::with_mounts(script).env("P", program::path()));
    assert_eq!(run.stdout, "40\n40\nfiller\nreport\nold\n40\nfiller\nreport\n", "{run:?}");
    assert_eq!(run.stderr.matches("could not be written to report: no storage space").count(), 1, "{run:?}");
    assert_eq!(run.stderr.matches("could not be written to new: no storage space").count(), 1, "{run:?}");
    assert_eq!(run.stderr.matches("could not be written to report: read-only file").count(), 1, "{run:?}");
}

#[testkit::test]
fn a_limit_on_the_size_of_files_does_not_end_the_process() {
    let folder = folder();
    let path = folder.path().join("report");
    let out = File::create(folder.path().join("out")).expect("a file");
    let mut command = refused(&["--report", &path.display().to_string(), "--format", "json"]);
    sandbox::limit(&mut command, Resource::FileSize, 0);
    let run = finish(command.stdout(out));
    assert!(run.status == 40 && run.stderr.contains("could not be written"), "{run:?}");
    assert_eq!(names(folder.path()), ["out"]);
    // COMMAND has the default action again, and the limit ends it.
    let hub = FakeHub::start(scenario::hub_state());
    let variables = variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
    ]);
    let mut command = program::command(["-q", "--", "/bin/sh", "-c", "echo too much >out"], &variables);
    sandbox::limit(&mut command, Resource::FileSize, 0);
    let run = finish(command.current_dir(folder.path()));
    assert_eq!(run.status, 128 + libc::SIGXFSZ, "{run:?}");
}

#[testkit::test]
fn a_slow_pipe_gets_the_whole_report() {
    let folder = folder();
    let path = folder.path().join("fifo");
    sandbox::fifo(&path);
    let reader = {
        let path = path.clone();
        thread::spawn(move || {
            // It opens late, and begins to read later.
            thread::sleep(Duration::from_millis(400));
            let mut fifo = File::open(path).expect("a FIFO");
            thread::sleep(Duration::from_millis(400));
            let mut text = String::new();
            fifo.read_to_string(&mut text).expect("text");
            text
        })
    };
    let run = in_time(&mut verbose(&["-q", "--report", &path.display().to_string()]));
    assert!(run.status == 50 && !run.stderr.contains("could not be written"), "{run:?}");
    let text = reader.join().expect("a reader");
    assert!(text.len() > 1 << 17 && is_report(&text), "{} bytes", text.len());
}

#[testkit::test]
fn a_pipe_that_nobody_reads_never_holds_up_the_verdict() {
    let folder = folder();
    let (none, deaf) = (folder.path().join("none"), folder.path().join("deaf"));
    sandbox::fifo(&none);
    let _open = open_fifo(&deaf);
    for path in [&none, &deaf] {
        let path = path.display().to_string();
        let run = in_time(&mut verbose(&["-q", "--report", &path]));
        let warned = format!("the report could not be written to {path}: writing to it took too long");
        assert!(run.status == 50 && run.stderr.contains(&warned), "{run:?}");
        let mut command = refused(&["--format", "github"]);
        fill(&deaf);
        let run = in_time(command.env("GITHUB_STEP_SUMMARY", &path));
        let warned = format!("the summary could not be written to {path}: writing to it took too long");
        assert!(run.status == 40 && run.stderr.contains(&warned), "{run:?}");
    }
}

/// Fills a FIFO that is open for reading.
fn fill(path: &Path) {
    let mut fifo = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(path).expect("a FIFO");
    while fifo.write(&[b'x'; 4096]).is_ok() {}
    while fifo.write(b"x").is_ok() {}
}

#[testkit::test]
fn streams_that_nobody_reads_never_hold_up_the_verdict() {
    let folder = folder();
    let path = folder.path().join("fifo");
    let fifo = open_fifo(&path);
    fill(&path);
    let full = || Stdio::from(fifo.as_fd().try_clone_to_owned().expect("a descriptor"));
    for args in [&["--format", "text"][..], &["--format", "json"], &["--format", "github"], &["--frobnicate"]] {
        let (status, mut command) = match args {
            ["--frobnicate"] => (2, refused(args)),
            _ => (50, verbose(args)),
        };
        let child = command.stdout(full()).stderr(full()).spawn().expect("a run");
        let run = program::wait_within(LIMIT + LATE, child);
        assert_eq!(run.status, status, "{args:?}");
    }
    // Where the reader does read, it gets everything.
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut child = verbose(&["--format", "json"]).stdout(writer).spawn().expect("a run");
    thread::sleep(Duration::from_millis(300));
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("text");
    assert_eq!(child.wait().expect("an end").code(), Some(50));
    assert!(text.len() > 1 << 17 && is_report(&text));
}

#[testkit::test]
fn a_summary_that_cannot_be_written_never_changes_the_status() {
    let folder = folder();
    let path = folder.path().join("link");
    fs::write(folder.path().join("summary"), "before\n").expect("a summary");
    symlink("summary", &path).expect("a link");
    for (path, why) in [
        ("/dev/full", Some("no storage space")),
        ("/proc/none", Some("")),
        ("/", Some("is a directory")),
        ("none/summary", Some("its folder does not exist")),
        ("/dev/null", None),
        ("link", None),
    ] {
        let mut command = refused(&["--format", "github"]);
        let run = in_time(command.env("GITHUB_STEP_SUMMARY", path).current_dir(folder.path()));
        assert_eq!(run.status, 40, "{path}: {run:?}");
        let warned = run.stderr.contains("the summary could not be written to ");
        assert!(warned == why.is_some() && run.stderr.contains(why.unwrap_or_default()), "{path}: {run:?}");
    }
    assert!(path.is_symlink());
    assert!(fs::read_to_string(path).expect("a summary").starts_with("before\n### hf-token-check\n"));
}

#[testkit::test(needs(SECCOMP))]
fn a_token_file_that_does_not_end_is_given_up_in_time_with_and_without_threads() {
    let folder = folder();
    let (none, open) = (folder.path().join("none"), folder.path().join("open"));
    sandbox::fifo(&none);
    let mut writer = open_fifo(&open);
    writer.write_all(b"hf_").expect("three letters");
    let (none, open) = (none.display().to_string(), open.display().to_string());
    let mut cases = vec![
        (none.as_str(), "reading it took too long"),
        (&open, "reading it took too long"),
        ("/dev/zero", "it is larger than 64 KiB"),
        ("/dev/full", "it is larger than 64 KiB"),
        ("/dev/null", "it is empty"),
        ("/dev/fd/77", "it does not exist"),
    ];
    if OpenOptions::new().read(true).open("/proc/kmsg").is_ok() {
        cases.push(("/proc/kmsg", ""));
    }
    for (path, why) in cases {
        for has_threads in [true, false] {
            let mut command = refused(&["--token-file", path]);
            if !has_threads {
                sandbox::refuse(&mut command, sandbox::THREADS, libc::EAGAIN);
            }
            let run = in_time(&mut command);
            let folded = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(run.status == 40 && folded.contains(why), "{path}, threads {has_threads}: {run:?}");
        }
    }
}

#[testkit::test(needs(SECCOMP))]
fn a_pipe_without_threads_delivers_its_token() {
    let hub = FakeHub::start(scenario::hub_state());
    let folder = folder();
    let path = folder.path().join("fifo");
    sandbox::fifo(&path);
    let writer = {
        let path = path.clone();
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            fs::write(path, scenario::secret("write")).expect("a reader");
        })
    };
    let variables = variables([("HF_ENDPOINT", &hub.endpoint), ("SSL_CERT_FILE", &hub.ca.display().to_string())]);
    let mut command = program::command(["--token-file", &path.display().to_string(), "-w", "acme/model"], &variables);
    sandbox::refuse(&mut command, sandbox::THREADS, libc::EAGAIN);
    let run = finish(&mut command);
    writer.join().expect("a writer");
    assert_eq!(run.status, 0, "{run:?}");
}

#[testkit::test]
fn audited_files_that_block_are_passed_over() {
    let hub = FakeHub::start(scenario::hub_state());
    let folder = folder();
    let fifo = folder.path().join("fifo");
    sandbox::fifo(&fifo);
    let variables = variables([
        ("HF_ENDPOINT", &hub.endpoint),
        ("SSL_CERT_FILE", &hub.ca.display().to_string()),
        ("HF_TOKEN", &scenario::secret("write")),
    ]);
    for path in [fifo.display().to_string().as_str(), "/proc/kmsg", "/dev/zero", "/dev/tty", "/proc/self/mem"] {
        let args = ["--audit", "--timeout", "2s", "-r", "acme/model", "--", "/bin/echo", path];
        let run = in_time(&mut program::command(args, &variables));
        assert_eq!((run.status, run.stdout.trim_end()), (0, path), "{run:?}");
    }
}

/// FUSE without a server behind it: every system call about it blocks, `O_NONBLOCK` or not.
#[testkit::test(needs(FUSE))]
fn a_file_system_that_hangs_does_not_hold_up_the_verdict() {
    let hub = FakeHub::start(scenario::hub_state());
    for (args, status, said) in [
        (&["--report", "/mnt/report", "-w", "acme/model"][..], 0, "the report could not be written to /mnt/report"),
        (&["--token-file", "/mnt/token"], 40, "reading it took too long"),
        (&["--audit", "-w", "acme/model", "--", "/bin/echo", "/mnt/script"], 0, "pass"),
        (&["-w", "acme/model"], 50, "reading the certificates of SSL_CERT_FILE took too long"),
    ] {
        let mut command = sandbox::with_mounts(&format!("{}; exec \"$@\"", sandbox::HANGING_FILE_SYSTEM));
        command.arg(program::path()).args(["--timeout", "2s"]).args(args);
        let ca = if said.contains("certificates") { Path::new("/mnt/ca") } else { &hub.ca };
        command.env("HF_ENDPOINT", &hub.endpoint).env("SSL_CERT_FILE", ca);
        let run = in_time(command.env("HF_TOKEN", scenario::secret("write")));
        let folded = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(run.status == status && folded.contains(said), "{args:?}: {run:?}");
    }
}

#[testkit::test]
fn no_file_costs_more_than_32_mib() {
    let hub = FakeHub::start(scenario::hub_state());
    let folder = folder();
    let sparse = folder.path().join("sparse");
    let file = File::create(&sparse).expect("a file");
    // As large as this file system lets it be.
    assert!((0..=36).rev().any(|power| file.set_len(1 << power).is_ok()));
    let script = folder.path().join("script");
    fs::write(&script, "token = 'hf_' # ".repeat((1 << 20) / 16)).expect("a script");
    // Many certificates, each as small as it can be, in bundles that are all looked at.
    let bundles = folder.path().join("bundles");
    fs::create_dir(&bundles).expect("a folder");
    let ca = fs::read_to_string(&hub.ca).expect("a CA");
    fs::write(bundles.join("0a1b2c3d.0"), ca.repeat((7 << 20) / ca.len())).expect("a bundle");
    for number in 1..24 {
        fs::hard_link(bundles.join("0a1b2c3d.0"), bundles.join(format!("0a1b2c3d.{number}"))).expect("a link");
    }
    let (sparse, script) = (sparse.display().to_string(), script.display().to_string());
    let (own, bundles) = (hub.ca.display().to_string(), bundles.display().to_string());
    let own = ("SSL_CERT_FILE", &*own);
    for (args, ca, status) in [
        (vec!["--token-file", &sparse], own, 40),
        (vec!["--token-file", "/dev/zero"], own, 40),
        (vec!["--report", &sparse, "-w", "acme/model"], own, 0),
        (vec!["--audit", "-w", "acme/model", "--", "/bin/true", &sparse, &script, "/dev/zero", "/proc/kcore"], own, 0),
        (vec!["-w", "acme/model"], ("SSL_CERT_FILE", &sparse), 50),
        (vec!["-w", "acme/model"], ("SSL_CERT_DIR", &bundles), 0),
    ] {
        let variables = variables([("HF_ENDPOINT", &*hub.endpoint), ca, ("HF_TOKEN", &scenario::secret("write"))]);
        let measured = measure(&program::command(&args, &variables));
        assert_eq!(measured.run.status, status, "{args:?} {ca:?}: {measured:?}");
        assert!(measured.usage.peak_kib < 32 * 1024, "{args:?} {ca:?}: {} KiB", measured.usage.peak_kib);
    }
}

/// The names of hosts, in files that no editor made: a line without an end, more addresses than anyone can try, a pipe.
#[testkit::test(needs(MOUNTS))]
fn no_hosts_file_costs_more_than_32_mib_or_is_waited_for() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let sparse = File::create(path("sparse")).expect("a file");
    assert!((0..=36).rev().any(|power| sparse.set_len(1 << power).is_ok()));
    fs::write(path("many"), "127.0.0.1 hub.test\n".repeat(1 << 20)).expect("a file");
    sandbox::fifo(&path("pipe"));
    for (name, code) in [("sparse", "net-dns"), ("many", "net-refused"), ("pipe", "net-dns")] {
        let mut command = sandbox::with_mounts(
            "mount --bind \"$1\" /etc/hosts; mount --bind /dev/null /etc/resolv.conf; shift; exec \"$@\"",
        );
        command.arg(path(name)).arg(program::path()).args(["--timeout", "2s", "--endpoint", "https://hub.test:1"]);
        let measured = measure(command.env("HF_TOKEN", scenario::secret("write")));
        let (run, usage) = (&measured.run, measured.usage);
        assert!(run.status == 50 && run.stderr.contains(code), "{name}: {run:?}");
        assert!(usage.peak_kib < 32 * 1024 && usage.wall < LIMIT + LATE, "{name}: {usage:?}");
    }
}
