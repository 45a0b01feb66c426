"""Seats counted elsewhere: deliveries of licence lists, compared and taken over as quantities."""

from . import (
    cloud_seat_source,
    cloud_seat_delivery,
    cloud_seat_delivery_compare,
    cloud_seat_delivery_apply,
    cloud_seat_row,
    cloud_subscription_line_seats,
    cloud_subscription_quantity_seats,
)
