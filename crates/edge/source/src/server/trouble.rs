//! What can stand between us and a server.

use std::fmt;
use std::io;

use metricwright_api::Code;
use sqlx::Error;

/// What stands in the way of asking a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody answers at the address.
    Unreachable,
    /// The server, or something on the way, ended the connection.
    Gone,
    /// It refuses the user or the password.
    Login,
    /// It does not speak TLS.
    NoTls,
    /// It speaks TLS only.
    WantsTls,
    /// Its certificate is of an authority that is not trusted.
    Authority,
    /// Its certificate is for another host.
    HostName,
    /// TLS failed in another way.
    Tls,
    /// It takes no more connections.
    Busy,
    /// The database is not there.
    NoDatabase,
    /// The user may not do that.
    Denied,
}

impl Trouble {
    /// Trouble of a connection that is being made, where it is none that the server tells of.
    pub(crate) fn of_connecting(error: &Error) -> Self {
        let text = whole(error);
        let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        if says(&["server does not support TLS"]) {
            Self::NoTls
        } else if says(&["UnknownIssuer", "CaUsedAsEndEntity"]) {
            Self::Authority
        } else if says(&["not valid for name", "NotValidForName"]) {
            Self::HostName
        } else if matches!(error, Error::Tls(_))
            || says(&["invalid peer certificate", "received fatal alert"])
        {
            Self::Tls
        } else {
            Self::Unreachable
        }
    }

    /// The stable code under which it is reported.
    pub fn code(self) -> Code {
        match self {
            Self::Unreachable | Self::Gone => Code::SourceUnavailable,
            Self::Login => Code::LoginRefused,
            Self::NoTls | Self::WantsTls | Self::Authority | Self::HostName | Self::Tls => Code::TlsFailed,
            Self::Busy => Code::TooManyConnections,
            Self::NoDatabase => Code::DatabaseNotFound,
            Self::Denied => Code::AccessDenied,
        }
    }

    /// What to do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "see that the server runs, and that host, port and network policies let it be reached"
            }
            Self::Gone => "see why the server ended the connection; it is asked again by itself",
            Self::Login => "correct user or password in the Secret; it is read again by itself",
            Self::NoTls => {
                "turn TLS on at the server; only on a network that nobody else is on, set `tls.mode: Disable`"
            }
            Self::WantsTls => "set `tls.mode` to VerifyFull, VerifyCa or Require",
            Self::Authority => {
                "put the authority's certificate into a Secret and name it in `tls.caSecretRef`"
            }
            Self::HostName => "use a name of the certificate as host, or set `tls.mode: VerifyCa`",
            Self::Tls => {
                "see that the server's certificate is valid now, and that it speaks TLS 1.2 or later"
            }
            Self::Busy => "let the server take more connections, or lower `limits.maxConcurrentQueries`",
            Self::NoDatabase => "correct the name of the database, or create it",
            Self::Denied => "let the user read it: docs/operations.md has the statements",
        }
    }

    /// Whether other settings could be the cure, so that Secrets are worth a second look.
    pub fn is_of_settings(self) -> bool {
        !matches!(self, Self::Busy | Self::Denied | Self::Gone)
    }
}

impl fmt::Display for Trouble {
    /// What the server does, to follow its name.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Unreachable => "cannot be reached",
            Self::Gone => "ended the connection",
            Self::Login => "refuses the login",
            Self::NoTls => "speaks no TLS",
            Self::WantsTls => "wants TLS",
            Self::Authority => "shows a certificate of an authority that is not trusted",
            Self::HostName => "shows a certificate for another host",
            Self::Tls => "cannot be spoken with over TLS",
            Self::Busy => "takes no more connections",
            Self::NoDatabase => "is not there",
            Self::Denied => "may not be read",
        })
    }
}

/// Whether nothing was heard from the server any more, rather than something bad.
pub(crate) fn is_lost(error: &Error) -> bool {
    let gone = |error: &io::Error| error.kind() != io::ErrorKind::InvalidData;
    match error {
        Error::Io(error) => gone(error),
        Error::Protocol(_) | Error::WorkerCrashed => true,
        _ => false,
    }
}

/// An error with everything that it stems from.
pub(crate) fn whole(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        let part = error.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        source = error.source();
    }
    text
}
