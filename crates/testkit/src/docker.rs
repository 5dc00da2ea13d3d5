//! The Docker engine of this machine. No registry is needed: images are the shipped Dockerfile built with this machine's
//! own toolchain, and programs of this machine with the libraries that they name.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::program::{self, Run};

/// The name under which the image is published, and by which users' Dockerfiles copy from it.
pub static IMAGE: LazyLock<String> =
    LazyLock::new(|| format!("ghcr.io/hf-token-check/hf-token-check:{}", program::version()));

/// An engine that answers.
pub struct Docker(());

/// A network of the test's own, without a way out, gone when this value is.
pub struct Network {
    pub name: String,
}

/// A container in the background, gone when this value is.
pub struct Container {
    pub name: String,
}

/// The engine. A test that calls this needs `DOCKER`.
pub fn engine() -> Docker {
    let engine = Docker(());
    engine.must(["version"]);
    engine
}

impl Docker {
    /// Runs `docker` with these arguments to its end.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        program::finish(Command::new("docker").args(args).stdin(Stdio::null()))
    }

    /// The same where nothing may go wrong; gives stdout, without the end of its last line.
    pub fn must<S: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = S>) -> String {
        let run = self.run(args);
        assert_eq!(run.status, 0, "{run:?}");
        run.stdout.trim_end().to_owned()
    }

    /// The image of the shipped Dockerfile, unmodified, as [`IMAGE`]; or one like it, of a binary that is there already.
    pub fn shipped(&self) -> &'static str {
        if let Some(binary) = program::given() {
            return self.wrap(&binary);
        }
        let root = program::root();
        let toolchain = self.toolchain();
        let _lock = lock("image");
        // The engine's own cache sees to it that only the first test of a run pays.
        let mut build = Command::new("docker");
        build.env("DOCKER_BUILDKIT", "0").arg("build").arg("--network=none");
        build.args(["--build-arg", &format!("BUILD_IMAGE={toolchain}"), "--tag", &IMAGE]).arg(root);
        let built = build.stdin(Stdio::null()).output().expect("docker");
        assert!(built.status.success(), "{}\n{}", text(&built.stdout), text(&built.stderr));
        &IMAGE
    }

    /// What the Dockerfile's last stage makes of a binary.
    fn wrap(&self, binary: &Path) -> &'static str {
        let _lock = lock("image");
        let folder = tempfile::tempdir().expect("a folder");
        fs::copy(binary, folder.path().join("hf-token-check")).expect("a copy");
        let archive = folder.path().join("root.tar").display().to_string();
        let packed = Command::new("tar")
            .args(["--create", "--file", &archive, "--directory"])
            .arg(folder.path())
            .arg("hf-token-check")
            .status();
        assert!(packed.expect("tar").success());
        let changes = ["--change", "USER 65532:65532", "--change", "ENTRYPOINT [\"/hf-token-check\"]"];
        self.must([&["import"], &changes[..], &[archive.as_str(), &IMAGE]].concat());
        &IMAGE
    }

    /// An image of programs of this machine, with nothing but the libraries that they name.
    pub fn image(&self, name: &str, programs: &[&Path]) -> String {
        let _lock = lock(name);
        let mut files: BTreeSet<PathBuf> = programs.iter().map(|program| program.to_path_buf()).collect();
        for program in programs {
            let listed = Command::new("ldd").arg(program).output().expect("ldd");
            let paths = text(&listed.stdout);
            files.extend(paths.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from));
        }
        let mark = |file: &PathBuf| {
            let about = fs::metadata(file).ok();
            format!("{} {:?}\n", file.display(), about.map(|about| (about.len(), about.modified().ok())))
        };
        let tag = format!("hfp-{name}:{:016x}", fingerprint(files.iter().map(mark).collect::<String>().as_bytes()));
        if self.has(&tag) { tag } else { self.import(&tag, &files, &[]) }
    }

    /// This machine's Rust and C compilers, and the crates of `Cargo.lock`, as an image that builds without a network.
    fn toolchain(&self) -> String {
        let rustc = text(&Command::new("rustc").arg("-V").output().expect("rustc").stdout);
        let lock_file = fs::read(program::root().join("Cargo.lock")).expect("Cargo.lock");
        let tag = format!("hfp-toolchain:{:016x}", fingerprint(&[rustc.as_bytes(), &lock_file].concat()));
        let _lock = lock("toolchain");
        if self.has(&tag) {
            return tag;
        }
        let packages = "gcc gcc-12 cpp cpp-12 binutils binutils-common binutils-x86-64-linux-gnu libbinutils libc6 libc6-dev libc-bin linux-libc-dev \
            libcrypt-dev libcc1-0 libgcc-12-dev libgcc-s1 libgomp1 libisl23 libmpc3 libmpfr6 libgmp10 zlib1g libzstd1 libctf0 libctf-nobfd0 libjansson4 libgprofng0 \
            dash sed coreutils libselinux1 libpcre2-8-0 libacl1 libattr1";
        let mut list = Command::new("dpkg");
        list.arg("-L").args(packages.split_whitespace());
        let listed = text(&list.output().expect("dpkg").stdout);
        let is_needed =
            |path: &&str| path.starts_with('/') && !path.starts_with("/usr/share/") && !Path::new(path).is_dir();
        let mut files: BTreeSet<PathBuf> = listed.lines().filter(is_needed).map(PathBuf::from).collect();
        let sysroot = text(&Command::new("rustc").args(["--print", "sysroot"]).output().expect("rustc").stdout);
        let sysroot = PathBuf::from(sysroot.trim());
        files.extend([sysroot.join("bin/rustc"), sysroot.join("bin/cargo"), sysroot.join("lib")]);
        files.extend(["/usr/bin/cc", "/etc/alternatives/cc"].map(PathBuf::from));
        let home = std::env::var_os("CARGO_HOME")
            .map_or_else(|| PathBuf::from(std::env::var_os("HOME").expect("HOME")).join(".cargo"), PathBuf::from);
        files.extend([home.join("registry/index"), home.join("registry/cache")]);
        let path = format!("ENV PATH={}:/usr/bin:/bin", sysroot.join("bin").display());
        let home = format!("ENV CARGO_HOME={}", home.display());
        let changes = [path.as_str(), &home, "ENV CARGO_NET_OFFLINE=true", "ENV TMPDIR=/"];
        self.import(&tag, &files, &changes)
    }

    fn has(&self, tag: &str) -> bool {
        self.run(["image", "inspect", tag]).status == 0
    }

    /// An image of these files of this machine, where they are here, links and what they point to included.
    fn import(&self, tag: &str, files: &BTreeSet<PathBuf>, changes: &[&str]) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let (list, archive) = (folder.path().join("list"), folder.path().join("root.tar"));
        let mut paths: BTreeSet<PathBuf> =
            ["/bin", "/lib", "/lib64"].into_iter().map(PathBuf::from).filter(|path| path.is_symlink()).collect();
        for file in files {
            let parent = file.parent().expect("a folder").canonicalize();
            paths.extend(parent.ok().zip(file.file_name()).map(|(parent, name)| parent.join(name)));
            paths.extend(file.canonicalize());
        }
        let lines: Vec<_> = paths
            .iter()
            .filter_map(|path| path.strip_prefix("/").ok())
            .map(|path| path.display().to_string())
            .collect();
        fs::write(&list, lines.join("\n")).expect("a list");
        let made = Command::new("tar")
            .args(["--create", "--directory=/", "--file"])
            .arg(&archive)
            .arg("--files-from")
            .arg(&list)
            .output();
        let made = made.expect("tar");
        assert!(made.status.success(), "{}", text(&made.stderr));
        let mut arguments = vec!["import"];
        arguments.extend(changes.iter().flat_map(|change| ["--change", *change]));
        let archive = archive.display().to_string();
        self.must([&arguments[..], &[archive.as_str(), tag]].concat());
        tag.to_owned()
    }

    /// A network of its own for one test.
    pub fn network(&self, options: &[&str]) -> Network {
        let name = unique("net");
        self.must([&["network", "create", "--internal"], options, &[name.as_str()]].concat());
        Network { name }
    }

    /// A container in the background.
    pub fn start(&self, args: &[&str]) -> Container {
        let name = unique("box");
        self.must([&["run", "--detach", "--name", name.as_str()], args].concat());
        Container { name }
    }
}

impl Container {
    /// What the engine knows of it, by a Go template.
    pub fn inspect(&self, template: &str) -> String {
        Docker(()).must(["inspect", "--format", template, &self.name])
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = Docker(()).run(["rm", "--force", "--volumes", &self.name]);
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = Docker(()).run(["network", "rm", &self.name]);
    }
}

/// A name that no other test of this machine uses.
pub fn unique(kind: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("hfp-{kind}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Tests run in processes of their own: only one may make an image.
fn lock(name: &str) -> File {
    let file = File::create(program::target().join(format!("docker-{name}.lock"))).expect("a lock");
    file.lock().expect("the lock");
    file
}

fn fingerprint(bytes: &[u8]) -> u64 {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
