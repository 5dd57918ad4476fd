"""Dates as people write them, in the region's languages and calendars."""

from __future__ import annotations

import datetime as dt

import pytest

from aggregator.extract.calendars import Written, from_hijri, from_jalali, written

DATES = {
    "March 1, 2019 at 1:45 pm": "2019-03-01 13:45",
    "1 March 2019 12:05 am": "2019-03-01 00:05",
    "01.03.2019, 13:45 Uhr": "2019-03-01 13:45",
    "Do 25.04.24 | 14:07 Uhr": "2024-04-25 14:07",
    "30 Aralık 2024 Pazartesi 14:05": "2024-12-30 14:05",
    "3 במרץ 2024 12:30": "2024-03-03 12:30",
    "الإثنين، 24 أغسطس 2020 09:23 ص": "2020-08-24 09:23",
    "الإثنين، 24 أغسطس 2020 09:23 م": "2020-08-24 21:23",
    "الأحد، 04 آب/اغسطس 2013": "2013-08-04",
    "12 تشرين الثاني 2020": "2020-11-12",
    "7 جانفي 2021": "2021-01-07",
    "٧ يناير ٢٠٢١ - ١٤:٠٥": "2021-01-07 14:05",
    "۲۹ بهمن ۱۳۹۸ - ۰۶:۵۵": "2020-02-18 06:55",
    "2 تير 1399 - 12:09:08 ب.ظ": "2020-06-22 12:09",
    "1403/01/01": "2024-03-20",
    "1 رمضان 1445": "2024-03-11",
    "اتوار 12 مئی 2024 23:04": "2024-05-12 23:04",
    "4 de octubre de 2024": "2024-10-04",
    "le 14 juillet 2023 à 10h30": "2023-07-14 10:30",
    "2025年1月14日 01時28分": "2025-01-14",
}


@pytest.mark.parametrize(("text", "meaning"), DATES.items())
def test_a_date_is_read_in_its_calendar_and_language(text: str, meaning: str) -> None:
    found = written(text)
    assert found is not None
    time = f" {found.time:%H:%M}" if found.time else ""
    assert f"{found.day}{time}" == meaning


@pytest.mark.parametrize(
    "text",
    ["", "Call 0800 123 456", "31 February 2020", "Room 12 of 2020", "version 1.2.3", "May 2020", "x" * 999],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert written(text) is None


def test_the_zone_that_is_written_beside_the_time_is_kept() -> None:
    assert written("GMT 17:27 17.03.2020") == Written(dt.date(2020, 3, 17), dt.time(17, 27), utc=True)
    assert written("04.08.2013 02:21 (GMT+0400)") == Written(
        dt.date(2013, 8, 4), dt.time(2, 21), offset=dt.timedelta(hours=4)
    )


def test_numbers_are_day_first_unless_the_page_is_american() -> None:
    assert written("03/04/2020") == Written(dt.date(2020, 4, 3))
    assert written("03/04/2020", month_first=True) == Written(dt.date(2020, 3, 4))
    assert written("25/04/2020", month_first=True) == Written(dt.date(2020, 4, 25))


def test_persian_new_year_falls_on_its_day_in_leap_years_and_others() -> None:
    days = [from_jalali(year, 1, 1) for year in (1399, 1400, 1401, 1402, 1403, 1404)]
    assert [str(day) for day in days] == [
        *("2020-03-20", "2021-03-21", "2022-03-21", "2023-03-21", "2024-03-20", "2025-03-21")
    ]
    assert from_jalali(1399, 12, 30) == dt.date(2021, 3, 20)
    assert from_jalali(1400, 13, 1) is None


def test_the_islamic_year_begins_on_its_day_give_or_take_one() -> None:
    first = from_hijri(1446, 1, 1)
    assert first is not None
    assert abs(first - dt.date(2024, 7, 7)) <= dt.timedelta(days=1)
    assert from_hijri(1446, 0, 1) is None
