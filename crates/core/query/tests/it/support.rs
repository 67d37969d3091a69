//! What the tests share.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
