//! The image of a release, built by Docker from the archive that dist made, as `publish-image.yml` builds it.

use std::env::consts::ARCH;
use std::path::Path;
use std::process::Command;

use crate::release::archive;
use crate::support::program::{Run, finish};
use crate::support::skip;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// An image of this test alone, removed with it.
struct Image(String);

impl Drop for Image {
    fn drop(&mut self) {
        docker(&["image", "rm", "--force", &self.0]);
    }
}

#[test]
fn the_image_runs_as_nobody_without_a_network_or_anything_to_write_to() {
    let Some(archive) = archive() else { return };
    if !Command::new("docker").arg("info").output().is_ok_and(|output| output.status.success()) {
        let _: Option<()> = skip::because("there is no Docker daemon");
        return;
    }
    // Docker's name for the architecture.
    let arch = if ARCH == "aarch64" { "arm64" } else { "amd64" };
    let staged = finish(Command::new(Path::new(ROOT).join(".github/image/stage")).arg(&archive).arg(arch));
    assert_eq!(staged.status, 0, "{staged:?}");
    let image = Image(format!("hfp-release-{}", std::process::id()));
    let (argument, file) = (format!("TARGETARCH={arch}"), format!("{ROOT}/.github/image/Dockerfile"));
    let context = format!("{ROOT}/target/image");
    let built = docker(&["build", "--build-arg", &argument, "--file", &file, "--tag", &image.0, &context]);
    assert_eq!(built.status, 0, "{built:?}");

    let run = docker(&["run", "--rm", "--network=none", "--read-only", &image.0, "--read", "acme/model"]);
    assert!(run.status == 40 && run.stderr.contains("\ntoken-missing\n"), "{run:?}");
    let format = "{{.Config.User}} {{json .Config.Entrypoint}} {{len .RootFS.Layers}}";
    let image = docker(&["image", "inspect", "--format", format, &image.0]);
    assert_eq!(image.stdout.trim(), "65534:65534 [\"/hf-preflight\"] 1", "{image:?}");
}

fn docker(args: &[&str]) -> Run {
    finish(Command::new("docker").args(args))
}
