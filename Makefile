# Needs make and python3 (3.11 or later), nothing else; `make` alone lists what there is.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
comma := ,

# The extras that `run` needs: eval, and what talks to the servers that the URLs name.
RUN_EXTRAS := eval$(if $(findstring postgresql,$(ZHIKU_STORE_URL)),+postgres)$(if $(filter http%,$(ZHIKU_INDEX_URL)),+elastic)
RUN_STAMP := $(VENV)/.installed-$(RUN_EXTRAS)
DEV_STAMP := $(VENV)/.installed-dev
ST := .venv-st

.PHONY: help run test test-st check tools eval bench soak clean

help: ## what make can do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUN_STAMP) ## model, knowledge, index, then the page on 127.0.0.1:8000 (or PORT=…)
	@$(BIN)/zhiku model fetch || true
	$(BIN)/zhiku corpus check
	$(BIN)/zhiku corpus import corpora --if-empty
	$(BIN)/zhiku index build
	@echo "打开 http://127.0.0.1:$(PORT)/ （Ctrl-C 结束）"
	@exec $(BIN)/zhiku serve --host 127.0.0.1 --port $(PORT)

test: $(DEV_STAMP) tools ## everything that must be true of a commit: style, types, imports, tests
	@ZHIKU_MODELS=var/models $(BIN)/zhiku model fetch || true
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not soak and not st"

test-st: $(ST)/.installed ## what needs torch: sentence-transformers, teaching; in .venv-st (5.5 GB)
	@ZHIKU_MODELS=var/models $(ST)/bin/zhiku model fetch || true
	$(ST)/bin/pytest -m st tests/st

check: $(DEV_STAMP) ## the quick part of test, for the inner loop
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 -m "not real and not slow and not soak and not st"

tools: ## Chromium, a Chinese font, a JDK, Maven and PostgreSQL for the tests, from system packages
	@missing=; \
	if ! command -v chromium >/dev/null 2>&1 && ! command -v chromium-browser >/dev/null 2>&1; then \
	  missing="chromium"; fi; \
	if ! fc-list :lang=zh 2>/dev/null | grep -q . && ! dpkg -s fonts-noto-cjk >/dev/null 2>&1; then \
	  missing="$$missing fonts-noto-cjk"; fi; \
	if ! command -v javac >/dev/null 2>&1; then missing="$$missing default-jdk-headless"; fi; \
	if ! command -v mvn >/dev/null 2>&1; then missing="$$missing maven"; fi; \
	if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null 2>&1; then \
	  missing="$$missing postgresql"; fi; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  echo "安装" $$missing "…"; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  own=/etc/postgresql-common; \
	  if [ "$${missing##* }" = postgresql ] && [ ! -e $$own ]; then \
	    mkdir -p $$own; echo "create_main_cluster = false" >$$own/createcluster.conf; fi; \
	  if apt-get install -y -q --no-install-recommends $$missing >/dev/null 2>&1 || \
	     { apt-get update -q >/dev/null 2>&1 && \
	       apt-get install -y -q --no-install-recommends $$missing >/dev/null; }; then exit 0; fi; \
	fi; \
	echo "测试还需要：sudo apt-get install --no-install-recommends" $$missing

eval: $(RUN_STAMP) ## runs the sample questions, writes var/eval/report.html, gates on the baseline
	@$(BIN)/zhiku model fetch || true
	$(BIN)/zhiku corpus import corpora --if-empty
	$(BIN)/zhiku index build
	$(BIN)/zhiku eval run corpora/faq/sample.jsonl --out var/eval --baseline eval/results/baseline.json
	$(BIN)/zhiku eval gate var/eval --baseline eval/results/baseline.json

bench: $(DEV_STAMP) ## speed and quality figures, written with the machine they were taken on
	$(BIN)/python -m benchmarks.run

soak: $(DEV_STAMP) tools ## the long runs (kills, 200,000 items, load), before a release
	$(BIN)/pytest -m soak

clean: ## removes caches and build outputs; knowledge in var/ and .venv stay
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

# The environment: made once, installed again when pyproject.toml changes.
$(VENV)/.made:
	@fits() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }; \
	python=; \
	for name in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if fits "$$name"; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "需要 Python 3.11 或更高版本；找到的是：$$(python3 --version 2>&1 | head -n 1)" >&2; exit 1; \
	fi; \
	ready() { fits $(BIN)/python && $(BIN)/python -m pip --version >/dev/null 2>&1; }; \
	if ! ready; then \
	  echo "用 $$($$python --version) 建立 $(VENV) …"; \
	  $$python -m venv $(VENV) >/dev/null 2>&1; \
	  if ! ready && ! { $$python -m venv --clear $(VENV) && ready; }; then \
	    echo "建不成 $(VENV)；在 Debian/Ubuntu 上请先运行 sudo apt-get install python3-venv" >&2; exit 1; \
	  fi; \
	fi; \
	touch $@

# torch never comes near the other environment. Its plain build for Linux brings CUDA; where an index of
# packages has a smaller one, PIP_INDEX_URL or PIP_EXTRA_INDEX_URL names it.
$(ST)/.installed: $(VENV)/.made pyproject.toml
	@echo "安装 zhiku[st,teach] 到 $(ST) …（第一次要几分钟，约 5.5 GB）"
	@test -x $(ST)/bin/python || $(BIN)/python -m venv $(ST)
	@$(ST)/bin/python -m pip install -q --disable-pip-version-check --no-compile -e '.[st,teach]' 'pytest>=8.4' 'pytest-timeout>=2.4'
	@touch $@

$(VENV)/.installed-%: $(VENV)/.made pyproject.toml
	@echo "安装 zhiku[$(subst +,$(comma),$*)] …（第一次要几分钟）"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[$(subst +,$(comma),$*)]'
	@touch $@
