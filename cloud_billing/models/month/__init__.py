"""What people and schedules see of the month: the figures of the cockpit, interventions, standing approvals, jobs,
lateness.

Owns no amount: it counts and shows what billing made.
"""
