"""What coupons and other limited discounts take off the price of one charge, while it is being rated."""


class NoDiscounts:
    """A charge without discounts; also the shape of what `cloud.rating._get_discounts` gives for one that has some.

    A discount with a limit may be drawn on by many charges, and by several prices of one charge. So it is asked for
    just before each price and told just after it; what is left for the next price is the giver's business.
    """

    def get(self, product_id):
        """The discounts for the next price of the charge: a tuple of engine `Adjustment` with `is_discount`.

        product_id: what the price is for; of a bundle its part.
        """
        return ()

    def take(self, result):
        """Take note of what a price has used: `result.discounts` of the engine's RatedResult."""


NO_DISCOUNTS = NoDiscounts()
