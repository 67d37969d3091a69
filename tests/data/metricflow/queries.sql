-- Written by hand from the meaning, for SQLite. Each table is one file of data/, an empty field is NULL, booleans are the texts
-- true and false. Columns: window_start, member (only with `by`), value. Missing members come first.
-- Hours are written as moments: 2020-01-01T05:00:00Z.

-- ============================================================ bookings: one aggregate

-- metric: bookings grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookings grain: Day by: is_instant from: 2019-01-01 to: 2020-04-01
WITH w AS (SELECT DISTINCT ds FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(ds) AS since FROM bookings WHERE ds IS NOT NULL GROUP BY is_instant)
SELECT w.ds AS window_start, m.member,
       (SELECT COUNT(*) FROM bookings b WHERE b.ds = w.ds AND b.is_instant IS m.member) AS value
FROM w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: bookings grain: Week by: user.home_state_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(bookings.ds, 'weekday 0', '-6 days') AS week, u.home_state_latest AS member
           FROM bookings LEFT JOIN listings l USING (listing_id) LEFT JOIN users_latest u ON u.user_id = l.user_id
           WHERE bookings.ds IS NOT NULL),
     w AS (SELECT DISTINCT week FROM b),
     m AS (SELECT member, MIN(week) AS since FROM b GROUP BY member)
SELECT w.week AS window_start, m.member, (SELECT COUNT(*) FROM b WHERE b.week = w.week AND b.member IS m.member) AS value
FROM w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: instant-bookings grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(CASE is_instant WHEN 'true' THEN 1 END) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: instant-bookings grain: Month by: listing from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT substr(ds, 1, 7) || '-01' AS month, listing_id, is_instant FROM bookings WHERE ds IS NOT NULL),
     w AS (SELECT DISTINCT month FROM b),
     m AS (SELECT listing_id AS member, MIN(month) AS since FROM b GROUP BY listing_id)
SELECT w.month AS window_start, m.member,
       (SELECT COUNT(*) FROM b WHERE b.month = w.month AND b.listing_id IS m.member AND b.is_instant = 'true') AS value
FROM w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: booking-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(booking_value) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: booking-value grain: Day by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT ds, booking_value, country FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT country AS member, MIN(ds) AS since FROM b GROUP BY country)
SELECT w.ds AS window_start, m.member,
       (SELECT SUM(booking_value) FROM b WHERE b.ds = w.ds AND b.country IS m.member) AS value
FROM (SELECT DISTINCT ds FROM b) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: max-booking-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, MAX(CAST(booking_value AS REAL)) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: max-booking-value grain: Week by: guest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, guest_id, CAST(booking_value AS REAL) AS x FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT guest_id AS member, MIN(week) AS since FROM b GROUP BY guest_id)
SELECT w.week AS window_start, m.member, (SELECT MAX(x) FROM b WHERE b.week = w.week AND b.guest_id IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: min-booking-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, MIN(CAST(booking_value AS REAL)) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: min-booking-value grain: Month by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, is_instant, CAST(booking_value AS REAL) AS x FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member, (SELECT MIN(x) FROM b WHERE b.month = w.month AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: average-booking-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(booking_value) * 1.0 / COUNT(booking_value) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: average-booking-value grain: Week by: listing.is_lux_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_lux, booking_value
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT is_lux AS member, MIN(week) AS since FROM b GROUP BY is_lux)
SELECT w.week AS window_start, m.member,
       (SELECT SUM(booking_value) * 1.0 / COUNT(booking_value) FROM b WHERE b.week = w.week AND b.is_lux IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: median-booking-value grain: Day from: 2019-01-01 to: 2020-04-01
WITH v AS (SELECT ds, CAST(booking_value AS REAL) AS x,
                  ROW_NUMBER() OVER (PARTITION BY ds ORDER BY CAST(booking_value AS REAL)) - 1 AS place,
                  COUNT(*) OVER (PARTITION BY ds) AS n
           FROM bookings WHERE booking_value IS NOT NULL)
SELECT w.ds AS window_start, (SELECT AVG(x) FROM v WHERE v.ds = w.ds AND place IN ((n - 1) / 2, n / 2)) AS value
FROM (SELECT DISTINCT ds FROM bookings WHERE ds IS NOT NULL) w ORDER BY 1;

-- metric: median-booking-value grain: Month by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, is_instant, CAST(booking_value AS REAL) AS x FROM bookings WHERE ds IS NOT NULL),
     v AS (SELECT b.*, ROW_NUMBER() OVER (PARTITION BY month, is_instant ORDER BY x) - 1 AS place,
                  COUNT(*) OVER (PARTITION BY month, is_instant) AS n
           FROM b WHERE x IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member,
       (SELECT AVG(x) FROM v WHERE v.month = w.month AND v.is_instant IS m.member AND place IN ((n - 1) / 2, n / 2)) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: booking-value-p99 grain: Week from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, CAST(booking_value AS REAL) AS x FROM bookings WHERE ds IS NOT NULL),
     v AS (SELECT week, x, ROW_NUMBER() OVER (PARTITION BY week ORDER BY x) - 1 AS place,
                  0.99 * (COUNT(*) OVER (PARTITION BY week) - 1) AS wanted
           FROM b WHERE x IS NOT NULL),
     ends AS (SELECT week, MAX(CASE WHEN place <= wanted THEN x END) AS below, MIN(CASE WHEN place >= wanted THEN x END) AS above,
                     MAX(wanted) - CAST(MAX(wanted) AS INTEGER) AS share
              FROM v GROUP BY week)
SELECT w.week AS window_start, below + (above - below) * share AS value
FROM (SELECT DISTINCT week FROM b) w LEFT JOIN ends USING (week) ORDER BY 1;

-- metric: booking-value-p99 grain: Month by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, is_instant, CAST(booking_value AS REAL) AS x FROM bookings WHERE ds IS NOT NULL),
     v AS (SELECT month, is_instant, x, ROW_NUMBER() OVER (PARTITION BY month, is_instant ORDER BY x) - 1 AS place,
                  0.99 * (COUNT(*) OVER (PARTITION BY month, is_instant) - 1) AS wanted
           FROM b WHERE x IS NOT NULL),
     ends AS (SELECT month, is_instant, MAX(CASE WHEN place <= wanted THEN x END) AS below,
                     MIN(CASE WHEN place >= wanted THEN x END) AS above, MAX(wanted) - CAST(MAX(wanted) AS INTEGER) AS share
              FROM v GROUP BY month, is_instant),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member,
       (SELECT below + (above - below) * share FROM ends e WHERE e.month = w.month AND e.is_instant IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: approximate-continuous-booking-value-p99 grain: Month from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, CAST(booking_value AS REAL) AS x FROM bookings WHERE ds IS NOT NULL),
     v AS (SELECT month, x, ROW_NUMBER() OVER (PARTITION BY month ORDER BY x) - 1 AS place,
                  0.99 * (COUNT(*) OVER (PARTITION BY month) - 1) AS wanted
           FROM b WHERE x IS NOT NULL),
     ends AS (SELECT month, MAX(CASE WHEN place <= wanted THEN x END) AS below, MIN(CASE WHEN place >= wanted THEN x END) AS above,
                     MAX(wanted) - CAST(MAX(wanted) AS INTEGER) AS share
              FROM v GROUP BY month)
SELECT w.month AS window_start, below + (above - below) * share AS value
FROM (SELECT DISTINCT month FROM b) w LEFT JOIN ends USING (month) ORDER BY 1;

-- metric: bookers grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(DISTINCT guest_id) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookers grain: Week by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_instant, guest_id FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(week) AS since FROM b GROUP BY is_instant)
SELECT w.week AS window_start, m.member,
       (SELECT COUNT(DISTINCT guest_id) FROM b WHERE b.week = w.week AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: referred-bookings grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(referrer_id) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: referred-bookings grain: Day by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT ds, referrer_id, country FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT country AS member, MIN(ds) AS since FROM b GROUP BY country)
SELECT w.ds AS window_start, m.member,
       (SELECT COUNT(*) FROM b WHERE b.ds = w.ds AND b.country IS m.member AND b.referrer_id IS NOT NULL) AS value
FROM (SELECT DISTINCT ds FROM b) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: booking-payments grain: Day from: 2019-01-01 to: 2020-04-01
SELECT paid_at AS window_start, SUM(booking_value) AS value FROM bookings WHERE paid_at IS NOT NULL GROUP BY paid_at ORDER BY paid_at;

-- metric: booking-payments grain: Month by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(paid_at, 'start of month') AS month, is_instant, booking_value FROM bookings WHERE paid_at IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member, (SELECT SUM(booking_value) FROM b WHERE b.month = w.month AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: instant-booking-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(CASE is_instant WHEN 'true' THEN booking_value END) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: instant-booking-value grain: Week by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_instant, booking_value, country
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT country AS member, MIN(week) AS since FROM b GROUP BY country)
SELECT w.week AS window_start, m.member,
       (SELECT SUM(booking_value) FROM b WHERE b.week = w.week AND b.country IS m.member AND is_instant = 'true') AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: average-instant-booking-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT w.ds AS window_start, (SELECT AVG(booking_value) FROM bookings b WHERE b.ds = w.ds AND is_instant = 'true') AS value
FROM (SELECT DISTINCT ds FROM bookings WHERE ds IS NOT NULL) w ORDER BY 1;

-- metric: average-instant-booking-value grain: Month by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, is_instant, booking_value FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member,
       (SELECT AVG(booking_value) FROM b WHERE b.month = w.month AND b.is_instant IS m.member AND is_instant = 'true') AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: booking-value-for-non-null-listing-id grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(CASE WHEN listing_id IS NOT NULL THEN booking_value END) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: booking-value-for-non-null-listing-id grain: Week by: listing from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, listing_id, booking_value FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT listing_id AS member, MIN(week) AS since FROM b GROUP BY listing_id)
SELECT w.week AS window_start, m.member, (SELECT SUM(booking_value) FROM b WHERE b.week = w.week AND b.listing_id = m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: bookings-join-to-time-spine grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookings-fill-nulls-with-0-without-time-spine grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookings-fill-nulls-with-0-without-time-spine grain: Week by: host from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, host_id FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT host_id AS member, MIN(week) AS since FROM b GROUP BY host_id)
SELECT w.week AS window_start, m.member, (SELECT COUNT(*) FROM b WHERE b.week = w.week AND b.host_id IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: bookings-fill-nulls-with-0 grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, (SELECT COUNT(*) FROM bookings b WHERE b.ds = w.day) AS value
FROM w WHERE day >= (SELECT MIN(ds) FROM bookings WHERE ds >= '2020-01-01') ORDER BY 1;

-- metric: bookings-fill-nulls-with-0 grain: Day by: is_instant from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     m AS (SELECT is_instant AS member, MIN(ds) AS since FROM bookings WHERE ds >= '2020-01-01' GROUP BY is_instant)
SELECT w.day AS window_start, m.member,
       (SELECT COUNT(*) FROM bookings b WHERE b.ds = w.day AND b.is_instant IS m.member) AS value
FROM w JOIN m ON m.since <= w.day ORDER BY 1, 2;

-- metric: bookings-fill-nulls-with-0 grain: Week from: 2019-01-01 to: 2020-04-01
WITH RECURSIVE w(week) AS (SELECT '2018-12-31' UNION ALL SELECT date(week, '+7 days') FROM w WHERE week < '2020-03-30')
SELECT week AS window_start, (SELECT COUNT(*) FROM bookings b WHERE b.ds >= w.week AND b.ds < date(w.week, '+7 days')) AS value
FROM w ORDER BY 1;

-- metric: instant-bookings-with-measure-filter grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(CASE WHEN is_instant = 'true' AND listing_id IS NOT NULL THEN 1 END) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: instant-bookings-with-measure-filter grain: Week by: listing from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, listing_id, is_instant FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT listing_id AS member, MIN(week) AS since FROM b GROUP BY listing_id)
SELECT w.week AS window_start, m.member,
       (SELECT COUNT(*) FROM b WHERE b.week = w.week AND b.listing_id = m.member AND b.is_instant = 'true') AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: bookings-join-to-time-spine-with-tiered-filters grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, CASE ds WHEN '2020-01-02' THEN COUNT(*) ELSE 0 END AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookings-join-to-time-spine-with-tiered-filters grain: Month by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, ds, is_instant FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member,
       (SELECT COUNT(*) FROM b WHERE b.month = w.month AND b.is_instant IS m.member AND b.ds = '2020-01-02') AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- ============================================================ other tables: one aggregate

-- metric: views grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) AS value FROM views GROUP BY ds ORDER BY ds;

-- metric: views grain: Week by: listing from: 2019-01-01 to: 2020-04-01
WITH v AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, listing_id FROM views),
     m AS (SELECT listing_id AS member, MIN(week) AS since FROM v GROUP BY listing_id)
SELECT w.week AS window_start, m.member, (SELECT COUNT(*) FROM v WHERE v.week = w.week AND v.listing_id IS m.member) AS value
FROM (SELECT DISTINCT week FROM v) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: views grain: Day by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH v AS (SELECT ds, country FROM views LEFT JOIN listings USING (listing_id)),
     m AS (SELECT country AS member, MIN(ds) AS since FROM v GROUP BY country)
SELECT w.ds AS window_start, m.member, (SELECT COUNT(*) FROM v WHERE v.ds = w.ds AND v.country IS m.member) AS value
FROM (SELECT DISTINCT ds FROM v) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: listings grain: Day from: 2019-01-01 to: 2020-04-01
SELECT created_at AS window_start, COUNT(*) AS value FROM listings GROUP BY created_at ORDER BY created_at;

-- metric: listings grain: Week by: country_latest from: 2019-01-01 to: 2020-04-01
WITH l AS (SELECT date(created_at, 'weekday 0', '-6 days') AS week, country FROM listings),
     m AS (SELECT country AS member, MIN(week) AS since FROM l GROUP BY country)
SELECT w.week AS window_start, m.member, (SELECT COUNT(*) FROM l WHERE l.week = w.week AND l.country IS m.member) AS value
FROM (SELECT DISTINCT week FROM l) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: lux-listings grain: Day from: 2019-01-01 to: 2020-04-01
SELECT created_at AS window_start, COUNT(CASE is_lux WHEN 'true' THEN 1 END) AS value
FROM listings GROUP BY created_at ORDER BY created_at;

-- metric: lux-listings grain: Month by: country_latest from: 2019-01-01 to: 2020-04-01
WITH l AS (SELECT date(created_at, 'start of month') AS month, country, is_lux FROM listings),
     m AS (SELECT country AS member, MIN(month) AS since FROM l GROUP BY country)
SELECT w.month AS window_start, m.member,
       (SELECT COUNT(*) FROM l WHERE l.month = w.month AND l.country IS m.member AND l.is_lux = 'true') AS value
FROM (SELECT DISTINCT month FROM l) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: smallest-listing grain: Day from: 2019-01-01 to: 2020-04-01
SELECT created_at AS window_start, MIN(CAST(capacity AS INTEGER)) AS value FROM listings GROUP BY created_at ORDER BY created_at;

-- metric: smallest-listing grain: Month by: is_lux_latest from: 2019-01-01 to: 2020-04-01
WITH l AS (SELECT date(created_at, 'start of month') AS month, is_lux, CAST(capacity AS INTEGER) AS places FROM listings),
     m AS (SELECT is_lux AS member, MIN(month) AS since FROM l GROUP BY is_lux)
SELECT w.month AS window_start, m.member, (SELECT MIN(places) FROM l WHERE l.month = w.month AND l.is_lux IS m.member) AS value
FROM (SELECT DISTINCT month FROM l) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: largest-listing grain: Month from: 2019-01-01 to: 2020-04-01
SELECT date(created_at, 'start of month') AS window_start, MAX(CAST(capacity AS INTEGER)) AS value FROM listings GROUP BY 1 ORDER BY 1;

-- metric: largest-listing grain: Day by: user.home_state_latest from: 2019-01-01 to: 2020-04-01
WITH l AS (SELECT created_at, home_state_latest AS state, CAST(capacity AS INTEGER) AS places
           FROM listings LEFT JOIN users_latest u USING (user_id)),
     m AS (SELECT state AS member, MIN(created_at) AS since FROM l GROUP BY state)
SELECT w.created_at AS window_start, m.member,
       (SELECT MAX(places) FROM l WHERE l.created_at = w.created_at AND l.state IS m.member) AS value
FROM (SELECT DISTINCT created_at FROM l) w JOIN m ON m.since <= w.created_at ORDER BY 1, 2;

-- metric: identity-verifications grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) AS value FROM id_verifications GROUP BY ds ORDER BY ds;

-- metric: identity-verifications grain: Day by: verification_type from: 2019-01-01 to: 2020-04-01
WITH m AS (SELECT verification_type AS member, MIN(ds) AS since FROM id_verifications GROUP BY verification_type)
SELECT w.ds AS window_start, m.member,
       (SELECT COUNT(*) FROM id_verifications i WHERE i.ds = w.ds AND i.verification_type IS m.member) AS value
FROM (SELECT DISTINCT ds FROM id_verifications) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: revenue grain: Day from: 2019-01-01 to: 2020-04-01
SELECT created_at AS window_start, SUM(revenue) AS value FROM revenue GROUP BY created_at ORDER BY created_at;

-- metric: revenue grain: Week by: user.home_state_latest from: 2019-01-01 to: 2020-04-01
WITH r AS (SELECT date(created_at, 'weekday 0', '-6 days') AS week, home_state_latest AS state, revenue
           FROM revenue LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(week) AS since FROM r GROUP BY state)
SELECT w.week AS window_start, m.member, (SELECT SUM(revenue) FROM r WHERE r.week = w.week AND r.state IS m.member) AS value
FROM (SELECT DISTINCT week FROM r) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: visits grain: Day from: 2019-01-01 to: 2020-04-01
SELECT substr(visited_at, 1, 10) AS window_start, COUNT(*) AS value FROM visits GROUP BY 1 ORDER BY 1;

-- metric: visits grain: Day by: referrer_id from: 2019-01-01 to: 2020-04-01
WITH v AS (SELECT substr(visited_at, 1, 10) AS day, referrer_id FROM visits),
     m AS (SELECT referrer_id AS member, MIN(day) AS since FROM v GROUP BY referrer_id)
SELECT w.day AS window_start, m.member, (SELECT COUNT(*) FROM v WHERE v.day = w.day AND v.referrer_id IS m.member) AS value
FROM (SELECT DISTINCT day FROM v) w JOIN m ON m.since <= w.day ORDER BY 1, 2;

-- metric: visits-from-fb-ad-1 grain: Day from: 2019-01-01 to: 2020-04-01
SELECT substr(visited_at, 1, 10) AS window_start, COUNT(CASE referrer_id WHEN 'fb_ad_1' THEN 1 END) AS value
FROM visits GROUP BY 1 ORDER BY 1;

-- metric: visitors grain: Week from: 2019-01-01 to: 2020-04-01
SELECT date(substr(visited_at, 1, 10), 'weekday 0', '-6 days') AS window_start, COUNT(DISTINCT user_id) AS value
FROM visits GROUP BY 1 ORDER BY 1;

-- metric: visitors grain: Day by: user.home_state_latest from: 2019-01-01 to: 2020-04-01
WITH v AS (SELECT substr(visited_at, 1, 10) AS day, user_id, home_state_latest AS state FROM visits LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(day) AS since FROM v GROUP BY state)
SELECT w.day AS window_start, m.member, (SELECT COUNT(DISTINCT user_id) FROM v WHERE v.day = w.day AND v.state IS m.member) AS value
FROM (SELECT DISTINCT day FROM v) w JOIN m ON m.since <= w.day ORDER BY 1, 2;

-- metric: buys grain: Day from: 2019-01-01 to: 2020-04-01
SELECT substr(bought_at, 1, 10) AS window_start, COUNT(*) AS value FROM buys GROUP BY 1 ORDER BY 1;

-- metric: buys grain: Week by: user.home_state_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(substr(bought_at, 1, 10), 'weekday 0', '-6 days') AS week, home_state_latest AS state
           FROM buys LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(week) AS since FROM b GROUP BY state)
SELECT w.week AS window_start, m.member, (SELECT COUNT(*) FROM b WHERE b.week = w.week AND b.state IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: buys-month grain: Month from: 2019-01-01 to: 2020-04-01
SELECT ds_month AS window_start, COUNT(*) AS value FROM buys GROUP BY ds_month ORDER BY ds_month;

-- metric: buyers grain: Day from: 2019-01-01 to: 2020-04-01
SELECT substr(bought_at, 1, 10) AS window_start, COUNT(DISTINCT user_id) AS value FROM buys GROUP BY 1 ORDER BY 1;

-- metric: buyers grain: Month by: session from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(substr(bought_at, 1, 10), 'start of month') AS month, session_id, user_id FROM buys),
     m AS (SELECT session_id AS member, MIN(month) AS since FROM b GROUP BY session_id)
SELECT w.month AS window_start, m.member,
       (SELECT COUNT(DISTINCT user_id) FROM b WHERE b.month = w.month AND b.session_id IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: new-users grain: Day from: 2019-01-01 to: 2020-04-01
SELECT created_at AS window_start, COUNT(*) AS value FROM users GROUP BY created_at ORDER BY created_at;

-- metric: new-users grain: Week by: home_state from: 2019-01-01 to: 2020-04-01
WITH u AS (SELECT date(created_at, 'weekday 0', '-6 days') AS week, home_state FROM users),
     m AS (SELECT home_state AS member, MIN(week) AS since FROM u GROUP BY home_state)
SELECT w.week AS window_start, m.member, (SELECT COUNT(*) FROM u WHERE u.week = w.week AND u.home_state IS m.member) AS value
FROM (SELECT DISTINCT week FROM u) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: archived-users grain: Hour from: 2020-01-01 to: 2020-02-15
SELECT substr(archived_at, 1, 13) || ':00:00Z' AS window_start, COUNT(*) AS value
FROM users WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1;

-- metric: archived-users grain: Day by: home_state from: 2019-01-01 to: 2020-04-01
WITH u AS (SELECT substr(archived_at, 1, 10) AS day, home_state FROM users WHERE archived_at IS NOT NULL),
     m AS (SELECT home_state AS member, MIN(day) AS since FROM u GROUP BY home_state)
SELECT w.day AS window_start, m.member, (SELECT COUNT(*) FROM u WHERE u.day = w.day AND u.home_state IS m.member) AS value
FROM (SELECT DISTINCT day FROM u) w JOIN m ON m.since <= w.day ORDER BY 1, 2;

-- metric: archived-users-join-to-time-spine grain: Day from: 2019-01-01 to: 2020-04-01
SELECT substr(archived_at, 1, 10) AS window_start, COUNT(*) AS value FROM users WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1;

-- metric: subdaily-join-to-time-spine-metric grain: Hour from: 2020-01-01 to: 2020-02-15
SELECT substr(archived_at, 1, 13) || ':00:00Z' AS window_start, COUNT(*) AS value
FROM users WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1;

-- metric: simple-subdaily-metric-default-day grain: Day from: 2019-01-01 to: 2020-04-01
SELECT substr(archived_at, 1, 10) AS window_start, COUNT(*) AS value FROM users WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1;

-- metric: simple-subdaily-metric-default-hour grain: Hour from: 2020-01-01 to: 2020-02-15
SELECT substr(archived_at, 1, 13) || ':00:00Z' AS window_start, COUNT(*) AS value
FROM users WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1;

-- metric: simple-subdaily-metric-default-hour grain: Hour by: user.home_state_latest from: 2020-01-01 to: 2020-02-15
WITH u AS (SELECT substr(archived_at, 1, 13) || ':00:00Z' AS hour, home_state_latest AS state
           FROM users LEFT JOIN users_latest USING (user_id) WHERE archived_at IS NOT NULL),
     m AS (SELECT state AS member, MIN(hour) AS since FROM u GROUP BY state)
SELECT w.hour AS window_start, m.member, (SELECT COUNT(*) FROM u WHERE u.hour = w.hour AND u.state IS m.member) AS value
FROM (SELECT DISTINCT hour FROM u) w JOIN m ON m.since <= w.hour ORDER BY 1, 2;

-- ============================================================ balances

-- metric: account-balance grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(account_balance) AS value FROM accounts GROUP BY ds ORDER BY ds;

-- metric: account-balance grain: Day by: account_type from: 2019-01-01 to: 2020-04-01
WITH m AS (SELECT account_type AS member, MIN(ds) AS since FROM accounts GROUP BY account_type)
SELECT w.ds AS window_start, m.member,
       (SELECT SUM(account_balance) FROM accounts a WHERE a.ds = w.ds AND a.account_type IS m.member) AS value
FROM (SELECT DISTINCT ds FROM accounts) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: total-account-balance-first-day grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(account_balance) AS value FROM accounts GROUP BY ds ORDER BY ds;

-- metric: total-account-balance-first-day grain: Week from: 2019-01-01 to: 2020-04-01
WITH w AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, MIN(ds) AS first_day FROM accounts GROUP BY 1)
SELECT week AS window_start, (SELECT SUM(account_balance) FROM accounts a WHERE a.ds = w.first_day) AS value FROM w ORDER BY 1;

-- metric: total-account-balance-first-day grain: Week by: account_type from: 2019-01-01 to: 2020-04-01
WITH w AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, MIN(ds) AS first_day FROM accounts GROUP BY 1),
     m AS (SELECT account_type AS member, MIN(date(ds, 'weekday 0', '-6 days')) AS since FROM accounts GROUP BY account_type)
SELECT week AS window_start, m.member,
       (SELECT SUM(account_balance) FROM accounts a WHERE a.ds = w.first_day AND a.account_type IS m.member) AS value
FROM w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: current-account-balance-by-user grain: Week from: 2019-01-01 to: 2020-04-01
WITH a AS (SELECT accounts.*, date(ds, 'weekday 0', '-6 days') AS week FROM accounts),
     latest AS (SELECT week, user_id, MAX(ds) AS ds FROM a GROUP BY week, user_id)
SELECT l.week AS window_start, SUM(a.account_balance) AS value
FROM latest l JOIN a ON a.ds = l.ds AND a.user_id IS l.user_id GROUP BY l.week ORDER BY 1;

-- metric: current-account-balance-by-user grain: Month by: user from: 2019-01-01 to: 2020-04-01
WITH a AS (SELECT accounts.*, date(ds, 'start of month') AS month FROM accounts),
     m AS (SELECT user_id AS member, MIN(month) AS since FROM a GROUP BY user_id)
SELECT w.month AS window_start, m.member,
       (SELECT SUM(account_balance) FROM a
        WHERE a.user_id IS m.member
          AND a.ds = (SELECT MAX(ds) FROM a AS o WHERE o.month = w.month AND o.user_id IS m.member)) AS value
FROM (SELECT DISTINCT month FROM a) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: current-account-balance-by-user grain: Week by: account_type from: 2019-01-01 to: 2020-04-01
WITH a AS (SELECT accounts.*, date(ds, 'weekday 0', '-6 days') AS week FROM accounts),
     last AS (SELECT a.* FROM a WHERE ds = (SELECT MAX(ds) FROM a AS o WHERE o.week = a.week AND o.user_id IS a.user_id)),
     m AS (SELECT account_type AS member, MIN(week) AS since FROM a GROUP BY account_type)
SELECT w.week AS window_start, m.member,
       (SELECT SUM(account_balance) FROM last WHERE last.week = w.week AND last.account_type IS m.member) AS value
FROM (SELECT DISTINCT week FROM a) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: total-account-balance-first-day-of-month grain: Month from: 2019-01-01 to: 2020-04-01
SELECT ds_month AS window_start, SUM(account_balance) AS value FROM accounts GROUP BY ds_month ORDER BY ds_month;

-- metric: total-account-balance-first-day-of-month grain: Month by: account_type from: 2019-01-01 to: 2020-04-01
WITH m AS (SELECT account_type AS member, MIN(ds_month) AS since FROM accounts GROUP BY account_type)
SELECT w.ds_month AS window_start, m.member,
       (SELECT SUM(account_balance) FROM accounts a WHERE a.ds_month = w.ds_month AND a.account_type IS m.member) AS value
FROM (SELECT DISTINCT ds_month FROM accounts) w JOIN m ON m.since <= w.ds_month ORDER BY 1, 2;

-- metric: regional-starting-balance-ratios grain: Day from: 2019-01-01 to: 2020-04-01
WITH a AS (SELECT accounts.ds, account_balance, home_state_latest AS state FROM accounts LEFT JOIN users_latest u USING (user_id))
SELECT ds AS window_start,
       SUM(CASE WHEN state IN ('CA', 'HI', 'WA') THEN account_balance END) * 1.0
         / SUM(CASE WHEN state IN ('MD', 'NY', 'TX') THEN account_balance END) AS value
FROM a GROUP BY ds ORDER BY ds;

-- metric: regional-starting-balance-ratios grain: Week from: 2019-01-01 to: 2020-04-01
WITH a AS (SELECT date(accounts.ds, 'weekday 0', '-6 days') AS week, accounts.ds, account_balance,
                  CASE WHEN home_state_latest IN ('CA', 'HI', 'WA') THEN 'west' WHEN home_state_latest IN ('MD', 'NY', 'TX') THEN 'east' END AS coast
           FROM accounts LEFT JOIN users_latest u USING (user_id)),
     starts AS (SELECT week, coast, MIN(ds) AS ds FROM a WHERE coast IS NOT NULL GROUP BY week, coast),
     sums AS (SELECT week, coast, SUM(account_balance) AS total FROM a JOIN starts USING (week, coast, ds) GROUP BY week, coast)
SELECT w.week AS window_start,
       (SELECT total FROM sums s WHERE s.week = w.week AND coast = 'west') * 1.0
         / (SELECT total FROM sums s WHERE s.week = w.week AND coast = 'east') AS value
FROM (SELECT DISTINCT week FROM a) w ORDER BY 1;

-- metric: regional-starting-balance-ratios grain: Month by: account_type from: 2019-01-01 to: 2020-04-01
WITH a AS (SELECT date(accounts.ds, 'start of month') AS month, accounts.ds, account_balance, account_type,
                  CASE WHEN home_state_latest IN ('CA', 'HI', 'WA') THEN 'west' WHEN home_state_latest IN ('MD', 'NY', 'TX') THEN 'east' END AS coast
           FROM accounts LEFT JOIN users_latest u USING (user_id)),
     starts AS (SELECT month, coast, MIN(ds) AS ds FROM a WHERE coast IS NOT NULL GROUP BY month, coast),
     sums AS (SELECT month, coast, account_type, SUM(account_balance) AS total
              FROM a JOIN starts USING (month, coast, ds) GROUP BY month, coast, account_type),
     m AS (SELECT account_type AS member, MIN(month) AS since FROM a GROUP BY account_type)
SELECT w.month AS window_start, m.member,
       (SELECT total FROM sums s WHERE s.month = w.month AND coast = 'west' AND s.account_type IS m.member) * 1.0
         / (SELECT total FROM sums s WHERE s.month = w.month AND coast = 'east' AND s.account_type IS m.member) AS value
FROM (SELECT DISTINCT month FROM a) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- ============================================================ ratios

-- metric: bookings-per-booker grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) * 1.0 / COUNT(DISTINCT guest_id) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookings-per-booker grain: Week by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, guest_id, country
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT country AS member, MIN(week) AS since FROM b GROUP BY country)
SELECT w.week AS window_start, m.member,
       (SELECT COUNT(*) * 1.0 / COUNT(DISTINCT guest_id) FROM b WHERE b.week = w.week AND b.country IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: bookings-per-view grain: Day from: 2019-01-01 to: 2020-04-01
WITH w AS (SELECT ds FROM bookings WHERE ds IS NOT NULL UNION SELECT ds FROM views)
SELECT ds AS window_start,
       (SELECT NULLIF(COUNT(*), 0) FROM bookings b WHERE b.ds = w.ds) * 1.0 / (SELECT COUNT(*) FROM views v WHERE v.ds = w.ds) AS value
FROM w ORDER BY 1;

-- metric: bookings-per-view grain: Week by: listing from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, listing_id FROM bookings WHERE ds IS NOT NULL),
     v AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, listing_id FROM views),
     both AS (SELECT * FROM b UNION SELECT * FROM v),
     m AS (SELECT listing_id AS member, MIN(week) AS since FROM both GROUP BY listing_id)
SELECT w.week AS window_start, m.member,
       CASE WHEN w.week IN (SELECT week FROM b)
            THEN (SELECT COUNT(*) FROM b WHERE b.week = w.week AND b.listing_id IS m.member) * 1.0
                 / (SELECT COUNT(*) FROM v WHERE v.week = w.week AND v.listing_id IS m.member) END AS value
FROM (SELECT DISTINCT week FROM both) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: bookings-per-listing grain: Week from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week FROM bookings WHERE ds IS NOT NULL),
     l AS (SELECT date(created_at, 'weekday 0', '-6 days') AS week FROM listings)
SELECT week AS window_start,
       (SELECT NULLIF(COUNT(*), 0) FROM b WHERE b.week = w.week) * 1.0 / (SELECT COUNT(*) FROM l WHERE l.week = w.week) AS value
FROM (SELECT week FROM b UNION SELECT week FROM l) w ORDER BY 1;

-- metric: bookings-per-listing grain: Month by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, country FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     l AS (SELECT date(created_at, 'start of month') AS month, country FROM listings),
     both AS (SELECT * FROM b UNION SELECT * FROM l),
     m AS (SELECT country AS member, MIN(month) AS since FROM both GROUP BY country)
SELECT w.month AS window_start, m.member,
       CASE WHEN w.month IN (SELECT month FROM b)
            THEN (SELECT COUNT(*) FROM b WHERE b.month = w.month AND b.country IS m.member) * 1.0
                 / (SELECT COUNT(*) FROM l WHERE l.month = w.month AND l.country IS m.member) END AS value
FROM (SELECT DISTINCT month FROM both) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: bookings-per-dollar grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) * 1.0 / SUM(booking_value) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookings-per-dollar grain: Day by: is_instant from: 2019-01-01 to: 2020-04-01
WITH m AS (SELECT is_instant AS member, MIN(ds) AS since FROM bookings WHERE ds IS NOT NULL GROUP BY is_instant)
SELECT w.ds AS window_start, m.member,
       (SELECT COUNT(*) * 1.0 / SUM(booking_value) FROM bookings b WHERE b.ds = w.ds AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT ds FROM bookings WHERE ds IS NOT NULL) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: instant-booking-fraction-of-max-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, AVG(CASE is_instant WHEN 'true' THEN booking_value END) / MAX(CAST(booking_value AS REAL)) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: instant-booking-fraction-of-max-value grain: Month by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, is_instant, CAST(booking_value AS REAL) AS x, country
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT country AS member, MIN(month) AS since FROM b GROUP BY country)
SELECT w.month AS window_start, m.member,
       (SELECT AVG(x) FROM b WHERE b.month = w.month AND b.country IS m.member AND is_instant = 'true')
         / (SELECT MAX(x) FROM b WHERE b.month = w.month AND b.country IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: lux-booking-fraction-of-max-value grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start,
       AVG(CASE WHEN listing_id IN (SELECT listing_id FROM listings WHERE is_lux = 'true') THEN booking_value END)
         / MAX(CAST(booking_value AS REAL)) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: lux-booking-fraction-of-max-value grain: Week by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_instant, CAST(booking_value AS REAL) AS x, is_lux
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(week) AS since FROM b GROUP BY is_instant)
SELECT w.week AS window_start, m.member,
       (SELECT AVG(x) FROM b WHERE b.week = w.week AND b.is_instant IS m.member AND is_lux = 'true')
         / (SELECT MAX(x) FROM b WHERE b.week = w.week AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: instant-booking-value-ratio grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(CASE is_instant WHEN 'true' THEN booking_value END) * 1.0 / SUM(booking_value) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: instant-booking-value-ratio grain: Week by: listing.is_lux_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_instant, booking_value, is_lux
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT is_lux AS member, MIN(week) AS since FROM b GROUP BY is_lux)
SELECT w.week AS window_start, m.member,
       (SELECT SUM(booking_value) FROM b WHERE b.week = w.week AND b.is_lux IS m.member AND is_instant = 'true') * 1.0
         / (SELECT SUM(booking_value) FROM b WHERE b.week = w.week AND b.is_lux IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- ============================================================ derived

-- metric: booking-fees grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(booking_value) * 0.05 AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: booking-fees grain: Month by: listing from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, listing_id, booking_value FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT listing_id AS member, MIN(month) AS since FROM b GROUP BY listing_id)
SELECT w.month AS window_start, m.member,
       (SELECT SUM(booking_value) * 0.05 FROM b WHERE b.month = w.month AND b.listing_id IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: booking-fees-per-booker grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(booking_value) * 0.05 / COUNT(DISTINCT guest_id) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: booking-fees-per-booker grain: Week by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_instant, booking_value, guest_id FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(week) AS since FROM b GROUP BY is_instant)
SELECT w.week AS window_start, m.member,
       (SELECT SUM(booking_value) * 0.05 / COUNT(DISTINCT guest_id) FROM b WHERE b.week = w.week AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: views-times-booking-value grain: Day from: 2019-01-01 to: 2020-04-01
WITH w AS (SELECT ds FROM bookings WHERE ds IS NOT NULL UNION SELECT ds FROM views)
SELECT ds AS window_start,
       (SELECT SUM(booking_value) FROM bookings b WHERE b.ds = w.ds) * (SELECT NULLIF(COUNT(*), 0) FROM views v WHERE v.ds = w.ds) AS value
FROM w ORDER BY 1;

-- metric: views-times-booking-value grain: Day by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT ds, country, booking_value FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     v AS (SELECT ds, country FROM views LEFT JOIN listings USING (listing_id)),
     both AS (SELECT ds, country FROM b UNION SELECT ds, country FROM v),
     m AS (SELECT country AS member, MIN(ds) AS since FROM both GROUP BY country)
SELECT w.ds AS window_start, m.member,
       (SELECT SUM(booking_value) FROM b WHERE b.ds = w.ds AND b.country IS m.member)
         * CASE WHEN w.ds IN (SELECT ds FROM v) THEN (SELECT COUNT(*) FROM v WHERE v.ds = w.ds AND v.country IS m.member) END AS value
FROM (SELECT DISTINCT ds FROM both) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: lux-booking-value-rate-expr grain: Day from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT ds, CAST(booking_value AS REAL) AS x, is_lux FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL)
SELECT ds AS window_start, AVG(CASE is_lux WHEN 'true' THEN x END) * COUNT(CASE is_lux WHEN 'true' THEN 1 END) / SUM(x) AS value
FROM b GROUP BY ds ORDER BY ds;

-- metric: lux-booking-value-rate-expr grain: Month by: is_instant from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, is_instant, CAST(booking_value AS REAL) AS x, is_lux
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member,
       (SELECT AVG(x) * COUNT(*) FROM b WHERE b.month = w.month AND b.is_instant IS m.member AND is_lux = 'true')
         / (SELECT SUM(x) FROM b WHERE b.month = w.month AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: instant-lux-booking-value-rate grain: Day from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT ds, is_instant, CAST(booking_value AS REAL) AS x, is_lux
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL)
SELECT ds AS window_start,
       (SELECT AVG(x) * COUNT(*) FROM b WHERE b.ds = w.ds AND is_instant = 'true' AND is_lux = 'true')
         / (SELECT SUM(x) FROM b WHERE b.ds = w.ds AND is_instant = 'true') AS value
FROM (SELECT DISTINCT ds FROM b) w ORDER BY 1;

-- metric: instant-lux-booking-value-rate grain: Month by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, is_instant, CAST(booking_value AS REAL) AS x, is_lux, country
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT country AS member, MIN(month) AS since FROM b GROUP BY country)
SELECT w.month AS window_start, m.member,
       (SELECT AVG(x) * COUNT(*) FROM b WHERE b.month = w.month AND b.country IS m.member AND is_instant = 'true' AND is_lux = 'true')
         / (SELECT SUM(x) FROM b WHERE b.month = w.month AND b.country IS m.member AND is_instant = 'true') AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: double-counted-delayed-bookings grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, 2 * COUNT(CASE is_instant WHEN 'false' THEN 1 END) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: double-counted-delayed-bookings grain: Week by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_instant, country
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT country AS member, MIN(week) AS since FROM b GROUP BY country)
SELECT w.week AS window_start, m.member,
       (SELECT 2 * COUNT(*) FROM b WHERE b.week = w.week AND b.country IS m.member AND is_instant = 'false') AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: non-referred-bookings-pct grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(referrer_id IS NULL) * 1.0 / COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: non-referred-bookings-pct grain: Day by: is_instant from: 2019-01-01 to: 2020-04-01
WITH m AS (SELECT is_instant AS member, MIN(ds) AS since FROM bookings WHERE ds IS NOT NULL GROUP BY is_instant)
SELECT w.ds AS window_start, m.member,
       (SELECT SUM(referrer_id IS NULL) * 1.0 / COUNT(*) FROM bookings b WHERE b.ds = w.ds AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT ds FROM bookings WHERE ds IS NOT NULL) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: booking-value-sub-instant grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(booking_value) - SUM(CASE is_instant WHEN 'true' THEN booking_value END) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: booking-value-sub-instant grain: Week by: listing.is_lux_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, is_instant, booking_value, is_lux
           FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT is_lux AS member, MIN(week) AS since FROM b GROUP BY is_lux)
SELECT w.week AS window_start, m.member,
       (SELECT SUM(booking_value) FROM b WHERE b.week = w.week AND b.is_lux IS m.member)
         - (SELECT SUM(booking_value) FROM b WHERE b.week = w.week AND b.is_lux IS m.member AND is_instant = 'true') AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: booking-value-sub-instant-add-10 grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, SUM(booking_value) - SUM(CASE is_instant WHEN 'true' THEN booking_value END) + 10 AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: bookings-per-lux-listing-derived grain: Week from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week FROM bookings WHERE ds IS NOT NULL),
     l AS (SELECT date(created_at, 'weekday 0', '-6 days') AS week, is_lux FROM listings)
SELECT week AS window_start,
       (SELECT NULLIF(COUNT(*), 0) FROM b WHERE b.week = w.week) * 1.0
         / (SELECT COUNT(*) FROM l WHERE l.week = w.week AND is_lux = 'true') AS value
FROM (SELECT week FROM b UNION SELECT week FROM l) w ORDER BY 1;

-- metric: bookings-per-lux-listing-derived grain: Month by: listing.country_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'start of month') AS month, country FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     l AS (SELECT date(created_at, 'start of month') AS month, country, is_lux FROM listings),
     both AS (SELECT month, country FROM b UNION SELECT month, country FROM l),
     m AS (SELECT country AS member, MIN(month) AS since FROM both GROUP BY country)
SELECT w.month AS window_start, m.member,
       CASE WHEN w.month IN (SELECT month FROM b)
            THEN (SELECT COUNT(*) FROM b WHERE b.month = w.month AND b.country IS m.member) * 1.0
                 / (SELECT COUNT(*) FROM l WHERE l.month = w.month AND l.country IS m.member AND is_lux = 'true') END AS value
FROM (SELECT DISTINCT month FROM both) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: instant-plus-non-referred-bookings-pct grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, (SUM(referrer_id IS NULL) + COUNT(CASE is_instant WHEN 'true' THEN 1 END)) * 1.0 / COUNT(*) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: instant-plus-non-referred-bookings-pct grain: Week by: host from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, host_id, is_instant, referrer_id FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT host_id AS member, MIN(week) AS since FROM b GROUP BY host_id)
SELECT w.week AS window_start, m.member,
       (SELECT (SUM(referrer_id IS NULL) + COUNT(CASE is_instant WHEN 'true' THEN 1 END)) * 1.0 / COUNT(*)
        FROM b WHERE b.week = w.week AND b.host_id IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: booking-value-per-view grain: Day from: 2019-01-01 to: 2020-04-01
WITH w AS (SELECT ds FROM bookings WHERE ds IS NOT NULL UNION SELECT ds FROM views)
SELECT ds AS window_start,
       (SELECT SUM(booking_value) FROM bookings b WHERE b.ds = w.ds) * 1.0 / (SELECT COUNT(*) FROM views v WHERE v.ds = w.ds) AS value
FROM w ORDER BY 1;

-- metric: booking-value-per-view grain: Week by: listing from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, listing_id, booking_value FROM bookings WHERE ds IS NOT NULL),
     v AS (SELECT date(ds, 'weekday 0', '-6 days') AS week, listing_id FROM views),
     both AS (SELECT week, listing_id FROM b UNION SELECT week, listing_id FROM v),
     m AS (SELECT listing_id AS member, MIN(week) AS since FROM both GROUP BY listing_id)
SELECT w.week AS window_start, m.member,
       (SELECT SUM(booking_value) FROM b WHERE b.week = w.week AND b.listing_id IS m.member) * 1.0
         / (SELECT COUNT(*) FROM v WHERE v.week = w.week AND v.listing_id IS m.member) AS value
FROM (SELECT DISTINCT week FROM both) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- metric: derived-bookings-0 grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: derived-bookings-1 grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: twice-bookings-fill-nulls-with-0-without-time-spine grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, 2 * COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: nested-fill-nulls-without-time-spine grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, 6 * COUNT(*) AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: nested-fill-nulls-without-time-spine grain: Day by: listing.is_lux_latest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT ds, is_lux FROM bookings LEFT JOIN listings USING (listing_id) WHERE ds IS NOT NULL),
     m AS (SELECT is_lux AS member, MIN(ds) AS since FROM b GROUP BY is_lux)
SELECT w.ds AS window_start, m.member, (SELECT 6 * COUNT(*) FROM b WHERE b.ds = w.ds AND b.is_lux IS m.member) AS value
FROM (SELECT DISTINCT ds FROM b) w JOIN m ON m.since <= w.ds ORDER BY 1, 2;

-- metric: derived-shared-alias-1a grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) - 10 AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: derived-shared-alias-1b grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) - 100 AS value FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: derived-shared-alias-2 grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(CASE is_instant WHEN 'true' THEN 1 END) + 10 AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: test-simple-derived-metric grain: Day from: 2019-01-01 to: 2020-04-01
SELECT ds AS window_start, COUNT(*) + COUNT(referrer_id) + COUNT(CASE is_instant WHEN 'true' THEN 1 END) + SUM(booking_value) AS value
FROM bookings WHERE ds IS NOT NULL GROUP BY ds ORDER BY ds;

-- metric: test-simple-derived-metric grain: Week by: guest from: 2019-01-01 to: 2020-04-01
WITH b AS (SELECT bookings.*, date(ds, 'weekday 0', '-6 days') AS week FROM bookings WHERE ds IS NOT NULL),
     m AS (SELECT guest_id AS member, MIN(week) AS since FROM b GROUP BY guest_id)
SELECT w.week AS window_start, m.member,
       (SELECT COUNT(*) + COUNT(referrer_id) + COUNT(CASE is_instant WHEN 'true' THEN 1 END) + SUM(booking_value)
        FROM b WHERE b.week = w.week AND b.guest_id IS m.member) AS value
FROM (SELECT DISTINCT week FROM b) w JOIN m ON m.since <= w.week ORDER BY 1, 2;

-- ============================================================ compared with earlier
-- A window is there when one of the days that are read has a row.

-- metric: booking-fees-last-week-per-booker-this-week grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start,
       (SELECT SUM(booking_value) FROM bookings WHERE ds = date(day, '-7 days')) * 0.05
         / (SELECT COUNT(DISTINCT guest_id) FROM bookings WHERE ds = day) AS value
FROM w WHERE EXISTS (SELECT 1 FROM bookings WHERE ds IN (day, date(day, '-7 days'))) ORDER BY 1;

-- metric: booking-fees-last-week-per-booker-this-week grain: Week from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(week) AS (SELECT '2019-12-30' UNION ALL SELECT date(week, '+7 days') FROM w WHERE week < '2020-02-10'),
     b AS (SELECT bookings.*, date(ds, 'weekday 0', '-6 days') AS week FROM bookings)
SELECT week AS window_start,
       (SELECT SUM(booking_value) FROM b WHERE b.week = date(w.week, '-7 days')) * 0.05
         / (SELECT COUNT(DISTINCT guest_id) FROM b WHERE b.week = w.week) AS value
FROM w WHERE EXISTS (SELECT 1 FROM b WHERE b.week IN (w.week, date(w.week, '-7 days'))) ORDER BY 1;

-- metric: bookings-growth-2-weeks grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start,
       (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE ds = day)
         - (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE ds = date(day, '-14 days')) AS value
FROM w WHERE EXISTS (SELECT 1 FROM bookings WHERE ds IN (day, date(day, '-14 days'))) ORDER BY 1;

-- metric: bookings-growth-2-weeks grain: Day by: is_instant from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     windows AS (SELECT day, date(day, '-14 days') AS earlier FROM w),
     m AS (SELECT is_instant AS member, MIN(day) AS since FROM windows JOIN bookings ON ds IN (day, earlier) GROUP BY is_instant)
SELECT day AS window_start, member,
       CASE WHEN day IN (SELECT ds FROM bookings) AND earlier IN (SELECT ds FROM bookings WHERE ds IS NOT NULL)
            THEN (SELECT COUNT(*) FROM bookings WHERE ds = day AND is_instant IS member)
                 - (SELECT COUNT(*) FROM bookings WHERE ds = earlier AND is_instant IS member) END AS value
FROM windows JOIN m ON since <= day
WHERE EXISTS (SELECT 1 FROM bookings WHERE ds IN (day, earlier)) ORDER BY 1, 2;

-- metric: bookings-5-day-lag grain: Day from: 2020-01-01 to: 2020-02-15
SELECT date(ds, '+5 days') AS window_start, COUNT(*) AS value
FROM bookings WHERE date(ds, '+5 days') BETWEEN '2020-01-01' AND '2020-02-14' GROUP BY ds ORDER BY 1;

-- metric: bookings-5-day-lag grain: Day by: is_instant from: 2020-01-01 to: 2020-02-15
WITH b AS (SELECT date(ds, '+5 days') AS day, is_instant FROM bookings WHERE date(ds, '+5 days') BETWEEN '2020-01-01' AND '2020-02-14'),
     m AS (SELECT is_instant AS member, MIN(day) AS since FROM b GROUP BY is_instant)
SELECT w.day AS window_start, m.member, (SELECT COUNT(*) FROM b WHERE b.day = w.day AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT day FROM b) w JOIN m ON m.since <= w.day ORDER BY 1, 2;

-- metric: bookings-growth-2-weeks-fill-nulls-with-0 grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start,
       (SELECT COUNT(*) FROM bookings WHERE ds = day) - (SELECT COUNT(*) FROM bookings WHERE ds = date(day, '-14 days')) AS value
FROM w WHERE EXISTS (SELECT 1 FROM bookings WHERE ds IN (day, date(day, '-14 days'))) ORDER BY 1;

-- metric: bookings-growth-2-weeks-fill-nulls-with-0-for-non-offset grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start,
       (SELECT COUNT(*) FROM bookings WHERE ds = day)
         - (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE ds = date(day, '-14 days')) AS value
FROM w WHERE EXISTS (SELECT 1 FROM bookings WHERE ds IN (day, date(day, '-14 days'))) ORDER BY 1;

-- metric: bookings-offset-once grain: Day from: 2020-01-01 to: 2020-02-15
SELECT date(ds, '+5 days') AS window_start, 2 * COUNT(*) AS value
FROM bookings WHERE date(ds, '+5 days') BETWEEN '2020-01-01' AND '2020-02-14' GROUP BY ds ORDER BY 1;

-- metric: bookings-offset-twice grain: Day from: 2020-01-01 to: 2020-02-15
SELECT date(ds, '+7 days') AS window_start, 4 * COUNT(*) AS value
FROM bookings WHERE date(ds, '+7 days') BETWEEN '2020-01-01' AND '2020-02-14' GROUP BY ds ORDER BY 1;

-- metric: bookings-offset-twice grain: Day by: listing.country_latest from: 2020-01-01 to: 2020-02-15
WITH b AS (SELECT date(ds, '+7 days') AS day, country FROM bookings LEFT JOIN listings USING (listing_id)
           WHERE ds BETWEEN '2019-12-25' AND '2020-02-07'),
     m AS (SELECT country AS member, MIN(day) AS since FROM b GROUP BY country)
SELECT w.day AS window_start, m.member, (SELECT 4 * COUNT(*) FROM b WHERE b.day = w.day AND b.country IS m.member) AS value
FROM (SELECT DISTINCT day FROM b) w JOIN m ON m.since <= w.day ORDER BY 1, 2;

-- metric: bookings-1-month-ago grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, COUNT(*) AS value FROM w JOIN bookings ON ds = date(day, '-1 month') GROUP BY day ORDER BY 1;

-- metric: bookings-1-month-ago grain: Month by: is_instant from: 2020-01-01 to: 2020-05-01
WITH b AS (SELECT date(ds, 'start of month', '+1 month') AS month, is_instant FROM bookings WHERE ds >= '2019-12-01'),
     m AS (SELECT is_instant AS member, MIN(month) AS since FROM b GROUP BY is_instant)
SELECT w.month AS window_start, m.member, (SELECT COUNT(*) FROM b WHERE b.month = w.month AND b.is_instant IS m.member) AS value
FROM (SELECT DISTINCT month FROM b) w JOIN m ON m.since <= w.month ORDER BY 1, 2;

-- metric: bookings-mom grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     n AS (SELECT day, (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE ds = day) AS this,
                  (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE ds = date(day, '-1 month')) AS earlier
           FROM w)
SELECT day AS window_start, (this - earlier) * 1.0 / earlier AS value FROM n WHERE this > 0 OR earlier > 0 ORDER BY 1;

-- metric: bookings-mom grain: Month from: 2020-01-01 to: 2020-05-01
WITH RECURSIVE w(month) AS (SELECT '2020-01-01' UNION ALL SELECT date(month, '+1 month') FROM w WHERE month < '2020-04-01'),
     n AS (SELECT month, (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE date(ds, 'start of month') = month) AS this,
                  (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE date(ds, 'start of month') = date(month, '-1 month')) AS earlier
           FROM w)
SELECT month AS window_start, (this - earlier) * 1.0 / earlier AS value FROM n WHERE this > 0 OR earlier > 0 ORDER BY 1;

-- metric: bookings-1-year-ago grain: Day from: 2020-01-01 to: 2020-02-15
SELECT date(ds, '+1 year') AS window_start, COUNT(*) AS value
FROM bookings WHERE ds BETWEEN '2019-01-01' AND '2019-02-14' GROUP BY ds ORDER BY 1;

-- metric: bookings-1-year-ago grain: Month from: 2020-01-01 to: 2020-03-01
SELECT date(ds, 'start of month', '+1 year') AS window_start, COUNT(*) AS value
FROM bookings WHERE ds BETWEEN '2019-01-01' AND '2019-02-28' GROUP BY 1 ORDER BY 1;

-- metric: bookings-yoy grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     n AS (SELECT day, (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE ds = day) AS this,
                  (SELECT NULLIF(COUNT(*), 0) FROM bookings WHERE ds = date(day, '-1 year')) AS earlier
           FROM w)
SELECT day AS window_start, (this - earlier) * 1.0 / earlier AS value FROM n WHERE this > 0 OR earlier > 0 ORDER BY 1;

-- metric: bookings-yoy grain: Month from: 2020-01-01 to: 2020-03-01
WITH n AS (SELECT month, (SELECT COUNT(*) FROM bookings WHERE date(ds, 'start of month') = month) AS this,
                  (SELECT COUNT(*) FROM bookings WHERE date(ds, 'start of month') = date(month, '-1 year')) AS earlier
           FROM (SELECT '2020-01-01' AS month UNION SELECT '2020-02-01'))
SELECT month AS window_start, (this - earlier) * 1.0 / earlier AS value FROM n ORDER BY 1;

-- metric: subdaily-offset-window-metric grain: Hour from: 2020-01-01 to: 2020-02-15
SELECT strftime('%Y-%m-%dT%H:00:00Z', archived_at, '+1 hour') AS window_start, COUNT(*) AS value
FROM users WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1;

-- ============================================================ more than the window

-- metric: trailing-2-months-revenue grain: Day from: 2020-01-01 to: 2020-02-15
-- Two months that end with the day: from the same date two months before the next day, or the last of that month.
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     reach AS (SELECT day, MIN(date(day, '+1 day', '-2 months'), date(day, '+1 day', 'start of month', '-1 month', '-1 day')) AS since FROM w)
SELECT day AS window_start, SUM(revenue) AS value
FROM reach JOIN revenue ON created_at BETWEEN since AND day GROUP BY day ORDER BY 1;

-- metric: trailing-2-months-revenue grain: Day by: user.home_state_latest from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     reach AS (SELECT day, MIN(date(day, '+1 day', '-2 months'), date(day, '+1 day', 'start of month', '-1 month', '-1 day')) AS since FROM w),
     r AS (SELECT created_at, revenue, home_state_latest AS state FROM revenue LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(day) AS first_day FROM reach JOIN r ON created_at BETWEEN since AND day GROUP BY state)
SELECT day AS window_start, member,
       (SELECT SUM(revenue) FROM r WHERE created_at BETWEEN since AND day AND state IS member) AS value
FROM reach JOIN m ON first_day <= day
WHERE EXISTS (SELECT 1 FROM revenue WHERE created_at BETWEEN since AND day) ORDER BY 1, 2;

-- metric: trailing-2-months-revenue grain: Month from: 2020-01-01 to: 2020-03-01
-- The mean of the values of the days.
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-29'),
     reach AS (SELECT day, MIN(date(day, '+1 day', '-2 months'), date(day, '+1 day', 'start of month', '-1 month', '-1 day')) AS since FROM w),
     days AS (SELECT day, SUM(revenue) AS total FROM reach JOIN revenue ON created_at BETWEEN since AND day GROUP BY day)
SELECT date(day, 'start of month') AS window_start, AVG(total) AS value FROM days GROUP BY 1 ORDER BY 1;

-- metric: revenue-all-time grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, (SELECT SUM(revenue) FROM revenue WHERE created_at <= day) AS value FROM w ORDER BY 1;

-- metric: revenue-all-time grain: Week by: user.home_state_latest from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(week) AS (SELECT '2019-12-30' UNION ALL SELECT date(week, '+7 days') FROM w WHERE week < '2020-02-10'),
     r AS (SELECT date(created_at, 'weekday 0', '-6 days') AS week, revenue, home_state_latest AS state
           FROM revenue LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(week) AS since FROM r GROUP BY state)
SELECT w.week AS window_start, member, (SELECT SUM(revenue) FROM r WHERE r.week <= w.week AND state IS member) AS value
FROM w JOIN m ON since <= w.week ORDER BY 1, 2;

-- metric: every-two-days-bookers grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, COUNT(DISTINCT guest_id) AS value
FROM w JOIN bookings ON ds IN (day, date(day, '-1 day')) GROUP BY day ORDER BY 1;

-- metric: every-two-days-bookers grain: Day by: is_instant from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     b AS (SELECT day, is_instant, guest_id FROM w JOIN bookings ON ds IN (day, date(day, '-1 day'))),
     m AS (SELECT is_instant AS member, MIN(day) AS since FROM b GROUP BY is_instant)
SELECT w.day AS window_start, member,
       (SELECT COUNT(DISTINCT guest_id) FROM b WHERE b.day = w.day AND b.is_instant IS member) AS value
FROM (SELECT DISTINCT day FROM b) w JOIN m ON since <= w.day ORDER BY 1, 2;

-- metric: revenue-mtd grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, SUM(revenue) AS value
FROM w JOIN revenue ON created_at BETWEEN date(day, 'start of month') AND day GROUP BY day ORDER BY 1;

-- metric: revenue-mtd grain: Day by: user.home_state_latest from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     r AS (SELECT day, revenue, home_state_latest AS state
           FROM w JOIN revenue ON created_at BETWEEN date(day, 'start of month') AND day LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(day) AS since FROM r GROUP BY state)
SELECT w.day AS window_start, member, (SELECT SUM(revenue) FROM r WHERE r.day = w.day AND r.state IS member) AS value
FROM (SELECT DISTINCT day FROM r) w JOIN m ON since <= w.day ORDER BY 1, 2;

-- metric: bookings-all-time grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, (SELECT COUNT(*) FROM bookings WHERE ds <= day) AS value FROM w ORDER BY 1;

-- metric: bookings-all-time grain: Day by: is_instant from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     m AS (SELECT is_instant AS member, MIN(ds) AS since FROM bookings WHERE ds IS NOT NULL GROUP BY is_instant)
SELECT day AS window_start, member, (SELECT COUNT(*) FROM bookings WHERE ds <= day AND is_instant IS member) AS value
FROM w JOIN m ON since <= day ORDER BY 1, 2;

-- metric: every-two-days-bookers-fill-nulls-with-0 grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, (SELECT COUNT(DISTINCT guest_id) FROM bookings WHERE ds IN (day, date(day, '-1 day'))) AS value
FROM w WHERE day >= (SELECT MIN(ds) FROM bookings WHERE ds >= '2019-12-31') ORDER BY 1;

-- metric: every-two-days-bookers-fill-nulls-with-0 grain: Day by: is_instant from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     m AS (SELECT is_instant AS member, MIN(day) AS since FROM w JOIN bookings ON ds IN (day, date(day, '-1 day')) GROUP BY is_instant)
SELECT day AS window_start, member,
       (SELECT COUNT(DISTINCT guest_id) FROM bookings WHERE ds IN (day, date(day, '-1 day')) AND is_instant IS member) AS value
FROM w JOIN m ON since <= day ORDER BY 1, 2;

-- metric: trailing-7-days-bookings grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, COUNT(*) AS value
FROM w JOIN bookings ON ds > date(day, '-7 days') AND ds <= day GROUP BY day ORDER BY 1;

-- metric: trailing-7-days-bookings grain: Day by: listing.country_latest from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     b AS (SELECT day, country FROM w JOIN bookings ON ds > date(day, '-7 days') AND ds <= day LEFT JOIN listings USING (listing_id)),
     m AS (SELECT country AS member, MIN(day) AS since FROM b GROUP BY country)
SELECT w.day AS window_start, member, (SELECT COUNT(*) FROM b WHERE b.day = w.day AND b.country IS member) AS value
FROM (SELECT DISTINCT day FROM b) w JOIN m ON since <= w.day ORDER BY 1, 2;

-- metric: subdaily-cumulative-window-metric grain: Hour from: 2020-01-01 to: 2020-02-15
-- Each row counts in its hour and the two after it.
SELECT strftime('%Y-%m-%dT%H:00:00Z', archived_at, later) AS window_start, COUNT(*) AS value
FROM users, (SELECT '+0 hours' AS later UNION SELECT '+1 hours' UNION SELECT '+2 hours')
WHERE archived_at IS NOT NULL GROUP BY 1 ORDER BY 1;

-- metric: trailing-2-months-revenue-sub-10 grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     reach AS (SELECT day, MIN(date(day, '+1 day', '-2 months'), date(day, '+1 day', 'start of month', '-1 month', '-1 day')) AS since FROM w)
SELECT day AS window_start, SUM(revenue) - 10 AS value
FROM reach JOIN revenue ON created_at BETWEEN since AND day GROUP BY day ORDER BY 1;

-- metric: every-2-days-bookers-2-days-ago grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, COUNT(DISTINCT guest_id) AS value
FROM w JOIN bookings ON ds IN (date(day, '-2 days'), date(day, '-3 days')) GROUP BY day ORDER BY 1;

-- metric: trailing-7-days-bookings-offset-1-week grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14')
SELECT day AS window_start, COUNT(*) AS value
FROM w JOIN bookings ON ds > date(day, '-14 days') AND ds <= date(day, '-7 days') GROUP BY day ORDER BY 1;

-- metric: revenue-of-ca grain: Day from: 2019-01-01 to: 2020-04-01
SELECT created_at AS window_start, SUM(CASE home_state_latest WHEN 'CA' THEN revenue END) AS value
FROM revenue LEFT JOIN users_latest USING (user_id) GROUP BY created_at ORDER BY created_at;

-- metric: trailing-2-months-revenue-with-filter grain: Day from: 2020-01-01 to: 2020-02-15
WITH RECURSIVE w(day) AS (SELECT '2020-01-01' UNION ALL SELECT date(day, '+1 day') FROM w WHERE day < '2020-02-14'),
     reach AS (SELECT day, MIN(date(day, '+1 day', '-2 months'), date(day, '+1 day', 'start of month', '-1 month', '-1 day')) AS since FROM w)
SELECT day AS window_start,
       SUM(CASE WHEN user_id IN (SELECT user_id FROM users_latest WHERE home_state_latest = 'CA') THEN revenue END) AS value
FROM reach JOIN revenue ON created_at BETWEEN since AND day GROUP BY day ORDER BY 1;

-- ============================================================ one event after another
-- A purchase belongs to the latest visit of its user until then, if that is less than seven days ago, and counts on the day of the visit.

-- metric: visit-buy-conversion-rate-7days grain: Day from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT bought_at, (SELECT v.rowid FROM visits v WHERE v.user_id = b.user_id AND v.visited_at <= b.bought_at
                                ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT DISTINCT visit FROM led JOIN visits v ON v.rowid = visit WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7)
SELECT substr(visited_at, 1, 10) AS window_start, SUM(v.rowid IN (SELECT visit FROM won)) * 1.0 / COUNT(*) AS value
FROM visits v GROUP BY 1 ORDER BY 1;

-- metric: visit-buy-conversion-rate-7days grain: Week by: referrer_id from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT bought_at, (SELECT v.rowid FROM visits v WHERE v.user_id = b.user_id AND v.visited_at <= b.bought_at
                                ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT DISTINCT visit FROM led JOIN visits v ON v.rowid = visit WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7),
     v AS (SELECT date(substr(visited_at, 1, 10), 'weekday 0', '-6 days') AS week, referrer_id,
                  visits.rowid IN (SELECT visit FROM won) AS converted FROM visits),
     m AS (SELECT referrer_id AS member, MIN(week) AS since FROM v GROUP BY referrer_id)
SELECT w.week AS window_start, member,
       (SELECT SUM(converted) * 1.0 / COUNT(*) FROM v WHERE v.week = w.week AND v.referrer_id IS member) AS value
FROM (SELECT DISTINCT week FROM v) w JOIN m ON since <= w.week ORDER BY 1, 2;

-- metric: visit-buy-conversion-rate grain: Day from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT (SELECT v.rowid FROM visits v WHERE v.user_id = b.user_id AND v.visited_at <= b.bought_at
                     ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b)
SELECT substr(visited_at, 1, 10) AS window_start,
       SUM(v.rowid IN (SELECT visit FROM led WHERE visit IS NOT NULL)) * 1.0 / COUNT(*) AS value
FROM visits v GROUP BY 1 ORDER BY 1;

-- metric: visit-buy-conversion-rate grain: Week by: user.home_state_latest from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT (SELECT v.rowid FROM visits v WHERE v.user_id = b.user_id AND v.visited_at <= b.bought_at
                     ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     v AS (SELECT date(substr(visited_at, 1, 10), 'weekday 0', '-6 days') AS week, home_state_latest AS state,
                  visits.rowid IN (SELECT visit FROM led WHERE visit IS NOT NULL) AS converted
           FROM visits LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(week) AS since FROM v GROUP BY state)
SELECT w.week AS window_start, member,
       (SELECT SUM(converted) * 1.0 / COUNT(*) FROM v WHERE v.week = w.week AND v.state IS member) AS value
FROM (SELECT DISTINCT week FROM v) w JOIN m ON since <= w.week ORDER BY 1, 2;

-- metric: visit-buy-conversions grain: Day from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT bought_at, (SELECT MAX(visited_at) FROM visits v WHERE v.user_id = b.user_id AND v.visited_at <= b.bought_at) AS visited_at
             FROM buys b),
     won AS (SELECT substr(visited_at, 1, 10) AS day FROM led WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7)
SELECT w.day AS window_start, (SELECT COUNT(*) FROM won WHERE won.day = w.day) AS value
FROM (SELECT DISTINCT substr(visited_at, 1, 10) AS day FROM visits) w ORDER BY 1;

-- metric: visit-buy-conversions grain: Day by: referrer_id from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT bought_at, (SELECT v.rowid FROM visits v WHERE v.user_id = b.user_id AND v.visited_at <= b.bought_at
                                ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT substr(visited_at, 1, 10) AS day, referrer_id FROM led JOIN visits v ON v.rowid = visit
             WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7),
     m AS (SELECT referrer_id AS member, MIN(substr(visited_at, 1, 10)) AS since FROM visits GROUP BY referrer_id)
SELECT w.day AS window_start, member, (SELECT COUNT(*) FROM won WHERE won.day = w.day AND won.referrer_id IS member) AS value
FROM (SELECT DISTINCT substr(visited_at, 1, 10) AS day FROM visits) w JOIN m ON since <= w.day ORDER BY 1, 2;

-- metric: visit-buy-conversion-rate-by-session grain: Day from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT bought_at, (SELECT v.rowid FROM visits v
                                WHERE v.user_id = b.user_id AND v.session_id = b.session_id AND v.visited_at <= b.bought_at
                                ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT DISTINCT visit FROM led JOIN visits v ON v.rowid = visit WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7)
SELECT substr(visited_at, 1, 10) AS window_start, SUM(v.rowid IN (SELECT visit FROM won)) * 1.0 / COUNT(*) AS value
FROM visits v GROUP BY 1 ORDER BY 1;

-- metric: visit-buy-conversion-rate-by-session grain: Month by: referrer_id from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT bought_at, (SELECT v.rowid FROM visits v
                                WHERE v.user_id = b.user_id AND v.session_id = b.session_id AND v.visited_at <= b.bought_at
                                ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT DISTINCT visit FROM led JOIN visits v ON v.rowid = visit WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7),
     v AS (SELECT substr(visited_at, 1, 7) || '-01' AS month, referrer_id, visits.rowid IN (SELECT visit FROM won) AS converted FROM visits),
     m AS (SELECT referrer_id AS member, MIN(month) AS since FROM v GROUP BY referrer_id)
SELECT w.month AS window_start, member,
       (SELECT SUM(converted) * 1.0 / COUNT(*) FROM v WHERE v.month = w.month AND v.referrer_id IS member) AS value
FROM (SELECT DISTINCT month FROM v) w JOIN m ON since <= w.month ORDER BY 1, 2;

-- metric: visit-buy-conversion-rate-7days-fill-nulls-with-0 grain: Day from: 2019-01-01 to: 2020-04-01
WITH led AS (SELECT bought_at, (SELECT v.rowid FROM visits v WHERE v.user_id = b.user_id AND v.visited_at <= b.bought_at
                                ORDER BY v.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT DISTINCT visit FROM led JOIN visits v ON v.rowid = visit WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7)
SELECT substr(visited_at, 1, 10) AS window_start, COUNT(won.visit) * 1.0 / COUNT(*) AS value
FROM visits v LEFT JOIN won ON won.visit = v.rowid GROUP BY 1 ORDER BY 1;

-- metric: visit-buy-conversion-rate-with-filter grain: Day from: 2019-01-01 to: 2020-04-01
WITH seen AS (SELECT user_id, visited_at, visits.rowid AS visit FROM visits WHERE referrer_id = 'fb_ad_1'),
     led AS (SELECT bought_at, (SELECT visit FROM seen s WHERE s.user_id = b.user_id AND s.visited_at <= b.bought_at
                                ORDER BY s.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT DISTINCT visit FROM led JOIN seen USING (visit) WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7)
SELECT w.day AS window_start,
       (SELECT SUM(visit IN (SELECT visit FROM won)) * 1.0 / COUNT(*) FROM seen WHERE substr(visited_at, 1, 10) = w.day) AS value
FROM (SELECT DISTINCT substr(visited_at, 1, 10) AS day FROM visits) w ORDER BY 1;

-- metric: visit-buy-conversion-rate-with-filter grain: Month by: user.home_state_latest from: 2019-01-01 to: 2020-04-01
WITH seen AS (SELECT user_id, visited_at, visits.rowid AS visit FROM visits WHERE referrer_id = 'fb_ad_1'),
     led AS (SELECT bought_at, (SELECT visit FROM seen s WHERE s.user_id = b.user_id AND s.visited_at <= b.bought_at
                                ORDER BY s.visited_at DESC LIMIT 1) AS visit
             FROM buys b),
     won AS (SELECT DISTINCT visit FROM led JOIN seen USING (visit) WHERE julianday(bought_at) - julianday(visited_at) < 7 - 1e-7),
     v AS (SELECT substr(visited_at, 1, 7) || '-01' AS month, home_state_latest AS state, referrer_id = 'fb_ad_1' AS counts,
                  visits.rowid IN (SELECT visit FROM won) AS converted
           FROM visits LEFT JOIN users_latest USING (user_id)),
     m AS (SELECT state AS member, MIN(month) AS since FROM v GROUP BY state)
SELECT w.month AS window_start, member,
       (SELECT SUM(converted) * 1.0 / COUNT(*) FROM v WHERE v.month = w.month AND v.state IS member AND counts) AS value
FROM (SELECT DISTINCT month FROM v) w JOIN m ON since <= w.month ORDER BY 1, 2;
