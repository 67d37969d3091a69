//! When feasts are that move from year to year.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};
use metricwright_api::calendar::Feast;
use tyme4rs::tyme::lunar::LunarDay;
use tyme4rs::tyme::solar::{SolarDay, SolarTerm};

/// The day of a feast in a calendar year; none outside the years 1600 to 2600.
pub fn feast_in(year: i16, feast: Feast) -> Option<Date> {
    if !(1600..=2600).contains(&year) {
        return None;
    }
    match feast {
        Feast::SpringFestival => lunar(year, 1, 1),
        Feast::LanternFestival => lunar(year, 1, 15),
        Feast::Qingming => {
            civil(&SolarTerm::from_index(isize::from(year), 7).get_julian_day().get_solar_day())
        }
        Feast::DragonBoat => lunar(year, 5, 5),
        Feast::Qixi => lunar(year, 7, 7),
        Feast::MidAutumn => lunar(year, 8, 15),
        Feast::DoubleNinth => lunar(year, 9, 9),
        Feast::Easter => easter(year),
        Feast::Thanksgiving => nth(year, 11, 4, Weekday::Thursday),
        Feast::BlackFriday => feast_in(year, Feast::Thanksgiving)?.tomorrow().ok(),
        Feast::CyberMonday => feast_in(year, Feast::Thanksgiving)?.checked_add(4.days()).ok(),
    }
}

fn lunar(year: i16, month: isize, day: usize) -> Option<Date> {
    civil(&LunarDay::new(isize::from(year), month, day).ok()?.get_solar_day())
}

fn civil(day: &SolarDay) -> Option<Date> {
    let year = i16::try_from(day.get_year()).ok()?;
    Date::new(year, i8::try_from(day.get_month()).ok()?, i8::try_from(day.get_day()).ok()?).ok()
}

/// The weekday of that number in a month.
pub fn nth(year: i16, month: i8, number: i8, weekday: Weekday) -> Option<Date> {
    Date::new(year, month, 1).ok()?.nth_weekday_of_month(number, weekday).ok()
}

/// Easter Sunday (the "anonymous Gregorian algorithm", Nature 1876; J. Meeus, Astronomical Algorithms, 1991).
pub fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (golden, century, of_century) = (y % 19, y / 100, y % 100);
    let correction = (century + 8) / 25;
    let epact = (19 * golden + century - century / 4 - (century - correction + 1) / 3 + 15) % 30;
    let weekday = (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
    let late = (golden + 11 * epact + 22 * weekday) / 451;
    let march = epact + weekday - 7 * late + 21;
    Date::new(year, 3, 1).ok()?.checked_add(Span::new().days(march)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feasts_are_where_almanacs_have_them() {
        let check = |year, feast, expected: &str| {
            assert_eq!(feast_in(year, feast).unwrap().to_string(), expected, "{feast:?}");
        };
        check(2024, Feast::SpringFestival, "2024-02-10");
        check(2025, Feast::SpringFestival, "2025-01-29");
        check(2026, Feast::LanternFestival, "2026-03-03");
        check(2025, Feast::Qingming, "2025-04-04");
        check(2023, Feast::Qingming, "2023-04-05");
        check(2025, Feast::DragonBoat, "2025-05-31");
        check(2025, Feast::Qixi, "2025-08-29");
        check(2025, Feast::MidAutumn, "2025-10-06");
        check(2025, Feast::DoubleNinth, "2025-10-29");
        check(2024, Feast::Easter, "2024-03-31");
        check(2025, Feast::Easter, "2025-04-20");
        check(2038, Feast::Easter, "2038-04-25");
        check(2025, Feast::BlackFriday, "2025-11-28");
        check(2025, Feast::CyberMonday, "2025-12-01");
    }
}
