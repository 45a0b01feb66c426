"""Re-rating: the difference between what was billed and what is owed now, as a charge of its own."""

from . import cloud_charge_correction, cloud_charge_found_equal, cloud_charge_correction_agreed
