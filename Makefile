# Every target can be run again: what is done already is not done twice. tools/ does the work, in plain Python.
PYTHON ?= python3
TOOL = $(PYTHON) tools/dev.py

.PHONY: demo test test-engine bench lint format serve stop dev db drop odoo-test shell psql

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

demo:
	@$(PYTHON) tools/demo.py USAGE="$(USAGE)" PORT="$(PORT)"

bench:
	@$(PYTHON) tools/bench.py $(BENCH)
