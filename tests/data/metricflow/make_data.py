"""Makes the rows of this test up. `python3 make_data.py` writes data/*.csv, the same ones every time."""
import csv
import datetime as dt
import pathlib
import random

R = random.Random(20200101)
OUT = pathlib.Path(__file__).parent / "data"
DAY = dt.timedelta(days=1)
FIRST, LAST = dt.date(2020, 1, 1), dt.date(2020, 3, 10)
DAYS = [FIRST + n * DAY for n in range((LAST - FIRST).days + 1)]


def write(name, columns, rows):
    OUT.mkdir(exist_ok=True)
    with open(OUT / f"{name}.csv", "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        out.writerows(["" if cell is None else cell for cell in row] for row in rows)


def without(*closed):
    """Days that have rows."""
    gone = {dt.date.fromisoformat(day) for day in closed}
    return [day for day in DAYS if day not in gone]


def maybe(share, value):
    return None if R.random() < share else value


def at(day, second):
    return (dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")


USERS = [f"u{n:02}" for n in range(1, 25)]
STATES = ["CA", "CA", "HI", "WA", "MD", "NY", "TX"]
LISTINGS = [f"l{n:02}" for n in range(1, 23)]

# One row a user; u23 and u24 are not in it, two have no state.
write("users_latest", ["ds", "user_id", "home_state_latest"],
      [[DAYS[5], user, None if user in ("u07", "u15") else STATES[n % 7]] for n, user in enumerate(USERS[:22])])

# Several snapshots of some users; rows without an hour of archiving are of users that are not archived.
rows = []
HOURS = [(1, 1), (1, 1), (1, 2), (1, 4), (1, 7), (2, 0), (2, 0), (2, 23), (3, 0), (3, 5), (9, 12), (9, 13), (9, 13), (20, 22), (21, 1)]
for n in range(45):
    user = USERS[n % 24]
    created = DAYS[(n * 3) % 24 * 3 % 66]
    archived = None
    if n < 30 and n % 2 == 0:
        day, hour = HOURS[n // 2]
        archived = at(dt.date(2020, 1, day), hour * 3600 + R.randrange(3600))
    edit = at(DAYS[n], R.randrange(86400))
    rows.append([DAYS[n // 24 * 10], created, user, maybe(0.15, STATES[(n + n // 24) % 7]), maybe(0.3, edit), maybe(0.4, edit), edit, archived])
write("users", ["ds", "created_at", "user_id", "home_state", "last_profile_edit_ts", "bio_added_ts", "last_login_ts", "archived_at"], rows)

# One row a listing. l22 of the bookings is in no row.
rows = []
for n, listing in enumerate(LISTINGS[:21]):
    created = [0, 0, 1, 1, 4, 7, 7, 11, 12, 18, 18, 26, 30, 31, 33, 33, 40, 47, 52, 52, 60][n]
    lux = ["true", "false", "true", None, "false", "false"][n % 6]
    country = ["us", "us", "fr", "cote d'ivoire", None, "jp", "us"][n % 7]
    rows.append([DAYS[created], listing, country, maybe(0.1, R.choice([1, 2, 3, 4, 6, 9, 12])), lux, maybe(0.1, R.choice(USERS))])
write("listings", ["created_at", "listing_id", "country", "capacity", "is_lux", "user_id"], rows)
write("lux_listing_mapping", ["listing_id", "lux_listing_id"], [[listing, f"lux-{n}"] for n, listing in enumerate(LISTINGS[:21:4])])
write("companies", ["company_id", "company_name", "user_id"], [[f"c{n}", f"Rooms {n} Ltd", USERS[n * 3]] for n in range(1, 6)])


def booking(day):
    value = maybe(0.08, f"{R.choice([0, 35.5, 80, 99.99, 120, 150.25, 240, 310.1, 560, 999.95]) + R.randrange(0, 400) / 100:.2f}")
    paid = maybe(0.15, day + R.choice([0, 0, 1, 1, 2, 5, 9]) * DAY)
    guest, host = maybe(0.06, R.choice(USERS[:14])), R.choice(USERS[14:])
    instant = maybe(0.06, R.choice(["true", "false", "false"]))
    return [day, paid, guest, host, maybe(0.08, R.choice(LISTINGS)), value, instant, maybe(0.6, R.choice(USERS[:6]))]


open_days = without("2020-01-05", "2020-01-08", "2020-01-09", "2020-01-20", "2020-01-21", "2020-01-22", "2020-02-03", "2020-02-12",
                    "2020-02-25", "2020-02-26", "2020-03-08")
R.shuffle(open_days)
days = sorted(open_days[:46] + R.choices(open_days[:46], k=47) + [dt.date(2020, 1, 2)] * 2)
past = [dt.date.fromisoformat(day) for day in ("2019-01-03", "2019-01-03", "2019-01-15", "2019-01-21", "2019-02-05", "2019-02-11", "2019-12-28", "2019-12-30")]
rows = [booking(day) for day in past + days]
rows += [rows[20], rows[20], rows[41], rows[70]]                       # loaded twice or three times
rows.append([None] + booking(DAYS[3])[1:])                             # not dated
for day in ("2020-01-13",):                                            # a day whose rows have no value
    rows = [row if str(row[0]) != day else row[:5] + [None] + row[6:] for row in rows]
R.shuffle(rows)
write("bookings", ["ds", "paid_at", "guest_id", "host_id", "listing_id", "booking_value", "is_instant", "referrer_id"], rows)

open_days = without("2020-01-01", "2020-01-06", "2020-01-07", "2020-01-08", "2020-01-20", "2020-02-01", "2020-02-02", "2020-02-14", "2020-03-01")
rows = [[R.choice(open_days), maybe(0.1, R.choice(USERS)), maybe(0.1, R.choice(LISTINGS))] for _ in range(106)]
rows += [rows[3], rows[9], rows[9]]
write("views", ["ds", "user_id", "listing_id"], rows)

# Visits at different seconds for one user, so that the latest one before a purchase is one visit. Purchases follow within hours,
# at the very second, just before and just after seven days, long after, twice, or without any visit.
open_days = without("2020-01-03", "2020-01-04", "2020-01-17", "2020-02-08", "2020-02-09", "2020-02-20")
taken, visits = set(), []
while len(visits) < 105:
    day, second, user = R.choice(open_days[:55]), R.randrange(86400), maybe(0.05, R.choice(USERS[:18]))
    if (day, second, user) in taken:
        continue
    taken.add((day, second, user))
    n = len(visits)
    visits.append([user, at(day, second), maybe(0.08, R.choice(["fb_ad_1", "fb_ad_1", "fb_ad_2", "homepage", "search"])), maybe(0.07, f"s{n // 2:02}")])
write("visits", ["user_id", "visited_at", "referrer_id", "session_id"], visits)
WEEK = 7 * 86400
rows = []


def buy(visit, later, session=True):
    moment = dt.datetime.fromisoformat(visit[1][:-1]) + dt.timedelta(seconds=later)
    rows.append([moment.strftime("%Y-%m-%dT%H:%M:%SZ"), moment.date().replace(day=1), visit[0], visit[3] if session else maybe(0.3, "s90")])


for n, visit in enumerate(visits[:60]):
    if n % 12 == 0: buy(visit, 0)
    elif n % 12 == 1: buy(visit, WEEK)
    elif n % 12 == 2: buy(visit, WEEK - 1)
    elif n % 12 == 3: buy(visit, 3600); buy(visit, 7200)
    elif n % 12 == 4: buy(visit, 3 * 86400, session=False)
    elif n % 12 == 5: buy(visit, 20 * 86400)
    elif n % 12 == 6: buy(visit, R.randrange(1, 2 * WEEK))
    elif n % 12 == 7: buy(visit, -600)
rows += [rows[4], rows[11], ["2020-01-02T08:00:00Z", dt.date(2020, 1, 1), "u20", "s91"], ["2020-01-04T09:30:00Z", dt.date(2020, 1, 1), None, "s01"]]
write("buys", ["bought_at", "ds_month", "user_id", "session_id"], rows)

# Balances: a snapshot of some accounts on some days; not every user has one on each of them.
rows = []
for day in without("2020-01-01", "2020-01-06", "2020-01-27", "2020-02-17")[::3]:
    for user in R.sample(USERS[:9] + [None], 4):
        for kind in R.sample(["checking", "savings", None], R.choice([1, 1, 2])):
            rows.append([day, day.replace(day=1), user, maybe(0.08, f"{R.randrange(-5000, 90000) / 100:.2f}"), kind])
rows.append(rows[7])
write("accounts", ["ds", "ds_month", "user_id", "account_balance", "account_type"], rows[:118])

rows = []
for n in range(24):
    rows.append([dt.date(2019, 11, 3) + R.randrange(55) * DAY, f"{R.randrange(100, 90000) / 100:.2f}", R.choice(USERS)])
open_days = without("2020-01-01", "2020-01-02", "2020-01-03", "2020-01-11", "2020-01-12", "2020-02-01", "2020-02-02", "2020-02-29")
for n in range(80):
    rows.append([R.choice(open_days), maybe(0.06, f"{R.randrange(-2000, 90000) / 100:.2f}"), maybe(0.06, R.choice(USERS))])
rows += [rows[30], rows[50]]
write("revenue", ["created_at", "revenue", "user_id"], rows)

rows = []
for n in range(38):
    rows.append([R.choice(DAYS[::2]), f"v{n:03}", maybe(0.08, R.choice(USERS)), maybe(0.1, R.choice(["passport", "drivers_license", "social_security"]))])
write("id_verifications", ["ds", "verification_id", "user_id", "verification_type"], rows)
