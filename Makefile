# Every target can be run again: what is done already is not done twice. tools/ does the work, in plain Python.
PYTHON ?= python3
TOOL = $(PYTHON) tools/dev.py

.PHONY: dev db odoo-test serve shell psql drop stop lint format test test-engine

dev:
	@$(TOOL) dev

db:
	@$(TOOL) db NAME="$(NAME)"

odoo-test:
	@$(TOOL) odoo-test DB="$(DB)" K="$(K)" FILES="$(FILES)"

serve:
	@$(TOOL) serve DB="$(DB)" PORT="$(PORT)"

shell:
	@$(TOOL) shell DB="$(DB)"

psql:
	@$(TOOL) psql DB="$(DB)"

drop:
	@$(TOOL) drop NAME="$(NAME)"

stop:
	@$(TOOL) stop

lint:
	@$(PYTHON) tools/lint.py

format:
	@$(PYTHON) tools/lint.py format $(FILES)

test:
	@$(PYTHON) tools/run_tests.py SUITE="$(SUITE)" K="$(K)"

test-engine:
	@$(PYTHON) tools/run_tests.py SUITE=engine K="$(K)"
