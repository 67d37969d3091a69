//! Where a server is, and how it is spoken with.

use std::fmt;

use metricwright_api::data_source::TlsMode;
use percent_encoding::percent_decode_str;
use url::Url;

/// Where a database on a server is, who asks, and how the connection is kept private.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// Name or address.
    pub host: String,
    /// Port; none for the usual one.
    pub port: Option<u16>,
    /// Name of the database.
    pub database: String,
    /// Who asks.
    pub user: String,
    /// What the user proves that by.
    pub password: String,
    /// What the server must prove.
    pub tls: TlsMode,
    /// Certificates of authorities that are trusted beside the system's own, as PEM.
    pub authorities: Option<Vec<u8>>,
}

/// What is wrong with an address. It shows nothing of the address, which holds a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It cannot be read at all.
    #[error("it is no address: {0}")]
    Malformed(String),
    /// It is an address of something else.
    #[error("it begins with `{found}://`, where `{wanted}://` is needed")]
    Scheme {
        /// How it begins.
        found: String,
        /// How it should.
        wanted: &'static str,
    },
    /// A part is not there.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// Something that would change the meaning of queries or reach for files.
    #[error("its parameter `{0}` is not supported")]
    Parameter(String),
}

/// Parameters that may stand in an address and are not read: TLS is said elsewhere, the others change no answer.
const PASSED_OVER: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-ca",
    "channel_binding",
    "application_name",
    "connect_timeout",
    "charset",
];

impl ServerSettings {
    /// Reads an address such as `postgres://user:password@host:5432/database`, whose scheme is one of `schemes`.
    ///
    /// # Errors
    /// It cannot be read, or a part is missing.
    pub fn from_url(text: &str, schemes: &'static [&'static str]) -> Result<Self, AddressFault> {
        let url = Url::parse(text.trim()).map_err(|error| AddressFault::Malformed(error.to_string()))?;
        if !schemes.contains(&url.scheme()) {
            let wanted = schemes.first().copied().unwrap_or_default();
            return Err(AddressFault::Scheme { found: url.scheme().to_owned(), wanted });
        }
        if let Some((name, _)) = url.query_pairs().find(|(name, _)| !PASSED_OVER.contains(&name.as_ref())) {
            return Err(AddressFault::Parameter(name.into_owned()));
        }
        let part = |text: &str, what: &'static str| match percent_decode_str(text).decode_utf8() {
            Ok(decoded) if !decoded.is_empty() => Ok(decoded.into_owned()),
            Ok(_) => Err(AddressFault::Missing(what)),
            Err(_) => Err(AddressFault::Malformed(format!("its {what} is not UTF-8"))),
        };
        let host = part(url.host_str().unwrap_or_default(), "host")?;
        Ok(Self {
            // `[::1]` is written so in addresses only.
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port: url.port(),
            database: part(url.path().trim_start_matches('/'), "database")?,
            user: part(url.username(), "user")?,
            password: url.password().map_or(Ok(String::new()), |text| part(text, "password"))?,
            tls: TlsMode::default(),
            authorities: None,
        })
    }

    /// The database in words, without user and password.
    pub(crate) fn named(&self, usual_port: u16) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("database `{}` on {host}:{}", self.database, self.port.unwrap_or(usual_port))
    }
}

impl fmt::Debug for ServerSettings {
    /// Without the password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} as {} ({:?})", self.named(0), self.user, self.tls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMES: &[&str] = &["postgres", "postgresql"];

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let read = |text: &str| {
            let it = ServerSettings::from_url(text, SCHEMES).unwrap();
            (it.host, it.port, it.database, it.user, it.password)
        };
        let expected = |host: &str, port, password: &str| {
            (host.to_owned(), port, "shop".to_owned(), "bi".to_owned(), password.to_owned())
        };
        assert_eq!(
            read("postgres://bi:p%40ss%2Fw@db.example:6432/shop\n"),
            expected("db.example", Some(6432), "p@ss/w")
        );
        assert_eq!(read("postgresql://bi@db/shop?sslmode=require"), expected("db", None, ""));
        assert_eq!(read("postgres://bi:x@[::1]:1/shop"), expected("::1", Some(1), "x"));
    }

    #[test]
    fn faults_say_what_is_wrong_and_nothing_of_the_password() {
        let check = |text: &str, said: &str| {
            let fault = ServerSettings::from_url(text, SCHEMES).unwrap_err().to_string();
            assert!(fault.contains(said) && !fault.contains("secret"), "{text}: {fault}");
        };
        check("bi:secret@db/shop", "`bi://`");
        check("mysql://bi:secret@db/shop", "`postgres://` is needed");
        check("postgres://bi:secret@db", "no database");
        check("postgres://db/shop", "no user");
        check("postgres:///shop", "no host");
        check("postgres://bi:secret@db:port/shop", "no address");
        check("postgres://bi:secret@db/shop?options=-csearch_path%3Dx", "`options`");
        check("postgres://bi:secret@db/shop?host=/tmp", "`host`");
        let settings = ServerSettings::from_url("postgres://bi:secret@db/shop", SCHEMES).unwrap();
        assert_eq!(format!("{settings:?}"), "database `shop` on db:0 as bi (VerifyFull)");
    }
}
