-- A copied database must neither fetch usage, nor close periods, nor send anything.
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT res_id
                FROM ir_model_data
               WHERE module = 'cloud_billing'
                 AND model = 'ir.cron');
-- Nor may it hold the secrets of other systems; it gets a key of its own with the first one that is set.
TRUNCATE cloud_billing_vault.secret, cloud_billing_vault.key;
