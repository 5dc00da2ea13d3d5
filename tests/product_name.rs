//! The product's name stands in one place, `Cargo.toml`; every other file that states it agrees.

use std::fs;
use std::path::{Path, PathBuf};

const NAME: &str = env!("CARGO_PKG_NAME");
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[testkit::test]
fn every_file_that_states_the_name_agrees_with_the_manifest() {
    let module = NAME.replace('-', "_");
    let repository = format!("https://github.com/{NAME}/{NAME}");
    assert_eq!(env!("CARGO_PKG_REPOSITORY"), repository);
    for (file, line) in [
        ("Cargo.toml", format!("[[bin]]\nname = \"{NAME}\"\n")),
        ("Cargo.toml", format!("[lib]\nname = \"{module}\"\n")),
        ("pyproject.toml", format!("[project]\nname = \"{NAME}\"\n")),
        ("pyproject.toml", format!("\nRepository = \"{repository}\"\n")),
        ("action.yml", format!("name: {NAME}\n")),
        ("Dockerfile", format!("LABEL org.opencontainers.image.title=\"{NAME}\" ")),
        ("Dockerfile", format!("org.opencontainers.image.source=\"{repository}\"")),
        ("Dockerfile", format!("\nENTRYPOINT [\"/{NAME}\"]\n")),
        ("README.md", format!("# {NAME}\n")),
        ("README.md", format!("pip install {NAME}`")),
        ("README.md", format!("cargo install --locked {NAME}`")),
        ("README.md", format!("ghcr.io/{NAME}/{NAME}:")),
        ("README.md", format!("- uses: {NAME}/{NAME}@v")),
        // The launcher has the name that `hf extensions install` looks for.
        (NAME, format!("{repository}/releases/download")),
        (&format!("python/{module}/__init__.py"), String::new()),
        ("docs/report.schema.json", format!("{{\"name\": {{\"const\": \"{NAME}\"}}")),
    ] {
        assert!(read(file).contains(&line), "{file} does not say {line:?}");
    }
    let version = testkit::program::run(["--version"], &[]).stdout;
    assert_eq!(version, format!("{NAME} {}\n", env!("CARGO_PKG_VERSION")));
}

/// The name of the first drafts is that of another author's program on `PyPI`.
#[testkit::test]
fn only_the_changelog_mentions_the_old_name() {
    let old = ["-", "_"].map(|between| ["hf", "preflight"].join(between));
    let mentions = |text: &str| old.iter().any(|old| text.to_ascii_lowercase().contains(old));
    assert!(mentions(&format!("pip install {}", old[0].to_uppercase())));
    let mut looked_at = 0;
    for file in files(Path::new(ROOT)) {
        let path = file.strip_prefix(ROOT).expect("a file of the repository");
        if path != Path::new("CHANGELOG.md") {
            assert!(!mentions(&path.display().to_string()), "{}", path.display());
            let text = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            assert!(!mentions(&String::from_utf8_lossy(&text)), "{}", path.display());
            looked_at += 1;
        }
    }
    assert!(looked_at > 400, "{looked_at} files");
}

/// The files of the repository, without what is built from them.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let is_built = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default();
        ["target", ".git", "__pycache__"].iter().any(|built| name == *built)
    };
    entries
        .filter(|path| !is_built(path) && !path.is_symlink())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
