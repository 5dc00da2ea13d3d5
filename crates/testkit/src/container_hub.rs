//! A network of containers: a Hub that is called `hub`, and the shipped image beside it.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::docker::{self, Container, Docker, Network};
use crate::program::{self, Run};
use crate::scenario;

/// A network with a Hub in it that is called `hub`.
pub struct ContainerHub {
    pub docker: Docker,
    /// Before its network, which the engine keeps while somebody is on it.
    pub hub: Container,
    pub network: Network,
    /// Holds `ca.pem`.
    pub folder: TempDir,
}

impl ContainerHub {
    /// Starts the network and the Hub. A test that calls this needs `DOCKER` and `HUB_EXAMPLE`.
    pub fn open() -> Self {
        Self::open_on(&[])
    }

    /// The same on a network with these options.
    pub fn open_on(options: &[&str]) -> Self {
        let docker = docker::engine();
        let program = program::example("hub");
        let image = docker.image("hub", &[&program]);
        let network = docker.network(options);
        let folder = tempfile::tempdir().expect("a folder");
        let mount = format!("{}:/hub", folder.path().display());
        let program = program.display().to_string();
        let hub = docker.start(&[
            "--network",
            &network.name,
            "--network-alias",
            "hub",
            "--volume",
            &mount,
            "--env",
            "TMPDIR=/hub",
            &image,
            &program,
            "0.0.0.0:443",
            "/hub",
            "hub",
        ]);
        let deadline = Instant::now() + Duration::from_secs(30);
        while !folder.path().join("ca.pem").exists() {
            assert!(Instant::now() < deadline, "the Hub does not start: {:?}", docker.run(["logs", &hub.name]));
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { docker, hub, network, folder }
    }

    /// `docker run` with what every run here needs: the network, the CA by a mounted file, the Hub by its name.
    pub fn options<'a>(&'a self, ca: &'a str) -> Vec<&'a str> {
        vec![
            "--network",
            &self.network.name,
            "--volume",
            ca,
            "--env",
            "SSL_CERT_FILE=/ca.pem",
            "--env",
            "HF_ENDPOINT=https://hub",
        ]
    }

    pub fn ca(&self) -> String {
        format!("{}:/ca.pem:ro", self.folder.path().join("ca.pem").display())
    }

    /// Runs the shipped image with these options of `docker run` and these arguments.
    pub fn check(&self, options: &[&str], arguments: &[&str]) -> Run {
        let ca = self.ca();
        let image = self.docker.shipped();
        self.docker.run([&["run", "--rm"], &self.options(&ca)[..], options, &[image], arguments].concat())
    }
}

/// For `docker run --env`.
pub fn token(label: &str) -> String {
    format!("HF_TOKEN={}", scenario::secret(label))
}
