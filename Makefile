# The two commands: `make demo` and `make test`. Everything else is for people who work on Metricwright.
SHELL := /bin/bash
CARGO ?= cargo
TARGET := $(if $(CARGO_TARGET_DIR),$(CARGO_TARGET_DIR),target)
BIN := $(TARGET)/debug/metricwright
AS_OF := 2025-11-21T02:00Z

.DEFAULT_GOAL := help

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

.PHONY: build
build: ## Build the program
	$(CARGO) build --locked

.PHONY: demo
demo: build ## Run the whole loop on examples/retail and show what came of it
	@scripts/demo.sh $(BIN) $(AS_OF)

.PHONY: control-plane
control-plane: ## Fetch or build a real Kubernetes control plane for tests, once, into a cache
	@scripts/control-plane.sh

.PHONY: databases
databases: ## See that the database servers that tests start are installed
	@scripts/databases.sh

.PHONY: helm
helm: ## Build helm for tests of the charts, once, into a cache
	@scripts/helm.sh

.PHONY: test
test: control-plane helm databases ## Run every test at small counts
	$(CARGO) test --workspace --locked --no-fail-fast

.PHONY: soak
soak: control-plane helm databases ## Run the tests at full counts
	METRICWRIGHT_SOAK=1 $(CARGO) test --workspace --locked --no-fail-fast

.PHONY: bench
bench: ## Measure the release build
	$(CARGO) bench --locked -p metricwright-query --bench definitions
	$(CARGO) bench --locked --bench orders
	METRICWRIGHT_SOAK=1 $(CARGO) test --release --locked --bin metricwright -- --nocapture a_review_is_quick

.PHONY: generate
generate: build ## Write the generated files: CRDs, RBAC, references
	@scripts/generate.sh $(BIN)

.PHONY: lint
lint: ## Format check, lints, purity of core
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	@scripts/check-purity.sh

.PHONY: clean-demo
clean-demo: ## Forget what the demo computed
	rm -rf examples/retail/.metricwright
