# Two commands do all the set-up: `make run` and `make test`. The logic is in packaging/.
.DEFAULT_GOAL := help
SYSTEM_PYTHON ?= python3
PY := .venv/bin/python
SETUP := @$(SYSTEM_PYTHON) packaging/setup_machine.py

.PHONY: help setup run test check shots translations bench test-clean \
	setup-test setup-check \
	bundle deb archive check-deb test-deb \
	check-lint check-format check-rules check-script-types check-imports check-types

help:
	@echo "make run         set up what is missing and open Tunedesk"
	@echo "make test        set up and run every test (TESTS=path for some)"
	@echo "make check       lint, format, house rules, import contracts, types"
	@echo "make shots       write a picture of every page to build/shots/ (LANGUAGES=th for one)"
	@echo "make translations  add new texts to the translations, and say what is missing"
	@echo "make bench       measure, each figure beside its baseline"
	@echo "make test-clean  all of it in a bare Debian 12 (needs root and debootstrap)"
	@echo "make deb         Debian packages of the app and its engine in build/deb/"
	@echo "make archive     one tar.xz that runs from any folder"
	@echo "make check-deb   what lintian and the validators say of them"
	@echo "make test-deb    install, use and purge them in a bare Debian 12 (root, debootstrap)"
	@echo "make setup       only the set-up"

setup:
	$(SETUP)

setup-test:
	$(SETUP) --tests

setup-check:
	$(SETUP) --checks

run: setup
	@exec $(PY) -m tunedesk

# Files of tests are shared out among the cores; TESTS=path is for some of them. A worker that dies
# ends the run: with a new one in its place xdist may wait without end for tests it gives to nobody.
test: setup-test
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile --max-worker-restart 0 $(TESTS)

# Two at a time, the quick ones first; each says all that it found, also after another failed.
check: setup-check
	@$(MAKE) --no-print-directory --keep-going --output-sync=target -j2 \
		check-lint check-format check-rules check-script-types check-imports check-types
	@echo "make check: nothing found."

check-lint:
	@echo "· ruff check" && $(PY) -m ruff check --quiet

check-format:
	@echo "· ruff format --check" && $(PY) -m ruff format --quiet --check

check-rules:
	@echo "· house rules" && $(PY) packaging/checks/run.py

check-imports:
	@echo "· import contracts" && .venv/bin/lint-imports --no-logo

check-types:
	@echo "· mypy" && $(PY) -m mypy --no-error-summary

check-script-types:
	@echo "· mypy, packaging" && MYPYPATH=desktop:packaging $(PY) -m mypy --no-error-summary \
		packaging/setup_machine.py packaging/checks/run.py packaging/make_bundle.py \
		packaging/make_deb.py packaging/make_archive.py packaging/translations.py

LANGUAGES ?= en th
shots: setup-test
	@LANGUAGES="$(LANGUAGES)" $(PY) packaging/shots.py
	@LANGUAGES="$(LANGUAGES)" $(PY) packaging/state_shots.py

# Needs no set-up: it reads the sources alone.
translations:
	@$(SYSTEM_PYTHON) packaging/translations.py

bench: setup-test
	@$(PY) -m tests.bench

test-clean:
	@bash packaging/clean_room.sh

# The tests' packages have DuckDB among them, which reads Parquet in the installed app.
bundle: setup-test
	@$(PY) packaging/make_bundle.py

deb: bundle
	@$(PY) packaging/make_deb.py

archive: bundle
	@$(PY) packaging/make_archive.py

check-deb:
	@desktop-file-validate packaging/linux/*.desktop
	@appstreamcli validate --no-net packaging/linux/*.metainfo.xml
	@lintian --fail-on error,warning build/deb/*.deb

test-deb:
	@bash packaging/deb_room.sh
