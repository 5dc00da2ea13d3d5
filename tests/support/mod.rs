//! The loopback Hub: a double of the Hub's contract, over real sockets and real TLS, and the means to run the real
//! binary against it. Shared by the tests and by `examples/demo.rs`.

pub mod certs;
pub mod compose;
pub mod daemon;
pub mod docker;
pub mod fault;
pub mod frames;
pub mod http;
pub mod http2;
pub mod netns;
pub mod ordeal;
pub mod peer;
pub mod program;
pub mod python;
pub mod relay;
pub mod release;
pub mod scenario;
pub mod server;
pub mod site;
pub mod skip;
pub mod slurm;
pub mod tokens;
pub mod watch;
pub mod wheel;
pub mod world;
