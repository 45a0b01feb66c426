"""Give selected streams an owner: a subscription line, new customers, or a cost centre."""
