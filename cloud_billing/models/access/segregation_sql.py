"""Who holds two roles that two people should hold, by person and company, and by which groups: one statement."""

from odoo.tools import SQL

# {code: (role that makes, role that checks)}
CONFLICTS = {
    "bills": ("accountant", "approver"),
    "prices": ("price_manager", "approver"),
    "administration": ("administrator", "approver"),
    "bills_audited": ("accountant", "auditor"),
    "prices_audited": ("price_manager", "auditor"),
    "administration_audited": ("administrator", "auditor"),
}

# Only groups that lead to a role are walked, so that the many others of Odoo cost nothing.
_QUERY = """
    WITH RECURSIVE role AS (
        SELECT res_id AS id, substr(name, 7) AS code
          FROM ir_model_data
         WHERE module = 'cloud_billing' AND model = 'res.groups' AND name LIKE 'group\\_%%'
    ),
    bringing AS (
        SELECT id FROM role
         UNION
        SELECT i.gid FROM res_groups_implied_rel i JOIN bringing ON bringing.id = i.hid
    ),
    way AS (
        SELECT r.uid AS user_id, r.gid AS group_id, ARRAY[r.gid] AS steps
          FROM res_groups_users_rel r
          JOIN bringing ON bringing.id = r.gid
     UNION ALL
        SELECT w.user_id, i.hid, w.steps || i.hid
          FROM way w
          JOIN res_groups_implied_rel i ON i.gid = w.group_id
          JOIN bringing ON bringing.id = i.hid
         WHERE i.hid <> ALL(w.steps)
    ),
    holds AS (
        SELECT DISTINCT ON (u.id, role.code)
               u.id AS user_id,
               u.login,
               u.cloud_person_id AS person_id,
               role.code,
               u.login || ': ' || (
                   SELECT string_agg(COALESCE(g.name ->> %(lang)s, g.name ->> 'en_US'), ' → ' ORDER BY step.place)
                     FROM unnest(way.steps) WITH ORDINALITY AS step (id, place)
                     JOIN res_groups g ON g.id = step.id
               ) AS path
          FROM way
          JOIN role ON role.id = way.group_id
          JOIN res_users u ON u.id = way.user_id
         WHERE u.active
      ORDER BY u.id, role.code, cardinality(way.steps), way.steps
    ),
    -- A login that is nobody yet counts as one of its own: below zero, beside the ids of people.
    held AS (
        SELECT COALESCE(h.person_id, -h.user_id) AS owner,
               c.cid AS company_id,
               h.code,
               MIN(h.person_id) AS person_id,
               array_agg(DISTINCT h.login) AS logins,
               string_agg(DISTINCT h.path, E'\\n') AS path
          FROM holds h
          JOIN res_company_users_rel c ON c.user_id = h.user_id
      GROUP BY 1, 2, 3
    ),
    accepted AS (
        SELECT DISTINCT ON (a.owner, a.company_id, a.conflict) a.*
          FROM cloud_segregation_acceptance a
      ORDER BY a.owner, a.company_id, a.conflict, a.id DESC
    )
    SELECT ROW_NUMBER() OVER (ORDER BY maker.company_id, maker.owner, conflict.code)::integer AS id,
           maker.owner,
           maker.person_id,
           maker.company_id,
           conflict.code AS conflict,
           array_to_string(ARRAY(SELECT DISTINCT unnest(maker.logins || checker.logins) ORDER BY 1), ', ') AS logins,
           maker.path AS maker_path,
           checker.path AS checker_path,
           (SELECT MAX(v.create_date)
              FROM cloud_change_vote v
             WHERE v.person_id = maker.person_id AND v.company_id = maker.company_id) AS last_vote_at,
           accepted.id AS acceptance_id,
           accepted.id IS NOT NULL AND accepted.date_end > CURRENT_DATE AS is_accepted
      FROM (VALUES %(conflicts)s) AS conflict (code, maker, checker)
      JOIN held maker ON maker.code = conflict.maker
      JOIN held checker ON checker.code = conflict.checker
                       AND checker.owner = maker.owner
                       AND checker.company_id = maker.company_id
 LEFT JOIN accepted ON accepted.owner = maker.owner
                   AND accepted.company_id = maker.company_id
                   AND accepted.conflict = conflict.code
"""


def select_lines(lang):
    """Rows of cloud.segregation.line; names of groups in a language."""
    rows = SQL(", ").join(SQL("(%s, %s, %s)", code, *roles) for code, roles in CONFLICTS.items())
    return SQL(_QUERY, lang=lang or "en_US", conflicts=rows)
