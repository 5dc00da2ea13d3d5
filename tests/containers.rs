//! The image that ships, in the engine, against the loopback Hub in another container: reached by name, over TLS.

use std::path::Path;
use std::time::{Duration, Instant};

use testkit::container_hub::{ContainerHub, token};
use testkit::docker::{self, Container, Docker};
use testkit::{program, scenario};

#[testkit::test(needs(DOCKER, OWN_BINARY))]
fn the_shipped_image_holds_the_binary_and_nothing_else() {
    let docker = docker::engine();
    let image = docker.shipped();
    let layers = docker.must([
        "image",
        "inspect",
        "--format",
        "{{len .RootFS.Layers}} {{.Config.User}} {{json .Config.Entrypoint}}",
        image,
    ]);
    assert_eq!(layers, "1 65532:65532 [\"/hf-token-check\"]");
    let folder = tempfile::tempdir().expect("a folder");
    let archive = folder.path().join("image.tar");
    docker.must(["save", "--output", &archive.display().to_string(), image]);
    let listed = program::finish(std::process::Command::new("sh").arg("-c").arg(format!(
        "cd {0} && tar -xf image.tar && find . -name 'layer.tar' -exec tar -tf {{}} ';'",
        folder.path().display()
    )));
    assert_eq!(listed.stdout, "hf-token-check\n", "{listed:?}");
    let labels = docker.must(["image", "inspect", "--format", "{{json .Config.Labels}}", image]);
    for label in ["title", "description", "source", "licenses"] {
        assert!(labels.contains(&format!("org.opencontainers.image.{label}")), "{labels}");
    }
    let version = docker.run(["run", "--rm", "--network", "none", "--read-only", image, "--version"]);
    assert_eq!(version.stdout, concat!("hf-token-check ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[testkit::test(needs(DOCKER, HUB_EXAMPLE))]
fn it_needs_no_root_no_capability_and_no_writable_file() {
    let containers = ContainerHub::open();
    let tight = [
        "--read-only",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
        "--memory",
        "32m",
        "--env",
        &token("write"),
    ];
    let run = containers.check(&tight, &["--write", "acme/model", "--read", "datasets/acme/data"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stderr.contains("hf-token-check: pass"), "{run:?}");
}

#[testkit::test(needs(DOCKER, HUB_EXAMPLE))]
fn the_status_of_docker_run_is_the_verdicts() {
    let containers = ContainerHub::open();
    for (name, variable, arguments, status) in [
        ("granted", token("write"), &["--write", "acme/model"][..], 0),
        ("usage", token("write"), &["--write", "acme"], 2),
        ("no token", "HF_TOKEN=".into(), &["--write", "acme/model"], 40),
        ("a placeholder", "HF_TOKEN=$HF_TOKEN".into(), &[], 40),
        ("rejected", token("unknown to the Hub"), &[], 41),
        ("forbidden", token("read"), &["--write", "acme/model"], 43),
        ("not found", token("write"), &["--read", "alice/none"], 44),
        ("no answer", token("write"), &["--endpoint", "https://nowhere", "--timeout", "5s"], 50),
        ("a trailing dot", token("write"), &["--endpoint", "https://hub.", "--timeout", "10s"], 2),
        ("no command", token("write"), &["--", "/no/such/command"], 127),
    ] {
        let run = containers.check(&["--env", &variable], arguments);
        assert_eq!(run.status, status, "{name}: {run:?}");
    }
}

#[testkit::test(needs(DOCKER, HUB_EXAMPLE, ROOT))]
fn a_secret_file_is_read_where_it_may_be_and_named_where_it_may_not() {
    use std::os::unix::fs::{PermissionsExt, chown};
    let containers = ContainerHub::open();
    let secret = containers.folder.path().join("token");
    std::fs::write(&secret, scenario::secret("write") + "\n").expect("a secret");
    let mount = format!("{}:/run/secrets/hf_token:ro", secret.display());
    let run = |options: &[&str]| {
        containers.check(&[&["--volume", &mount], options].concat(), &["--token-file", "/run/secrets/hf_token"])
    };
    for (owner, mode, status) in [(65532, 0o400, 0), (0, 0o444, 0), (0, 0o400, 40)] {
        chown(&secret, Some(owner), Some(owner)).expect("an owner");
        std::fs::set_permissions(&secret, PermissionsExt::from_mode(mode)).expect("a mode");
        let run = run(&[]);
        assert_eq!(run.status, status, "owner {owner}, mode {mode:o}: {run:?}");
        assert_eq!(status == 40, run.stderr.contains("token-unreadable"), "{run:?}");
    }
    let run = run(&["--env", "HF_TOKEN=$HF_TOKEN"]);
    assert!(run.stderr.contains("token-unreadable"), "the flag wins over the variable: {run:?}");
}

#[testkit::test(slow, needs(DOCKER, HUB_EXAMPLE))]
fn a_restart_policy_sees_the_verdict() {
    let containers = ContainerHub::open();
    let ca = containers.ca();
    let image = containers.docker.shipped();
    for (label, arguments, status) in [
        ("read", &["--write", "acme/model"][..], "43"),
        ("write", &["--endpoint", "https://nowhere", "--timeout", "1s"], "50"),
    ] {
        let variable = token(label);
        let options =
            [&["--restart", "on-failure:2"], &containers.options(&ca)[..], &["--env", &variable, image], arguments]
                .concat();
        let container = containers.docker.start(&options);
        let deadline = Instant::now() + Duration::from_secs(60);
        while container.inspect("{{.RestartCount}} {{.State.Status}}") != "2 exited" {
            assert!(Instant::now() < deadline, "{}", container.inspect("{{json .State}}"));
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(container.inspect("{{.State.ExitCode}}"), status);
    }
}

#[testkit::test(needs(DOCKER, HUB_EXAMPLE))]
fn docker_stop_ends_a_check_at_once() {
    let containers = ContainerHub::open();
    let ca = containers.ca();
    // A Hub that accepts connections and says nothing.
    containers.docker.must(["pause", &containers.hub.name]);
    let variable = token("write");
    let image = containers.docker.shipped();
    for (signal, status) in [("SIGTERM", "143"), ("SIGINT", "130")] {
        let options = [
            &["--stop-signal", signal],
            &containers.options(&ca)[..],
            &["--env", &variable, image, "--timeout", "60s"],
        ]
        .concat();
        let check = containers.docker.start(&options);
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(check.inspect("{{.State.Running}}"), "true");
        let took = stop(&containers.docker, &check);
        assert_eq!(check.inspect("{{.State.ExitCode}}"), status);
        // The engine kills after ten seconds; its own work takes part of the rest on a busy machine.
        assert!(took < Duration::from_secs(5), "{signal}: {took:?}");
        println!("docker stop ({signal}) during a check took {} ms", took.as_millis());
    }
    containers.docker.must(["unpause", &containers.hub.name]);
}

fn stop(docker: &Docker, container: &Container) -> Duration {
    let started = Instant::now();
    docker.must(["stop", "--time", "10", &container.name]);
    started.elapsed()
}

#[testkit::test(needs(DOCKER, HUB_EXAMPLE))]
fn an_image_that_copies_the_binary_becomes_its_command() {
    let containers = ContainerHub::open();
    containers.docker.shipped();
    let tools: Vec<_> = ["/bin/sh", "/bin/sleep", "/bin/cat", "/bin/ls"].iter().map(Path::new).collect();
    let base = containers.docker.image("shell", &tools);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tag = docker::unique("training");
    let built = program::finish(
        std::process::Command::new("docker")
            .env("DOCKER_BUILDKIT", "0")
            .args(["build", "--network=none", "--tag", &tag, "--build-arg", &format!("BASE_IMAGE={base}"), "--file"])
            .arg(root.join("docs/deploy/Dockerfile"))
            .arg(root.join("docs/deploy")),
    );
    assert_eq!(built.status, 0, "{built:?}");
    let (ca, granted, refused) = (containers.ca(), token("write"), token("read"));
    let run = |variable: &str, command: &[&str]| {
        let options = ["run", "--rm", "--env", variable];
        containers.docker.run([&options, &containers.options(&ca)[..], &[tag.as_str()], command].concat())
    };
    let passed = run(&granted, &["sh", "-c", "echo pid $$; cat; exit 7"]);
    assert_eq!((passed.status, passed.stdout.as_str()), (7, "pid 1\n"), "{passed:?}");
    assert_eq!(run(&refused, &["sh", "-c", "echo started"]).status, 43);
    assert_eq!(run(&refused, &["sh", "-c", "echo started"]).stdout, "");

    // While COMMAND runs there is no one between it and the engine.
    let command = ["sh", "-c", "trap 'exit 9' TERM; while :; do sleep 0.05; done"];
    let job = containers.docker.start(&[&containers.options(&ca)[..], &["--env", &granted, &tag], &command].concat());
    std::thread::sleep(Duration::from_secs(1));
    let took = stop(&containers.docker, &job);
    assert_eq!(job.inspect("{{.State.ExitCode}}"), "9");
    assert!(took < Duration::from_secs(5), "{took:?}");
    println!("docker stop of a running COMMAND took {} ms", took.as_millis());
    drop(job);
    containers.docker.must(["rmi", "--force", &tag]);
}
