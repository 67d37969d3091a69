//! The webhook's certificate: made, and renewed before it runs out, one careful step at a time.
//!
//! A new authority is first told to the API server beside the old one, and only when that is seen to be so it
//! signs the certificate that is served. So at every moment what is served is trusted.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose,
};
use serde::{Deserialize, Serialize};

/// Days that an authority is valid.
const AUTHORITY_DAYS: i64 = 360;
/// Days that a served certificate is valid.
const LEAF_DAYS: i64 = 90;

/// A certificate with its key, and until when it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Name of the subject.
    pub name: String,
    /// The certificate, PEM.
    pub certificate: String,
    /// The key, PEM.
    pub key: String,
    /// When it was made.
    pub made: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
}

/// Everything that the Secret holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// The authority that signs what is made from now on.
    pub authority: Signed,
    /// Earlier authorities that a replica may still serve certificates of; their keys are forgotten.
    pub earlier: Vec<Signed>,
    /// What is served.
    pub leaf: Signed,
    /// Name of the authority that signed it.
    pub signed_by: String,
    /// The host names that it is for.
    pub hosts: Vec<String>,
}

impl Material {
    /// Makes an authority and a certificate for these hosts.
    ///
    /// # Errors
    /// The keys cannot be made.
    pub fn new(hosts: &[String], now: Timestamp) -> Result<Self, rcgen::Error> {
        let authority = authority(now)?;
        let leaf = leaf(&authority, hosts, now)?;
        let signed_by = authority.name.clone();
        Ok(Self { authority, earlier: Vec::new(), leaf, signed_by, hosts: hosts.to_vec() })
    }

    /// The authorities that are to be trusted, PEM: the newest first.
    pub fn bundle(&self) -> String {
        let all = std::iter::once(&self.authority).chain(&self.earlier);
        all.map(|authority| authority.certificate.as_str()).collect()
    }

    /// The next step on the way to a certificate that holds for long; none where there is nothing to do.
    /// `trusted` says whether the API server is known to trust [`Self::bundle`].
    ///
    /// # Errors
    /// The keys cannot be made.
    pub fn step(
        &self,
        hosts: &[String],
        trusted: bool,
        now: Timestamp,
    ) -> Result<Option<Self>, rcgen::Error> {
        if due(&self.authority, now) {
            let authority = authority(now)?;
            let retired = Signed { key: String::new(), ..self.authority.clone() };
            let earlier = std::iter::once(retired).chain(self.earlier.iter().cloned());
            let earlier = earlier.filter(|known| known.ends > now).collect();
            return Ok(Some(Self { authority, earlier, ..self.clone() }));
        }
        let stale = self.signed_by != self.authority.name || self.hosts != hosts || due(&self.leaf, now);
        if stale && trusted {
            let leaf = leaf(&self.authority, hosts, now)?;
            let signed_by = self.authority.name.clone();
            return Ok(Some(Self { leaf, signed_by, hosts: hosts.to_vec(), ..self.clone() }));
        }
        let ended = self.earlier.iter().any(|known| known.ends <= now);
        let earlier = self.earlier.iter().filter(|known| known.ends > now).cloned().collect();
        Ok(ended.then(|| Self { earlier, ..self.clone() }))
    }

    /// The data of the Secret: `ca.crt`, `tls.crt` and `tls.key` as everybody names them, and the whole.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn to_secret(&self) -> Result<BTreeMap<String, String>, serde_json::Error> {
        Ok(BTreeMap::from([
            ("ca.crt".to_owned(), self.bundle()),
            ("tls.crt".to_owned(), self.leaf.certificate.clone()),
            ("tls.key".to_owned(), self.leaf.key.clone()),
            (STATE_KEY.to_owned(), serde_json::to_string(self)?),
        ]))
    }
}

/// Key of the Secret that holds the whole.
pub const STATE_KEY: &str = "state.json";

/// Whether two thirds of the time of a certificate are over.
fn due(signed: &Signed, now: Timestamp) -> bool {
    let life = signed.ends.duration_since(signed.made);
    signed.made.checked_add(life / 3 * 2).is_ok_and(|late| late <= now)
}

fn authority(now: Timestamp) -> Result<Signed, rcgen::Error> {
    let name = format!("metricwright-admission-{}", now.as_microsecond());
    let (params, ends) = authority_params(&name, now);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?.pem();
    Ok(Signed { name, certificate, key: key.serialize_pem(), made: now, ends })
}

fn authority_params(name: &str, now: Timestamp) -> (CertificateParams, Timestamp) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    params.distinguished_name = named(name);
    let ends = valid(&mut params, now, AUTHORITY_DAYS);
    (params, ends)
}

/// Makes a certificate for these hosts.
pub(super) fn leaf(authority: &Signed, hosts: &[String], now: Timestamp) -> Result<Signed, rcgen::Error> {
    let (issuer, _) = authority_params(&authority.name, authority.made);
    let issuer = Issuer::new(issuer, KeyPair::from_pem(&authority.key)?);
    let name = hosts.first().cloned().unwrap_or_default();
    let mut params = CertificateParams::new(hosts.to_vec())?;
    params.distinguished_name = named("metricwright-admission");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let ends = valid(&mut params, now, LEAF_DAYS);
    let key = KeyPair::generate()?;
    let certificate = params.signed_by(&key, &issuer)?.pem();
    Ok(Signed { name, certificate, key: key.serialize_pem(), made: now, ends })
}

fn named(name: &str) -> DistinguishedName {
    let mut named = DistinguishedName::new();
    named.push(DnType::CommonName, name);
    named
}

/// Sets the days that it is valid, from the day before on, as clocks differ; gives when it ends.
fn valid(params: &mut CertificateParams, now: Timestamp, days: i64) -> Timestamp {
    let later = |days: i64| now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(now);
    let date = |at: Timestamp| {
        let date = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let part = |number: i8| u8::try_from(number).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    params.not_before = date(later(-1));
    params.not_after = date(later(days));
    // Dates are cut to the day.
    later(days - 1)
}
