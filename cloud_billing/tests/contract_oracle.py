"""What a contract comes to, day by day, in fractions. Shares no code with the module: it knows days, not stretches.

A change is a tuple of its kind and its values, so that a sequence that found something can be written down as it is.
"""

from datetime import date, timedelta
from fractions import Fraction

DAY = timedelta(days=1)


def get_period(cycle, start, day):
    """(first day, first day after) of the whole period that holds a day."""
    if cycle == "month":
        first = day.replace(day=1)
        return first, (first + 32 * DAY).replace(day=1)
    if cycle == "quarter":
        first = date(day.year, day.month - (day.month - 1) % 3, 1)
        return first, (first + 95 * DAY).replace(day=1)
    if cycle == "anniversary":
        first = day if day.day >= start.day else day.replace(day=1) - DAY
        first = first.replace(day=start.day)
        return first, (first.replace(day=1) + 32 * DAY).replace(day=start.day)
    first = start + (day - start).days // 10 * 10 * DAY
    return first, first + 10 * DAY


def get_weight(method, day):
    """What a day weighs in a period that is shared: in Amsterdam's time, where seconds are counted."""
    if method == "second" and day.isoweekday() == 7 and day.month in (3, 10) and day.day > 24:
        # The last Sunday: clocks are put forward in March and back in October.
        return (23 if day.month == 3 else 25) * 3600
    if method == "second":
        return 24 * 3600
    if method == "thirty":
        # The 31st stands at 30, so the 30th before it weighs nothing; the last of February, what its month lacks.
        is_last = (day + DAY).month != day.month
        return 31 - min(day.day, 30) if is_last else int(day.day < 30)
    return 1


class Line:
    """A fee: its days, what it is for, how many from which day on, its own prices, its charged days."""

    def __init__(self, product, start, quantity):
        self.product, self.start, self.end = product, start, None
        self.quantities = {start: Fraction(quantity)}
        self.prices = []
        self.charged = set()

    def get_held(self, day):
        return self.quantities[max(held for held in self.quantities if held <= day)]

    def get_charged_until(self):
        return max(self.charged) + DAY if self.charged else None


class Contract:
    """products: {name: (timing, {first day: list price}, method by which a period is shared)}.

    A method is day, second, thirty or none. cycle: month, quarter, anniversary or ten days.
    """

    def __init__(self, products, start, cycle, trial_end=None):
        self.products, self.start, self.cycle, self.trial_end = products, start, cycle, trial_end
        self.end, self.lines, self.pauses, self.percents = None, [], [], []

    # ---- what is agreed ----

    def get_end(self, line):
        return min((day for day in (line.end, self.end) if day), default=date.max)

    def runs(self, line, day):
        return line.start <= day < self.get_end(line)

    def get_quantity(self, line, day):
        """What is paid for: nothing outside of the line's days, in the trial and in pauses."""
        rests = any(start <= day < (end or date.max) for start, end in self.pauses)
        if not self.runs(line, day) or rests or (self.trial_end and day < self.trial_end):
            return Fraction(0)
        return line.get_held(day)

    def get_unit_price(self, line, day):
        own = [price for start, price in line.prices if start <= day]
        listed = self.products[line.product][1]
        price = own[-1] if own else listed[max(start for start in listed if start <= day)]
        for start, end, percent in self.percents:
            if start <= day < end:
                price = price * (100 + percent) / 100
        return price

    def get_method(self, line):
        return self.products[line.product][2]

    def get_amount(self, line, day):
        """What is owed for a charged day; of a period that is not shared its first served day bears all of it."""
        method, (first, after) = self.get_method(line), get_period(self.cycle, self.start, day)
        share = Fraction(get_weight(method, day), sum(get_weight(method, one) for one in get_days(first, after)))
        if method == "none":
            served = (one for one in get_days(first, after) if one in line.charged and self.get_quantity(line, one))
            share = int(day == next(served, None))
        return self.get_quantity(line, day) * self.get_unit_price(line, day) * share

    def get_fees_charged_until(self):
        return max((day for line in self.lines if (day := line.get_charged_until())), default=None)

    # ---- what a run charges ----

    def charge(self, cutoff):
        """Mark the days that a run with this cut-off charges, as agreed at the moment."""
        for line in self.lines:
            first, after = get_period(self.cycle, self.start, max(line.start, self.start))
            while first <= cutoff:
                self._charge_period(line, first, after, cutoff)
                first, after = get_period(self.cycle, self.start, after)

    def _charge_period(self, line, first, after, cutoff):
        """In advance it is due on the first day that is not charged yet: also the rest that a moved end leaves."""
        paid = [day for day in get_days(first, after) if day >= self.start and self.get_quantity(line, day)]
        rest = [day for day in paid if day not in line.charged]
        if not rest:
            return
        is_advance = self.products[line.product][0] == "advance"
        due = rest[0] if is_advance else min(after, self.end or after)
        if due <= cutoff:
            line.charged.update(rest)

    # ---- changes ----

    def allows(self, change, today):
        """Whether the change is a legal one on a day, as the manual says."""
        if change[0] in ("quantity", "end", "swap", "price") and change[1] >= len(self.lines):
            return False
        return getattr(self, f"_allows_{change[0]}")(*change[1:], today=today)

    def apply(self, change):
        getattr(self, f"_apply_{change[0]}")(*change[1:])

    def is_over(self, today):
        return self.end is not None and self.end <= today

    def _move(self, line, day, policy):
        """Under the policy nothing, billed days stay."""
        until = line.get_charged_until()
        return max(day, until) if policy == "nothing" and until else day

    def _move_all(self, day, policy):
        until = self.get_fees_charged_until()
        return max(day, until) if policy == "nothing" and until else day

    def _allows_quantity(self, place, day, quantity, policy, today):
        line = self.lines[place]
        return self.runs(line, self._move(line, day, policy)) and day >= line.start

    def _apply_quantity(self, place, day, quantity, policy):
        line = self.lines[place]
        line.quantities[self._move(line, day, policy)] = Fraction(quantity)

    def _get_new_end(self, line, day, policy):
        """Nothing is given back: it runs as long as it is charged, but never longer than it would have."""
        moved = self._move(line, day, policy)
        return max(day, min(moved, self.get_end(line))) if moved > day else day

    def _allows_end(self, place, day, policy, today):
        return day is None or day > self.lines[place].start

    def _apply_end(self, place, day, policy):
        line = self.lines[place]
        line.end = self._get_new_end(line, day, policy) if day else None

    def _allows_add(self, product, day, quantity, today):
        return not self.is_over(today) and self.start <= day < (self.end or date.max)

    def _apply_add(self, product, day, quantity):
        self.lines.append(Line(product, day, quantity))

    def _allows_swap(self, place, product, day, policy, today):
        line = self.lines[place]
        if self.is_over(today) or line.product == product or day == line.start or not self.runs(line, day):
            return False
        return self._get_new_end(line, day, policy) < self.get_end(line)

    def _apply_swap(self, place, product, day, policy):
        """The other product goes on where the line ends, with what was agreed for it already."""
        line = self.lines[place]
        end, start = line.end, self._get_new_end(line, day, policy)
        follower = Line(product, start, line.get_held(start))
        follower.quantities.update({held: number for held, number in line.quantities.items() if held > start})
        line.end, follower.end = start, end
        self.lines.append(follower)

    def _allows_pause(self, start, end, policy, today):
        start = self._move_all(start, policy)
        is_free = all(
            from_day == until or (until and until <= start) or (end and end <= from_day)
            for from_day, until in self.pauses
        )
        is_within = self.start <= start < (self.end or date.max)
        return is_free and is_within and (end is None or start < end) and not self.is_over(today)

    def _apply_pause(self, start, end, policy):
        self.pauses.append([self._move_all(start, policy), end])

    def _find_pause(self, day):
        lasting = [one for one in self.pauses if one[0] != one[1] and (not one[1] or one[1] > day)]
        return min(lasting, default=None, key=lambda one: one[0])

    def _allows_resume(self, day, today):
        return self._find_pause(day) is not None

    def _apply_resume(self, day):
        pause = self._find_pause(day)
        pause[1] = max(day, pause[0])

    def _allows_notice(self, day, policy, today):
        return self.end is None and self._move_all(day, policy) > self.start

    def _apply_notice(self, day, policy):
        self.end = self._move_all(day, policy)

    def _allows_cancel(self, day, policy, today):
        return not self.is_over(today) and (self.end is None or policy != "nothing")

    def _apply_cancel(self, day, policy):
        self.end = max(self._move_all(day, policy), self.start)

    def _allows_reopen(self, today):
        return self.end is not None

    def _apply_reopen(self):
        self.end = None

    def _allows_price(self, place, day, price, policy, today):
        line = self.lines[place]
        return not line.prices or self._move(line, day, policy) > line.prices[-1][0]

    def _apply_price(self, place, day, price, policy):
        line = self.lines[place]
        line.prices.append((self._move(line, day, policy), Fraction(price)))

    def _allows_percent(self, day, until, percent, policy, today):
        start = self._move_all(day, policy)
        return start < until and all(until <= left or right <= start for left, right, _percent in self.percents)

    def _apply_percent(self, day, until, percent, policy):
        self.percents.append((self._move_all(day, policy), until, Fraction(percent)))

    def _allows_trial(self, day, today):
        return self.trial_end is not None and day > self.start and not self.is_over(today)

    def _apply_trial(self, day):
        self.trial_end = day


def get_days(start, end):
    return [start + number * DAY for number in range((end - start).days)]
