"""Wizards: questions that a button asks before it acts. They call models and hold no rules of their own."""

from . import cloud_change_decide, cloud_go_live, cloud_person_enrol, cloud_subscription_end
