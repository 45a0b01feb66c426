# Every target can be run again: what is done already is not done twice. tools/ does the work, in plain Python.
# Settings: ODOO_SRC, DATABASE_URL, PORT, CLOUD_BILLING_DEV, CLOUD_BILLING_SAMPLES, PYTHON; see CONTRIBUTING.md.
PYTHON ?= python3
DEV = $(PYTHON) tools/dev.py

.PHONY: help translations demo stop test test-engine torture bench lint format serve dev db drop odoo-test shell psql

help:
	@echo "make demo         a running Odoo with a month billed [USAGE=focus.csv] [PORT=8069]"
	@echo "make stop         stop what runs in the background"
	@echo "make test         every test, one summary [SUITE=...] [K=expression] [REQUIRE_ALL=1]"
	@echo "make test-engine  the tests that need no Odoo"
	@echo "make torture      properties with 2,000 examples each; kills at 60 places, races of 8 [SUITE=...] [K=expression]"
	@echo "make bench        measure import, rating, rehearsal, indexation, renewals, posting, contracts and pricing [ROWS=1000000] [ONLY=import] [REPEAT=3]"
	@echo "make lint         check the text; make format [FILES=...] puts it in order"
	@echo "make serve        serve a database in the foreground [DB=...] [PORT=...]"
	@echo "For developers: make dev, db, odoo-test, shell, psql, drop, translations; see CONTRIBUTING.md"

demo:
	@$(PYTHON) tools/demo.py USAGE="$(USAGE)" PORT="$(PORT)"

translations:
	@$(DEV) translations

stop:
	@$(DEV) stop

test:
	@$(PYTHON) tools/run_tests.py SUITE="$(SUITE)" K="$(K)"

test-engine:
	@$(PYTHON) tools/run_tests.py SUITE=engine K="$(K)"

torture:
	@$(PYTHON) tools/torture.py SUITE="$(SUITE)" K="$(K)"

bench:
	@$(PYTHON) tools/bench.py ROWS="$(ROWS)" ONLY="$(ONLY)" REPEAT="$(REPEAT)"

lint:
	@$(PYTHON) tools/lint.py

format:
	@$(PYTHON) tools/lint.py format $(FILES)

serve:
	@$(DEV) serve DB="$(DB)" PORT="$(PORT)"

dev:
	@$(DEV) dev

db:
	@$(DEV) db NAME="$(NAME)"

drop:
	@$(DEV) drop NAME="$(NAME)"

odoo-test:
	@$(DEV) odoo-test DB="$(DB)" K="$(K)" FILES="$(FILES)"

shell:
	@$(DEV) shell DB="$(DB)"

psql:
	@$(DEV) psql DB="$(DB)"
