.PHONY: setup demo test lint check hook fix images wheel lock bench

PYTHON ?= python3
# Not from the environment: the folder is emptied first.
VENV = .venv
# Another pip than the one that Python brings: PIP=pip==23.0.1
PIP =
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DIST = dist
# The lock is whole: it is installed as it stands, with the pip that Python brings. No newer release is looked at.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

setup: $(READY)

$(READY): requirements-dev.txt pyproject.toml
	@command -v $(PYTHON) > /dev/null || { echo "error: $(PYTHON) is missing: install Python 3.11 or newer, or name it: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("error: $(PYTHON) is Python %d.%d, and 3.11 or newer is needed: make PYTHON=python3.12" % sys.version_info[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2> /dev/null || { echo "error: $(PYTHON) has no venv: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
ifneq ($(PIP),)
	$(INSTALL) --upgrade $(PIP)
endif
	$(INSTALL) --require-hashes -r requirements-dev.txt
	$(INSTALL) --no-build-isolation --editable .
	$(BIN)/python -m pip check --disable-pip-version-check
	touch $(READY)

demo: $(READY)
	$(BIN)/metacentrex sandbox

test: $(READY)
	$(BIN)/pytest -n auto --cov --cov-fail-under=99

lint: $(READY)
	.githooks/pre-commit $(BIN)

check: lint test

# Git then runs .githooks/pre-commit before each commit.
hook:
	git config core.hooksPath .githooks

fix: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

images: $(READY)
	$(BIN)/python -m tests.browser.screenshots docs/images

bench: $(READY)
	$(BIN)/python -m benchmarks

# One wheel, not beside those of other versions.
wheel: $(READY)
	rm -f $(DIST)/metacentrex_licence_bot-*.whl
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir $(DIST) .
	cp requirements.txt $(DIST)

# What is younger than COOLDOWN is not taken: a release that was broken into is found out in its first days, as a rule.
# What is pinned stays; UPGRADE=--upgrade renews all, UPGRADE='--upgrade-package NAME' one.
COOLDOWN = 7 days
UPGRADE =
COMPILE = uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	--no-annotate --exclude-newer '$(COOLDOWN)' $(UPGRADE)

lock:
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt
