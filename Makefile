.DEFAULT_GOAL := help
.PHONY: help install run test check format bench translations lock clean

BIN := .venv/bin
PYTHON ?= python3
CHECKED := crm tests migrations/env.py config.py wsgi.py

help: ## Say what each command does
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/make \1\t\2/' | expand -t 20

install: .venv/installed ## Make .venv with everything that running and testing need, nothing else

.venv/installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

run: install ## Start everything: database, reference, demo year when empty, web and worker (PORT, DATA_DIR)
	@$(BIN)/python -m crm.web.catalogues compile
	@exec $(BIN)/flask --app wsgi serve

test: install ## Run the whole suite, on PostgreSQL too where a server is at hand, and in Chromium where it is found
	@exec $(BIN)/python -m tests

check: install ## Format, lint, types, import contracts, templates, translations
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --quiet --lint templates
	$(BIN)/python -m crm.web.catalogues check

format: install ## Put the code in its form
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

bench: install ## Measure speed and memory against their floors (TEST_DATABASE_URL adds PostgreSQL)
	$(BIN)/python -m tests.bench

translations: install ## Collect the sentences into the French catalogues, and compile them
	$(BIN)/python -m crm.web.catalogues update
	$(BIN)/python -m crm.web.catalogues compile

lock: install ## Pin what requirements*.in ask for, with hashes
	$(BIN)/pip install --quiet pip-tools
	for file in requirements requirements-dev; do $(BIN)/pip-compile --quiet --generate-hashes --strip-extras \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --allow-unsafe --no-header -o $$file.txt $$file.in; done

clean: ## Remove what was built; your data in instance/ stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache crm/translations/*/LC_MESSAGES/*.mo
