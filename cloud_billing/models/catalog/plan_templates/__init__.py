"""Plans to begin with: what a business of a kind usually sells, counts and charges, as tables of values.

Owns the tables. Does not own how records are made of them: that is `cloud.plan.template.wizard`. Every price is a
proposal that a person looks through before anything is made.
"""

from . import cloud_hosting, energy, saas, telephony

TEMPLATES = {
    template.key: template for template in (cloud_hosting.TEMPLATE, saas.TEMPLATE, telephony.TEMPLATE, energy.TEMPLATE)
}
