-- A copied database must neither fetch usage, nor close periods, nor send anything.
UPDATE ir_cron
   SET active = false
 WHERE id IN (SELECT res_id
                FROM ir_model_data
               WHERE module = 'cloud_billing'
                 AND model = 'ir.cron');
