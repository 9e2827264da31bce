# Each target is a line or two; the work is done by scripts that can be run alone.
# CLUSTER=current uses the cluster of your own kube context instead of a local one.
# K8S_VERSION=1.32 (or 1.37) runs another Kubernetes than the usual one, 1.36.
PYTHON ?= python3
# Two processes: the tests of the cluster wait most of the time. One: make test PROCESSES=0
PROCESSES ?= 2
SIDE_BY_SIDE := --numprocesses=$(PROCESSES) --dist=loadscope --no-loadscope-reorder
VENV := .venv
RUN := $(VENV)/bin
export CLUSTER
# The kubectl of the local cluster, for machines that have none.
export PATH := $(CURDIR)/.cluster/bin:$(PATH)
# A folder named like a module must never be imported from here.
export PYTHONSAFEPATH = 1
# These scripts import the modules beside them.
SCRIPT := PYTHONSAFEPATH= $(PYTHON)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## Set everything up and import a catalogue of 10,000 products
	@$(RUN)/python dev/demo/demo.py

.PHONY: test
test: install ## Set everything up and run every test but soaks and benchmarks
	@$(SCRIPT) dev/cluster/prerequisites.py
	@$(RUN)/python -m pytest $(SIDE_BY_SIDE) $(PYTEST)

.PHONY: test-unit
test-unit: $(VENV)/ready ## Run the tests that need no cluster
	@$(SCRIPT) dev/cluster/prerequisites.py
	@$(RUN)/python -m pytest $(SIDE_BY_SIDE) -m "not cluster" $(PYTEST)

.PHONY: test-nodes
test-nodes: install ## Drain, lose and freeze a second node of the local cluster (root)
	@PIMJOBS_TEST_NODES=1 $(RUN)/python -m pytest tests/e2e/test_nodes.py $(PYTEST)

.PHONY: test-upgrade
test-upgrade: install ## Upgrade from the version before this one and back, under jobs (root)
	@PIMJOBS_TEST_UPGRADE=1 $(RUN)/python -m pytest tests/e2e/test_upgrade.py $(PYTEST)

.PHONY: test-restore
test-restore: install ## Restore catalogues from backups, SQLite and PostgreSQL (root)
	@PIMJOBS_TEST_RESTORE=1 $(RUN)/python -m pytest tests/e2e/test_restore.py $(PYTEST)

.PHONY: test-matrix
test-matrix: ## Install, upgrade and run jobs on the oldest and the newest Kubernetes (root)
	@for version in 1.32 1.37; do K8S_VERSION=$$version $(MAKE) test-version || exit 1; done

.PHONY: test-version
test-version: install ## The same on K8S_VERSION alone
	@$(RUN)/python -m pytest tests/crds tests/chart tests/e2e/test_chart.py tests/e2e/test_commands.py $(PYTEST)

.PHONY: test-cluster
test-cluster: $(VENV)/ready ## Test make cluster itself, on a machine of namespaces (root)
	@PIMJOBS_TEST_CLUSTER=1 $(RUN)/python -m pytest tests/cluster $(PYTEST)

.PHONY: soak
soak: $(VENV)/ready ## Import under random trouble for DURATION (10m), compare each time
	@PYTHONSAFEPATH= PYTHONPATH=tests:tests/runner/plugin $(RUN)/python tests/soak/soak.py --duration $(or $(DURATION),10m)

.PHONY: meet
meet: $(VENV)/ready ## Let jobs as chance has it meet for DURATION (10m), some of them killed
	@PIMJOBS_MEET_DURATION=$(or $(DURATION),10m) $(RUN)/python -m pytest tests/meeting $(PYTEST)

.PHONY: dashboards
dashboards: $(VENV)/ready ## Draw the pictures of docs/dashboards from a day of real jobs, two minutes
	@$(SCRIPT) dev/cluster/prerequisites.py
	@$(RUN)/pip install --quiet --require-hashes --requirement requirements/pictures.txt
	@PYTHONSAFEPATH= PYTHONPATH=tests:tests/runner/plugin $(RUN)/python dev/observability/pictures.py

.PHONY: lint
lint: $(VENV)/ready ## Check style, types, import arrows and generated files
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy
	@$(RUN)/lint-imports
	@$(RUN)/python -m pimjob_api.crd --check

.PHONY: generate
generate: $(VENV)/ready ## Generate CRDs, policies, job types, dashboards and documents from the code
	@$(RUN)/python -m pimjob_api.crd
	@$(RUN)/pimjob-runner types --output operator/pimjob_operator/builtin_types
	@PYTHONPATH=tests $(RUN)/python -m support.commands
	@PYTHONPATH=tests $(RUN)/python -m support.permissions
	@PYTHONPATH=tests $(RUN)/python -m support.events
	@PYTHONPATH=tests $(RUN)/python -m support.files
	@PYTHONSAFEPATH= $(RUN)/python dev/observability/metrics_document.py
	@PYTHONSAFEPATH= $(RUN)/python dev/observability/dashboards.py
	@$(RUN)/python dev/plugin/reference.py
	@$(RUN)/python dev/chart/readme.py

.PHONY: lock
lock: $(VENV)/ready ## Update the locked versions in requirements/
	@$(RUN)/python dev/lock.py

.PHONY: sbom
sbom: $(VENV)-supply-chain/ready ## List what is in each image, as CycloneDX in build/sbom
	@PYTHONSAFEPATH= $(VENV)-supply-chain/bin/python dev/supply_chain/sbom.py $(SBOM)

.PHONY: audit
audit: $(VENV)-supply-chain/ready ## Look all locked packages up for known vulnerabilities
	@PYTHONSAFEPATH= $(VENV)-supply-chain/bin/python dev/supply_chain/audit.py $(AUDIT)

.PHONY: bench
bench: install ## Run the benchmarks; results go to docs/benchmarks.md by hand
	@$(RUN)/python benchmarks/product_import.py --database sqlite
	@$(RUN)/python benchmarks/product_import.py --database postgresql
	@$(RUN)/python benchmarks/import_ratios.py
	@$(RUN)/python benchmarks/checkpoint_cost.py
	@$(RUN)/python benchmarks/job_overhead.py
	@$(RUN)/python benchmarks/interruptions.py
	@$(RUN)/python benchmarks/release_rehearsal.py
	@PYTHONPATH=tests $(RUN)/python benchmarks/kubectl_plugin.py

.PHONY: plugin
plugin: ## Build dist/kubectl-pimjob, one file that any Python 3.11 runs
	@$(SCRIPT) dev/plugin/build.py

.PHONY: cluster
cluster: ## Start a real single-node Kubernetes on this machine (root)
ifeq ($(CLUSTER),current)
	@echo "CLUSTER=current: using the kube context $$(kubectl config current-context)"
else
	@$(SCRIPT) dev/cluster/cluster.py up
endif

.PHONY: cluster-down
cluster-down: ## End it and leave nothing behind but the cache and .cluster/data
	@$(SCRIPT) dev/cluster/cluster.py down

.PHONY: images
images: cluster ## Build operator and runner and load them into the cluster
	@$(SCRIPT) dev/cluster/images.py

.PHONY: install
install: images $(VENV)/ready ## Install CRDs, operator and runner set-up in namespace pim
	@$(PYTHON) dev/install/install.py

$(VENV)-supply-chain/ready: requirements/supply-chain.txt
	@$(PYTHON) -m venv $(VENV)-supply-chain
	@$(VENV)-supply-chain/bin/pip install --quiet --require-hashes --requirement requirements/supply-chain.txt
	@touch $@

$(VENV)/ready: requirements/dev.txt pyproject.toml
	@echo "  Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN)/pip install --quiet --require-hashes --requirement requirements/build.txt
	@$(RUN)/pip install --quiet --require-hashes --requirement requirements/dev.txt
	@$(RUN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@
