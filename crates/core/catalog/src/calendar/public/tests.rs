use super::*;

fn shown(country: Country, year: i16) -> Vec<String> {
    let mark = |day: &PublicDay| if day.kind == DayKind::Workday { " worked" } else { "" };
    in_year(country, year).iter().map(|day| format!("{} {}{}", day.day, day.name, mark(day))).collect()
}

/// Notice of the State Council of 12 November 2024 on holidays in 2025.
#[test]
fn china_is_off_as_announced() {
    let spring: Vec<String> =
        shown(Country::CN, 2025).into_iter().filter(|day| day.contains("春节")).collect();
    let off = ["28", "29", "30", "31"].map(|day| format!("2025-01-{day} 春节"));
    let mut expected = vec!["2025-01-26 春节 worked".to_owned()];
    expected.extend(off);
    expected.extend(["01", "02", "03", "04"].map(|day| format!("2025-02-{day} 春节")));
    expected.push("2025-02-08 春节 worked".to_owned());
    assert_eq!(spring, expected);
    let about = in_year(Country::CN, 2025).into_iter().find(|day| day.name == "春节").unwrap().about;
    assert_eq!(about.to_string(), "2025-01-29");
}

#[test]
fn years_that_are_not_announced_have_the_holidays_by_law() {
    assert!(announced_until().unwrap() >= "2026-12-31".parse().unwrap());
    let days = shown(Country::CN, 2040);
    assert_eq!(days.len(), 13);
    assert!(days.contains(&"2040-02-12 春节".to_owned()), "{days:?}");
}

/// As the Office of Personnel Management lists them.
#[test]
fn the_states_observe_weekends_on_the_next_weekday() {
    assert_eq!(
        shown(Country::US, 2021),
        [
            "2021-01-01 New Year's Day",
            "2021-01-18 Martin Luther King Jr. Day",
            "2021-02-15 Washington's Birthday",
            "2021-05-31 Memorial Day",
            "2021-06-18 Juneteenth",
            "2021-06-19 Juneteenth",
            "2021-07-04 Independence Day",
            "2021-07-05 Independence Day",
            "2021-09-06 Labor Day",
            "2021-10-11 Columbus Day",
            "2021-11-11 Veterans Day",
            "2021-11-25 Thanksgiving Day",
            "2021-12-24 Christmas Day",
            "2021-12-25 Christmas Day",
            "2021-12-31 New Year's Day",
        ]
    );
}

/// As gov.uk lists the bank holidays of England and Wales, with the days themselves.
#[test]
fn britain_has_substitute_days() {
    assert_eq!(
        shown(Country::UK, 2022),
        [
            "2022-01-01 New Year's Day",
            "2022-01-03 New Year's Day",
            "2022-04-15 Good Friday",
            "2022-04-18 Easter Monday",
            "2022-05-02 Early May Bank Holiday",
            "2022-06-02 Spring Bank Holiday",
            "2022-06-03 Platinum Jubilee",
            "2022-08-29 Summer Bank Holiday",
            "2022-09-19 State Funeral of Queen Elizabeth II",
            "2022-12-25 Christmas Day",
            "2022-12-26 Boxing Day",
            "2022-12-27 Christmas Day",
        ]
    );
    let christmas: Vec<_> = shown(Country::UK, 2021).into_iter().filter(|day| day.contains("-12-")).collect();
    assert_eq!(
        christmas,
        [
            "2021-12-25 Christmas Day",
            "2021-12-26 Boxing Day",
            "2021-12-27 Christmas Day",
            "2021-12-28 Boxing Day"
        ]
    );
}
