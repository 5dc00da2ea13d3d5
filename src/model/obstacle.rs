//! What keeps a question from being answered, where more is known of it than the kind of failure.

use crate::model::author::Site;

/// Whatever it is, it comes with one thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The TLS handshake with the endpoint failed.
    Tls(TlsProblem),
    /// The proxy does not connect to the endpoint.
    Proxy(ProxyProblem),
    /// This machine does not let the question be sent.
    Restriction(Restriction),
}

/// Why a TLS handshake failed, as far as it can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsProblem {
    /// The certificate is past its end.
    Expired,
    /// The certificate has not begun.
    NotYetValid,
    /// The certificate is another host's.
    WrongName,
    /// The certificate names no host, except perhaps as its common name.
    NoName,
    /// Signed by an authority that is not known here.
    UnknownIssuer,
    /// Signed with its own key.
    SelfSigned,
    /// A key or signature of a type that this program does not verify.
    UnsupportedKey,
    /// The chain of certificates is longer than a TLS message may be.
    LongChain,
    /// The server demands a certificate of the client.
    ClientCertificate,
    /// The server found no parameters that it accepts.
    NothingInCommon,
    /// No version of TLS in common.
    OldProtocol,
    /// The other side does not speak TLS.
    NotTls,
}

/// Why a proxy does not connect, and the variable that names the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyProblem {
    /// As it is spelled in the environment.
    pub variable: String,
    /// What is wrong.
    pub kind: ProxyProblemKind,
}

/// What is wrong with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProblemKind {
    /// It is not to be reached, or is no HTTP proxy.
    Address,
    /// There is no TLS with it; why, where it can be told.
    Distrusted(Option<TlsProblem>),
    /// It requires a user name and password, and none is set.
    LoginMissing,
    /// It does not take the user name and password that are set.
    LoginRefused,
    /// It takes no user name and password in a header, only other ways to log in.
    OtherSchemes,
    /// It forbids the host.
    Forbidden,
    /// It fails to connect to the host.
    NotConnected,
}

/// What this machine, a container's limits or a sandbox refuses to this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restriction {
    /// One more descriptor.
    OpenFiles,
    /// Memory of the kernel's.
    Memory,
    /// The system calls that wait for a socket.
    EventLoop,
}

impl Obstacle {
    /// The one thing to do, a template of the catalog's kind.
    pub const fn fix(&self, site: Site) -> &'static str {
        match self {
            Self::Tls(problem) => problem.fix(site),
            Self::Proxy(problem) => problem.kind.fix(),
            Self::Restriction(restriction) => restriction.fix(),
        }
    }

    /// What this machine refuses, if that is it.
    pub const fn restriction(&self) -> Option<Restriction> {
        match self {
            Self::Restriction(restriction) => Some(*restriction),
            Self::Tls(_) | Self::Proxy(_) => None,
        }
    }

    /// The variable that names the proxy, if that is in the way.
    pub fn proxy_variable(&self) -> Option<&str> {
        match self {
            Self::Proxy(problem) => Some(&problem.variable),
            Self::Tls(_) | Self::Restriction(_) => None,
        }
    }
}

impl TlsProblem {
    /// Whether it may be that another server answers than the one that was meant.
    pub const fn is_about_who_answers(self) -> bool {
        match self {
            Self::WrongName | Self::NoName | Self::UnknownIssuer | Self::SelfSigned | Self::NotTls => true,
            Self::Expired
            | Self::NotYetValid
            | Self::UnsupportedKey
            | Self::LongChain
            | Self::ClientCertificate
            | Self::NothingInCommon
            | Self::OldProtocol => false,
        }
    }

    /// The evidence, in a clause.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::Expired => "its certificate has expired, or this machine's clock is wrong",
            Self::NotYetValid => "its certificate is not valid yet, or this machine's clock is wrong",
            Self::WrongName => "its certificate is for another host name",
            Self::NoName => "its certificate has no subjectAltName; clients ignore the common name",
            Self::UnknownIssuer => "its certificate is signed by an authority that is not known here",
            Self::SelfSigned => "its certificate is self-signed and not known here",
            Self::UnsupportedKey => {
                "its certificate, or one above it, has a key or signature type that hf-token-check does not support"
            }
            Self::LongChain => "its chain of certificates is longer than 64 KiB",
            Self::ClientCertificate => "it demands a client certificate, and Hub clients send none",
            Self::NothingInCommon => {
                "it ended the handshake (handshake_failure): it may demand a client certificate, or have only ciphers or a key type that hf-token-check does not support, such as P-521, Ed448 or RSA-PSS"
            }
            Self::OldProtocol => "it speaks only versions of TLS that are no longer safe",
            Self::NotTls => "it does not speak TLS on this port",
        }
    }

    /// The one thing to do.
    pub const fn fix(self, site: Site) -> &'static str {
        match (self, site) {
            (Self::Expired | Self::NotYetValid, _) => {
                "Check the clock with `date -u`; if it is right, the server's certificate must be renewed"
            }
            (Self::WrongName | Self::NoName, Site::HuggingFace) => {
                "Find out what answers in place of {host_name}: see `getent hosts {host_name}`, the search list in /etc/resolv.conf, and the network's login page or filter"
            }
            (Self::WrongName, Site::Elsewhere) => "Set HF_ENDPOINT to the name that the certificate is for",
            (Self::NoName, Site::Elsewhere) => "Have the certificate reissued with {host_name} as a subjectAltName",
            (Self::UnknownIssuer | Self::SelfSigned, _) => {
                "Mount the CA certificate of your network and name it in SSL_CERT_FILE"
            }
            (Self::UnsupportedKey | Self::LongChain, _) => {
                "Have the certificate reissued with a common key (RSA, P-256), SHA-256 and a short chain"
            }
            (Self::ClientCertificate | Self::NothingInCommon, _) => {
                "Ask the administrators of {host} to serve Hub clients without a client certificate, and with a common key (RSA, P-256)"
            }
            (Self::OldProtocol, _) => "Let the server, or the proxy before it, speak TLS 1.2 or 1.3",
            (Self::NotTls, _) => "Check the port and the scheme of HF_ENDPOINT",
        }
    }
}

impl ProxyProblemKind {
    /// The one thing to do.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::Address => {
                "Correct {proxy_variable}: it must be the address of a running HTTP proxy, http://HOST:PORT"
            }
            Self::Distrusted(problem) => problem_of_a_proxy(problem),
            Self::LoginMissing => {
                "Add the user name and password to {proxy_variable}: http://USER:PASSWORD@HOST:PORT, special characters %-encoded"
            }
            Self::LoginRefused => {
                "Correct the user name and password in {proxy_variable}; special characters must be %-encoded"
            }
            Self::OtherSchemes => {
                "Ask the administrators of the proxy for access with Basic or without a login, or name a local proxy that logs in, such as px or cntlm, in {proxy_variable}"
            }
            Self::Forbidden => {
                "Ask the administrators of the proxy to allow {host}; if this job can reach {host_name} directly, add it to NO_PROXY"
            }
            Self::NotConnected => {
                "Ask the administrators of the proxy whether it can reach {host}; if this job can reach {host_name} directly, add it to NO_PROXY"
            }
        }
    }
}

/// The one thing to do where there is no TLS with a proxy.
const fn problem_of_a_proxy(problem: Option<TlsProblem>) -> &'static str {
    match problem {
        None | Some(TlsProblem::UnknownIssuer | TlsProblem::SelfSigned) => {
            "Name the CA certificate of the proxy in SSL_CERT_FILE"
        }
        Some(TlsProblem::Expired | TlsProblem::NotYetValid) => {
            "Check the clock with `date -u`; if it is right, the proxy's certificate must be renewed"
        }
        Some(TlsProblem::WrongName | TlsProblem::NoName) => {
            "Correct {proxy_variable}: it must have the name that the proxy's certificate is for; or have the certificate reissued"
        }
        Some(
            TlsProblem::UnsupportedKey
            | TlsProblem::LongChain
            | TlsProblem::ClientCertificate
            | TlsProblem::NothingInCommon
            | TlsProblem::OldProtocol
            | TlsProblem::NotTls,
        ) => {
            "Ask the administrators of the proxy for TLS 1.2 or 1.3 with a common key (RSA, P-256) and no client certificate"
        }
    }
}

impl Restriction {
    /// The evidence, in a sentence without a full stop.
    pub const fn detail(self) -> &'static str {
        match self {
            Self::OpenFiles => "The limit on open files is reached, and a connection counts as one",
            Self::Memory => "The kernel has no memory left for this process",
            Self::EventLoop => "The sandbox refuses epoll or eventfd, which this program waits for connections with",
        }
    }

    /// The one thing to do.
    pub const fn fix(self) -> &'static str {
        match self {
            Self::OpenFiles => {
                "Raise the limit on open files to 64 or more: `ulimit -n 64`, `docker run --ulimit nofile=64`"
            }
            Self::Memory => "Raise the memory limit of this job",
            Self::EventLoop => {
                "Allow epoll_create1, epoll_ctl, epoll_wait, epoll_pwait and eventfd2 in the sandbox, such as its seccomp profile"
            }
        }
    }
}
