"""From a source to a resale plan: product, meter and a cost-plus price in one go."""
