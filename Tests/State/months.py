"""Fills a state file with 90 days of made-up history: python3 months.py FILE. The exporter that made the file has stopped."""

import random
import sqlite3
import sys
import time

DAYS, INCIDENTS = 90, 10


def fill(path):
    random.seed(1)
    database = sqlite3.connect(path)
    now = time.time()
    hour, minute = int(now // 3600), int(now // 60)
    components = [row[0] for row in database.execute("SELECT id FROM component ORDER BY id")]
    for table in ("success_minute", "success_hour", "incident", "transition"):
        database.execute(f"DELETE FROM {table}")
    hours = range(hour - DAYS * 24, hour + 1)
    bad = lambda: 17 if random.random() < 0.05 else 0
    database.executemany("INSERT INTO success_hour VALUES(?, ?, 3583, ?)", ((h, c, bad()) for h in hours for c in components))
    minutes = range(minute - 48 * 60, minute + 1)
    database.executemany("INSERT INTO success_minute VALUES(?, ?, 60, 0)", ((m, c) for m in minutes for c in components))
    starts = sorted((now - random.random() * DAYS * 86400, c) for c in components for _ in range(INCIDENTS))
    changes = []
    for number, (start, component) in enumerate(starts, 1):
        begin, end = int(start * 1e9), int(min(start + random.random() * 3600, now) * 1e9)
        database.execute(
            "INSERT INTO incident VALUES(?, ?, ?, ?, 'unhealthy', 'connect_refused', 0, 0, NULL)", (number, component, begin, end)
        )
        changes += [(component, begin, "healthy", "unhealthy", "connect_refused"), (component, end, "unhealthy", "healthy", None)]
    changes.sort(key=lambda change: change[1])
    database.executemany(
        "INSERT INTO transition(component, at_ns, from_status, to_status, reason) VALUES(?, ?, ?, ?, ?)", changes
    )
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


if __name__ == "__main__":
    fill(sys.argv[1])
