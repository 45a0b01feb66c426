from datetime import date

from odoo.tests import BaseCase, tagged

from ..models.matching.stretches import FOR_EVER, SINCE_EVER, Stretch, choose, join, without

ACME, BOLT = (1, None), (2, None)


def day(month, of_month=1):
    return date(2026, month, of_month)


@tagged("post_install", "-at_install")
class TestStretches(BaseCase):
    def test_what_is_taken_is_cut_out_and_open_sides_stay_open(self):
        always = Stretch(SINCE_EVER, FOR_EVER, ACME)
        left = without([always], [Stretch(day(3), day(4), BOLT)])
        self.assertEqual([(s.start, s.end) for s in left], [(SINCE_EVER, day(3)), (day(4), FOR_EVER)])

    def test_stretches_of_one_owner_that_touch_are_one(self):
        self.assertEqual(
            join([Stretch(day(2), day(3), ACME, 8), Stretch(day(1), day(2), ACME, 7)]),
            [Stretch(day(1), day(3), ACME, 8)],
        )
        apart = [Stretch(day(1), day(2), ACME), Stretch(day(2), day(3), BOLT)]
        self.assertEqual(join(apart), apart)

    def test_the_most_specific_holds_on_its_days_and_the_broader_one_on_the_others(self):
        narrow = Stretch(day(2), day(3), ACME, 1)
        broad = Stretch(day(1), day(5), BOLT, 2)
        self.assertEqual(
            choose([(day(2), day(3), [narrow]), (day(1), day(5), [broad])]),
            [Stretch(day(1), day(2), BOLT, 2), narrow, Stretch(day(3), day(5), BOLT, 2)],
        )

    def test_days_for_which_the_most_specific_has_no_line_go_to_nobody_else(self):
        # The narrow rule holds from January on; its customer's line runs from March on.
        narrow = Stretch(day(3), FOR_EVER, ACME, 1)
        broad = Stretch(SINCE_EVER, FOR_EVER, BOLT, 2)
        self.assertEqual(
            choose([(day(1), FOR_EVER, [narrow]), (SINCE_EVER, FOR_EVER, [broad])]),
            [Stretch(SINCE_EVER, day(1), BOLT, 2), narrow],
        )
