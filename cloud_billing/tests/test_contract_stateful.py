import os
import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..models.contract.change.line_change import LineChange
from .billing_common import BillingCase
from .contract_oracle import Contract, Line, get_days, get_period, get_weight

# CONTRIBUTING.md tells how to try more: so many batches of contracts, beginning with a seed.
BATCHES = int(os.environ.get("CLOUD_BILLING_CONTRACT_BATCHES") or 1)
SEED = int(os.environ.get("CLOUD_BILLING_CONTRACT_SEED") or 20260301)
CONTRACTS = 25
RUNS = 5
# Before a run, and while it waits to be approved.
CHANGES_BEFORE, CHANGES_WHILE_OPEN = (0, 1, 1, 2, 3), (0, 0, 0, 1)

HALF_A_CENT = Fraction(1, 200)
# Division keeps 30 decimals; some dozen pieces add up.
ALMOST_NOTHING = Fraction(1, 10**24)
# Name: in advance or in arrears, list prices by their first day. What differs by less than half a cent is not
# corrected, so no two prices of a day are as near to each other as that.
FEES = {
    "Seat": ("advance", {"2026-01-01": "12", "2026-04-01": "13.37"}),
    "Server": ("arrears", {"2026-01-01": "77.70"}),
    "Backup": ("advance", {"2026-01-01": "25", "2026-03-16": "21"}),
    "Support": ("arrears", {"2026-01-01": "100"}),
}
# Each of them with each way to share a period: "Seat" by days, "Seat second", "Seat thirty", "Seat none".
PRODUCTS = {
    name if method == "day" else f"{name} {method}": (*fee, method)
    for method in ("day", "second", "thirty", "none")
    for name, fee in FEES.items()
}
CYCLES = {
    "month": {},
    "quarter": {"cycle_unit": "quarter"},
    "anniversary": {"cycle_kind": "anniversary"},
    "ten days": {"cycle_unit": "day", "cycle_count": 10, "cycle_kind": "anniversary"},
}


class ContractLife(BillingCase):
    """A contract in Odoo beside the oracle's; both are changed alike."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = {}
        for name, (timing, _prices, method) in PRODUCTS.items():
            cls.products[name] = cls.make_product(name, "recurring", cloud_timing=timing, cloud_proration=method)
        days = sorted({day for _timing, prices, _method in PRODUCTS.values() for day in prices})
        for day in days:
            rules = [
                {"product_id": cls.products[name].id, "unit_price": prices[max(one for one in prices if one <= day)]}
                for name, (_timing, prices, _method) in PRODUCTS.items()
            ]
            cls.make_version(*rules, date_start=day)
        cls.listed = {
            name: (timing, {cls.day(day): Fraction(price) for day, price in prices.items()}, method)
            for name, (timing, prices, method) in PRODUCTS.items()
        }

    def sign(self, start, cycle, lines, trial_end=None):
        """A running contract: its oracle, with the subscription and its lines in the order of the oracle's."""
        contract = Contract(self.listed, start, cycle, trial_end)
        contract.lines = [Line(product, start, quantity) for product, quantity in lines]
        vals = [
            {"product_id": self.products[product].id, "name": product, "quantity": str(quantity)}
            for product, quantity in lines
        ]
        contract.subscription = self.make_subscription(
            self.make_customer("Customer"), *vals, date_start=start, trial_end=trial_end, **CYCLES[cycle]
        )
        contract.records = list(contract.subscription.line_ids.sorted("id"))
        return contract

    def change(self, contract, change, today):
        """Make one change on both sides. today: the customer's, to whom it is told."""
        self.set_company_state("setup")
        getattr(self, f"do_{change[0]}")(contract, *change[1:], now=datetime.combine(today, time(12)))
        self.env.flush_all()
        contract.apply(change)
        known = {line.id for line in contract.records}
        contract.records += [line for line in contract.subscription.line_ids.sorted("id") if line.id not in known]

    def do_quantity(self, contract, place, day, quantity, policy, now):
        contract.records[place]._apply_quantity(day, Decimal(quantity), policy)

    def do_end(self, contract, place, day, policy, now):
        contract.records[place]._apply_end(day, policy)

    def do_add(self, contract, product, day, quantity, now):
        added = LineChange(product=self.products[product], quantity=Decimal(quantity))
        contract.subscription._apply_changes(day, [added])

    def do_swap(self, contract, place, product, day, policy, now):
        swap = LineChange(contract.records[place], product=self.products[product])
        contract.subscription._apply_changes(day, [swap], policy)

    def do_pause(self, contract, start, end, policy, now):
        contract.subscription._apply_pause(start, end, policy)

    def do_resume(self, contract, day, now):
        contract.subscription._apply_resume(day)

    def do_notice(self, contract, day, policy, now):
        day = contract.subscription._get_day_by_policy(day, "at_once", policy)
        contract.subscription._apply_notice(day, now, policy=policy)

    def do_cancel(self, contract, day, policy, now):
        day = contract.subscription._get_day_by_policy(day, "at_once", policy)
        contract.subscription._apply_cancel(day, now, policy)

    def do_reopen(self, contract, now):
        contract.subscription._apply_reopening(now)

    def do_trial(self, contract, day, now):
        contract.subscription._apply_trial(day)

    def do_price(self, contract, place, day, price, policy, now):
        line = contract.records[place]
        self.agree_rate(contract, {"line_id": line.id, "kind": "price", "unit_price": price}, day, policy)

    def do_percent(self, contract, day, until, percent, policy, now):
        values = {"kind": "adjust", "percent": str(percent), "date_end": until}
        self.agree_rate(contract, values, day, policy)

    def agree_rate(self, contract, values, day, policy):
        rate = self.env["cloud.contract.rate"].create(
            {"subscription_id": contract.subscription.id, "date_start": day, "policy": policy, **values}
        )
        rate._agree()

    # ---- runs ----

    def bill(self, contracts, cutoff, while_open=()):
        """Rate, change what is to be changed meanwhile (functions), approve, post. Compares each preview."""
        previews = [(contract, self.preview(contract, cutoff)) for contract in contracts]
        self.set_company_state("setup")
        with freeze_time(datetime.combine(cutoff, time(12))):
            self.env["cloud.subscription"]._cron_end_subscriptions()
            run = self.make_run(str(cutoff))
            for contract in contracts:
                contract.charge(cutoff)
            for step in while_open:
                step()
            if run.bill_ids.charge_ids:
                self.post(run)
            else:
                run.action_cancel()
        for contract, preview in previews:
            if preview is not None:
                self.check_preview(contract, preview, run)

    def preview(self, contract, cutoff):
        """What the next invoice would be, as of a moment from which it is that of the cut-off; else None."""
        for now in (datetime.combine(cutoff, time(12)) - timedelta(days=1), datetime.combine(cutoff, time(12))):
            days = contract.subscription._get_preview_days(now)
            if days[-1] == cutoff:
                with freeze_time(now):
                    found = contract.subscription._get_next_invoice(now)
                self.env.invalidate_all()
                return found if found.day in (None, cutoff) else None
        return None

    def check_preview(self, contract, preview, run):
        self.previews += 1
        bills = run.bill_ids.filtered(lambda bill: bill.customer_id == contract.subscription.customer_id)
        billed = [
            (line.name, round(line.price_subtotal * (-1 if move.move_type == "out_refund" else 1), 2))
            for move in bills.move_id
            for line in move.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        ]
        shown = [(line.text, float(line.amount)) for bill in preview.bills for line in bill.lines]
        self.assertEqual(sorted(shown), sorted(billed), "the preview is what is billed")

    # ---- what must hold ----

    def check(self, contract):
        """Every charged day once, at the price and the quantity that are agreed now; everything else at nothing."""
        self.assertEqual(len(contract.lines), len(contract.records))
        for line, record in zip(contract.lines, contract.records, strict=True):
            method = contract.get_method(line)
            days, total, count = self.fetch_billed(record, partial(get_weight, method))
            expected = Fraction(0)
            if method == "none":
                # No day has a share of its own: what is billed of a period is looked at as that of its first day.
                self.gather(contract, line, days)
            for day in sorted(line.charged | set(days)):
                amount, quantity, times = days.get(day, (Fraction(0), Fraction(0), 0))
                owed = contract.get_amount(line, day) if day in line.charged else Fraction(0)
                place = (line.product, str(day))
                self.assertLess(abs(amount - owed), ALMOST_NOTHING, (*place, float(amount), float(owed)))
                if method != "none" and get_weight(method, day):
                    self.assertEqual(quantity, contract.get_quantity(line, day) if day in line.charged else 0, place)
                # A day that is not owed any more was charged and credited, or had not been charged before.
                self.assertIn(times, (1,) if owed else (0, 1), (*place, "charged once"))
                expected += owed
            # Each line is rounded; what is given back to the last cent may move one by what the others were rounded.
            self.assertLessEqual(abs(total - expected), HALF_A_CENT * (count + 1), line.product)

    def gather(self, contract, line, days):
        """Put what each period was billed on the first served day of it, or the first one where none is."""
        periods = {}
        for day, found in days.items():
            first, after = get_period(contract.cycle, contract.start, day)
            periods[first, after] = periods.get((first, after), 0) + found[0]
            found[0] = Fraction(0)
        for (first, after), amount in periods.items():
            served = [day for day in get_days(first, after) if contract.get_amount(line, day)]
            days.setdefault(next(iter(served), first), [Fraction(0), Fraction(0), 0])[0] += amount

    def fetch_billed(self, record, get_weight):
        """({day: [exact amount, quantity, how often charged]}, what was billed, in how many roundings).

        get_weight: what a day weighs in its period.
        """
        days, total, count = {}, Fraction(0), 0
        for charge in self.env["cloud.charge"].search([("subscription_line_id", "=", record.id)]):
            self.assertEqual(charge.state, "billed")
            if not charge.corrects_id:
                for day in get_days(charge.service_start, charge.service_end):
                    days.setdefault(day, [Fraction(0), Fraction(0), 0])[2] += 1
            for rated in charge.rated_line_ids:
                of_line = get_days(rated.service_start, rated.service_end)
                whole = sum(map(get_weight, of_line))
                # The 30th alone, by months of 30 days, is no day and costs nothing.
                self.assertTrue(whole or not rated.amount_exact)
                for day in of_line:
                    found = days.setdefault(day, [Fraction(0), Fraction(0), 0])
                    found[0] += Fraction(rated.amount_exact) * get_weight(day) / (whole or 1)
                    found[1] += Fraction(rated.quantity or 0)
                total += Fraction(rated.amount)
                count += 1
        return days, total, count

    def play(self, terms, steps):
        """Play one contract alone: terms of `sign`, steps (today, change) and (day, "run", number of steps meanwhile).

        Steps that are not legal any more, because others were taken out, are passed over.
        """
        contract = self.sign(*terms)
        waiting = list(steps)
        while waiting:
            today, *step = waiting.pop(0)
            if step[0] == "run":
                meanwhile, waiting = waiting[: step[1]], waiting[step[1] :]
                self.bill([contract], today, [partial(self.step, contract, *one) for one in meanwhile])
            else:
                self.step(contract, today, *step)
        last = max(today for today, *_step in steps)
        for cutoff in _get_last_cutoffs(last):
            self.bill([contract], cutoff)
            self.check(contract)

    def step(self, contract, today, change):
        if contract.allows(change, today):
            with freeze_time(datetime.combine(today, time(12))):
                self.env["cloud.subscription"]._cron_end_subscriptions()
                self.change(contract, change, today)


@tagged("post_install", "-at_install")
class TestAnyLegalSequenceOfChanges(ContractLife):
    """Random contracts with random changes, of days in the past and in the future, and bill runs in between.

    Contracts of a batch share their runs, which is what makes many of them affordable; one that goes wrong is played
    alone, with fewer and fewer steps, and is shown as what `play` takes.
    """

    def test_every_day_is_billed_once_or_credited_and_the_preview_is_the_bill(self):
        for seed in range(SEED, SEED + BATCHES):
            self.made, self.previews, self.kinds = 0, 0, {}
            with self.subTest(seed=seed), self.cr.savepoint() as savepoint:
                self.play_batch(random.Random(seed))
                savepoint.rollback()
            self.env.invalidate_all()

    def play_batch(self, rng):
        cutoffs = self.draw_cutoffs(rng)
        lives = [self.draw_contract(rng) for _number in range(CONTRACTS)]
        try:
            for cutoff in cutoffs:
                today = cutoff - timedelta(days=rng.randrange(1, 9))
                self.draw_changes(rng, lives, today, CHANGES_BEFORE)
                self.bill(
                    [contract for contract, _terms, _steps in lives],
                    cutoff,
                    [lambda day=cutoff: self.draw_changes(rng, lives, day, CHANGES_WHILE_OPEN, is_open=True)],
                )
            for cutoff in _get_last_cutoffs(cutoffs[-1]):
                self.bill([contract for contract, _terms, _steps in lives], cutoff)
                self.check_all(lives)
        except (AssertionError, UserError) as error:
            self.fail(self.find_shortest(lives, error))
        self.assertGreater(self.made, CONTRACTS * 3, "the sequences change something")
        self.assertGreater(self.previews, CONTRACTS, "previews are compared")

    def check_all(self, lives):
        for number, (contract, _terms, _steps) in enumerate(lives):
            try:
                self.check(contract)
            except AssertionError:
                # The first to be tried alone.
                lives.insert(0, lives.pop(number))
                raise

    def draw_cutoffs(self, rng):
        cutoffs = [date(2026, 2, 1)]
        while len(cutoffs) < RUNS:
            day = cutoffs[-1] + timedelta(days=rng.randrange(8, 45))
            cutoffs.append(day.replace(day=1) if day.replace(day=1) > cutoffs[-1] and rng.random() < 0.7 else day)
        return cutoffs

    def draw_contract(self, rng):
        start = date(2026, 1, 1) + timedelta(days=rng.choice([0, 0, rng.randrange(28), 31 + rng.randrange(28)]))
        cycle = rng.choice(["month", "month", "month", *CYCLES])
        lines = [(rng.choice(list(PRODUCTS)), rng.randrange(1, 12)) for _number in range(rng.choice([1, 1, 2]))]
        trial_end = start + timedelta(days=rng.randrange(5, 40)) if rng.random() < 0.2 else None
        terms = (start, cycle, lines, trial_end)
        return self.sign(*terms), terms, []

    def draw_changes(self, rng, lives, today, numbers, is_open=False):
        """Change the contracts and write down what was done."""
        with freeze_time(datetime.combine(today, time(12))):
            self.env["cloud.subscription"]._cron_end_subscriptions()
            for contract, _terms, steps in lives:
                made = 0
                for _number in range(rng.choice(numbers)):
                    change = self.draw_change(rng, contract, today)
                    if change:
                        steps.append((today, change))
                        self.change(contract, change, today)
                        made += 1
                        self.kinds[change[0]] = self.kinds.get(change[0], 0) + 1
                if is_open:
                    steps.insert(len(steps) - made, (today, "run", made))
                self.made += made

    def draw_change(self, rng, contract, today):
        """A legal change, or None where none of some attempts is one."""

        def day():
            return max(today + timedelta(days=rng.randrange(-60, 40)), contract.start)

        place = rng.randrange(len(contract.lines))
        policy = rng.choice(["credit", "credit", "refund", "nothing"])
        of_price = rng.choice(["credit", "credit", "nothing"])
        start, until = sorted((day(), day()))
        draws = [
            lambda: ("quantity", place, day(), rng.choice(["0", "1", "3", "10", "2.5", "40"]), policy),
            lambda: ("quantity", place, day(), rng.choice(["0", "1", "3", "10", "2.5", "40"]), policy),
            lambda: ("end", place, rng.choice([None, day()]), policy),
            lambda: ("add", rng.choice(list(PRODUCTS)), day(), rng.choice(["1", "4"])),
            lambda: ("swap", place, rng.choice(list(PRODUCTS)), day(), policy),
            lambda: ("pause", start, rng.choice([None, until]), policy),
            lambda: ("resume", day()),
            lambda: ("notice", day(), policy),
            lambda: ("cancel", day(), policy),
            lambda: ("reopen",),
            lambda: ("price", place, day(), rng.choice(["9.99", "50", "19.99"]), of_price),
            lambda: ("percent", start, until, rng.choice([-50, 30, -100, 70]), of_price),
            lambda: ("trial", day()),
        ]
        for _attempt in range(5):
            change = rng.choice(draws)()
            if contract.allows(change, today):
                return change
        return None

    # ---- what went wrong ----

    def find_shortest(self, lives, error):
        """The contract that goes wrong alone, with as few steps as it takes, as a text to be made a test of."""
        for _contract, terms, steps in lives:
            problem = self.try_alone(terms, steps)
            if not problem:
                continue
            number = 0
            while number < len(steps):
                fewer = _without(steps, number)
                found = self.try_alone(terms, fewer) if fewer else None
                steps, problem, number = (fewer, found, number) if found else (steps, problem, number + 1)
            listed = "\n".join(f"    {step!r}," for step in steps)
            return f"{problem}\nself.play(\n  {terms!r},\n  [\n{listed}\n  ])"
        return f"{error!r}\nNone of the contracts goes wrong alone."

    def try_alone(self, terms, steps):
        """What goes wrong, as a text; None where nothing does."""
        self.env.invalidate_all()
        with self.cr.savepoint() as savepoint:
            try:
                self.play(terms, steps)
            except (AssertionError, UserError) as error:
                return f"{type(error).__name__}: {error}"
            finally:
                savepoint.rollback()
        return None


def _get_last_cutoffs(day):
    """The day itself, which shows what fell due when; and one on which every rest of a period has fallen due."""
    return day, day + timedelta(days=100)


def _without(steps, number):
    """The steps without one; a run that was open meanwhile has one less."""
    fewer, left = [], 0
    for place, step in enumerate(steps):
        if step[1] == "run":
            left = step[2]
            if place == number:
                left = 0
                continue
            if place < number <= place + left:
                step = (step[0], "run", left - 1)
        elif place == number:
            continue
        fewer.append(step)
    return fewer


@tagged("post_install", "-at_install")
class TestSequencesThatWereFound(ContractLife):
    def test_an_end_that_is_moved_while_its_run_waits(self):
        self.previews = 0
        self.play(
            (date(2026, 1, 1), "month", [("Seat", 1)], None),
            [
                (date(2026, 4, 30), ("cancel", date(2026, 5, 4), "credit")),
                (date(2026, 5, 1), "run", 1),
                (date(2026, 5, 1), ("cancel", date(2026, 5, 16), "credit")),
                # The days from the 4th on are a rest of the month that falls due on its own first day.
                (date(2026, 5, 4), "run", 0),
            ],
        )

    def test_another_product_in_place_of_a_line_whose_agreed_quantity_lies_behind_its_end(self):
        self.previews = 0
        self.play(
            (date(2026, 1, 1), "month", [("Seat", 9)], None),
            [
                (date(2026, 1, 26), ("quantity", 0, date(2026, 3, 3), "40", "credit")),
                (date(2026, 1, 27), ("end", 0, date(2026, 2, 17), "credit")),
                (date(2026, 2, 1), ("swap", 0, "Backup none", date(2026, 2, 13), "credit")),
                # It runs on: the 40 from 3 March on were agreed, and hold for what took its place.
                (date(2026, 2, 14), ("end", 1, None, "credit")),
                (date(2026, 4, 1), "run", 0),
            ],
        )
