//! Genuine servers from Debian: each is a test's own process on a port of its own, with its files in a folder of its own,
//! and ends with the test.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{ports, prerequisite, process};

/// A running server on 127.0.0.1.
pub struct Daemon {
    pub port: u16,
    pub folder: TempDir,
    child: Child,
}

/// squid, with these `acl` and `http_access` lines and the accounts `name:password`.
pub fn squid(rules: &str, accounts: &[(&str, &str)]) -> Daemon {
    start("squid", |folder, port| {
        let hashed = |(name, password): &(&str, &str)| format!("{name}:{}", apr1(password));
        let passwords = accounts.iter().map(hashed).collect::<String>();
        fs::write(folder.join("passwords"), passwords).expect("a password file");
        let files = folder.display();
        let settings = format!(
            "http_port 127.0.0.1:{port}\npid_filename none\naccess_log none\ncache_log /dev/null\ncache deny all\n\
             memory_cache_shared off\nshutdown_lifetime 0 seconds\ncoredump_dir {files}\nforward_timeout 3 seconds\n\
             connect_timeout 2 seconds\nauth_param basic program /usr/lib/squid/basic_ncsa_auth {files}/passwords\n\
             auth_param basic children 8 startup=4 idle=1\nacl known proxy_auth REQUIRED\n{rules}\n"
        );
        // The name keeps its shared memory apart from every other squid's.
        vec!["-N".into(), "-n".into(), shared_name(port), "-f".into(), write(folder, "squid.conf", &settings)]
    })
}

/// tinyproxy with these lines.
pub fn tinyproxy(lines: &str) -> Daemon {
    start("tinyproxy", |folder, port| {
        let settings =
            format!("Port {port}\nListen 127.0.0.1\nTimeout 10\nMaxClients 50\nLogLevel Critical\n{lines}\n");
        vec!["-d".into(), "-c".into(), write(folder, "tinyproxy.conf", &settings)]
    })
}

/// nginx with this inside its `http` block; `PORT` is its port, `FOLDER` its folder, which holds `files`.
pub fn nginx(http: &str, files: &[(&str, &str)]) -> Daemon {
    start("nginx", |folder, port| {
        let http = filled_in(http, files, folder, port);
        let files = folder.display().to_string();
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let folders = kinds.map(|kind| format!("{kind}_temp_path {files}/{kind};\n")).concat();
        let settings = format!(
            "daemon off;\nmaster_process off;\npid {files}/pid;\nerror_log {files}/error.log;\n\
             events {{ worker_connections 256; }}\nhttp {{\naccess_log off;\n{folders}{http}\n}}\n"
        );
        vec!["-e".into(), format!("{files}/error.log"), "-c".into(), write(folder, "nginx.conf", &settings)]
    })
}

/// haproxy with these proxies; `PORT` is its port, `FOLDER` its folder, which holds `files`.
pub fn haproxy(proxies: &str, files: &[(&str, &str)]) -> Daemon {
    start("haproxy", |folder, port| {
        vec!["-f".into(), write(folder, "haproxy.cfg", &filled_in(proxies, files, folder, port))]
    })
}

/// stunnel with these services, in the foreground; `PORT` and `FOLDER` as above.
pub fn stunnel(services: &str, files: &[(&str, &str)]) -> Daemon {
    start("stunnel", |folder, port| {
        let settings = format!("foreground = yes\npid =\n{services}");
        vec![write(folder, "stunnel.conf", &filled_in(&settings, files, folder, port))]
    })
}

/// Settings with the places filled in, once the files are there.
fn filled_in(settings: &str, files: &[(&str, &str)], folder: &Path, port: u16) -> String {
    for (name, text) in files {
        write(folder, name, text);
    }
    settings.replace("PORT", &port.to_string()).replace("FOLDER", &folder.display().to_string())
}

/// dnsmasq with these lines, as the name server 127.0.0.1 of a network of the test's own.
pub fn dnsmasq(lines: &str) -> Daemon {
    let program = prerequisite::find("dnsmasq").expect("the daemon is installed");
    start_on(
        &program,
        || 53,
        |folder, _| {
            let settings = format!("keep-in-foreground\nno-resolv\nno-hosts\nuser=root\npid-file\n{lines}");
            vec!["-C".into(), write(folder, "dnsmasq.conf", &settings)]
        },
    )
}

/// `openssl s_server` that answers every GET with a page about itself; `certificate` is PEM, with its key.
pub fn s_server(certificate: &str, options: &[&str]) -> Daemon {
    start("openssl", |folder, port| {
        let certificate = write(folder, "server.pem", certificate);
        let fixed = ["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}"), "-cert", &certificate];
        fixed.iter().chain(options).map(ToString::to_string).collect()
    })
}

/// Olah of the environment of this Python, which mirrors the Hub at `upstream` (plain http). It asks again for every answer.
pub fn olah(python: &Path, upstream: SocketAddr) -> Daemon {
    let program = python.with_file_name("olah-cli");
    start_at(&program, |folder, port| {
        let files = folder.display();
        let hub = upstream.to_string();
        let options = [
            ("--host", "127.0.0.1"),
            ("--port", &port.to_string()),
            ("--hf-scheme", "http"),
            ("--hf-netloc", &hub),
            ("--hf-lfs-netloc", &hub),
            ("--mirror-netloc", &format!("127.0.0.1:{port}")),
            ("--repos-path", &format!("{files}/repos")),
            ("--log-path", &format!("{files}/logs")),
            ("--metadata-cache-ttl", "0"),
        ];
        options.iter().flat_map(|(name, value)| [(*name).to_owned(), (*value).to_owned()]).collect()
    })
}

/// [`start_at`] for a program that is installed on the machine.
fn start(program: &str, configure: impl Fn(&Path, u16) -> Vec<String>) -> Daemon {
    start_at(&prerequisite::find(program).expect("the daemon is installed"), configure)
}

/// [`start_on`] for a port that is not in use.
fn start_at(program: &Path, configure: impl Fn(&Path, u16) -> Vec<String>) -> Daemon {
    start_on(program, ports::unused, configure)
}

/// Starts `program` in the foreground with the arguments that `configure` makes for a folder and a port, and waits until
/// it listens. A port that was taken in between is given up for another.
fn start_on(program: &Path, pick: impl Fn() -> u16, configure: impl Fn(&Path, u16) -> Vec<String>) -> Daemon {
    let mut said = String::new();
    for _ in 0..4 {
        let folder = tempfile::tempdir().expect("a folder");
        // squid reads its files as a user of its own.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a folder for all");
        let port = pick();
        let arguments = configure(folder.path(), port);
        let log = folder.path().join("stderr");
        let mut command = Command::new(program);
        let child = process::dies_with_parent(&mut command, libc::SIGKILL)
            .args(arguments)
            .current_dir(folder.path())
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).expect("a log"))
            .spawn();
        let child = child.expect("the daemon can be started");
        let mut daemon = Daemon { port, folder, child };
        if daemon.listens() {
            return daemon;
        }
        said = fs::read_to_string(log).unwrap_or_default();
    }
    panic!("{} does not start: {said}", program.display())
}

impl Daemon {
    fn listens(&mut self) -> bool {
        let patience = Instant::now() + Duration::from_secs(20);
        while Instant::now() < patience && matches!(self.child.try_wait(), Ok(None)) {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return matches!(self.child.try_wait(), Ok(None));
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for entry in fs::read_dir("/dev/shm").into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(&format!("{}-", shared_name(self.port))) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn shared_name(port: u16) -> String {
    format!("hfp{port}")
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("a file of the daemon's");
    path.display().to_string()
}

fn apr1(password: &str) -> String {
    let output = Command::new("openssl").args(["passwd", "-apr1", password]).output().expect("openssl");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
