#!/usr/bin/python3
"""Moments around nights on which clocks change, told by Python's zoneinfo: which day it is there,
and when what can wait for the day may leave.  Lines: zone, moment, day, from when (TSV).

    nights.py COUNT SEED
"""
import random
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

ZONES = ("Europe/Berlin", "America/New_York", "America/Santiago", "Africa/Cairo", "Asia/Beirut",
         "Australia/Lord_Howe", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "America/Havana")


def changes(zone):
    """The hours from 2024 to 2036 in which the offset changes; of a zone without any, some midnights."""
    at, end = datetime(2024, 1, 1, tzinfo=timezone.utc), datetime(2037, 1, 1, tzinfo=timezone.utc)
    found, step = [], timedelta(hours=1)
    day = timedelta(days=1)
    while at < end:
        if at.astimezone(zone).utcoffset() != (at + day).astimezone(zone).utcoffset():
            hour = at
            while hour.astimezone(zone).utcoffset() == (hour + step).astimezone(zone).utcoffset():
                hour += step
            found.append(hour)
        at += day
    return found or [datetime(year, 3, 31, 18, 15, tzinfo=timezone.utc) for year in range(2024, 2037)]


def morning(day, zone):
    return datetime(day.year, day.month, day.day, 8, tzinfo=zone)


def daytime(at, local, zone):
    if local.hour < 8:
        return morning(local.date(), zone)
    return morning(local.date() + timedelta(days=1), zone) if local.hour >= 20 else at


def main():
    chance = random.Random(int(sys.argv[2]))
    all_changes = [(name, ZoneInfo(name), changes(ZoneInfo(name))) for name in ZONES]
    for n in range(int(sys.argv[1])):
        name, zone, nights = all_changes[n % len(all_changes)]
        at = chance.choice(nights) + timedelta(seconds=chance.randint(-36 * 3600, 36 * 3600))
        local = at.astimezone(zone)
        print(name, at.isoformat(), local.date(), daytime(at, local, zone).astimezone(timezone.utc).isoformat(), sep="\t")


main()
