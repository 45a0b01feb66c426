"""The time zones in which schedules are tried."""

# Forty zones: half-hour and quarter-hour offsets, half-hour and two-hour summer times, jumps at midnight, changes of
# the standard offset, days that never were.
# fmt: off
ZONES = [
    "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Argentina/Buenos_Aires",
    "America/Asuncion", "America/Bogota", "America/Caracas", "America/Chicago", "America/Havana",
    "America/Los_Angeles", "America/Mexico_City", "America/New_York", "America/Nuuk", "America/Sao_Paulo",
    "America/Santiago", "America/St_Johns", "Antarctica/Troll", "Asia/Amman", "Asia/Beirut", "Asia/Dhaka",
    "Asia/Gaza", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Pyongyang", "Asia/Shanghai", "Asia/Tehran", "Asia/Tokyo",
    "Atlantic/Azores", "Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Amsterdam",
    "Europe/Dublin", "Europe/Istanbul", "Europe/London", "Europe/Moscow", "Pacific/Apia", "Pacific/Chatham",
    "Pacific/Kiritimati", "UTC",
]
# fmt: on
