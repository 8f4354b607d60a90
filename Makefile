.DEFAULT_GOAL := help
.PHONY: help install format lint types imports template test check lock policies tools-page night console openapi screenshots evals demo deploy clean
BIN := .venv/bin
LISTS := bootstrap local runtime llm dev console sam
SOURCES := core-layer mcp-servers lambda-functions local-cloud cli tests

help: ## What can be made here
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: ## The development environment, .venv
	@bash -euc '. scripts/bootstrap.sh; bootstrap dev'

format: install ## Format and tidy the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lint: install ## Style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/shellcheck -x deploy.sh cleanup.sh test.sh .ci/run scripts/*.sh

types: install ## Types
	$(BIN)/pyright $(SOURCES)

imports: install ## The import contracts
	$(BIN)/lint-imports

template: install ## Template and state machine
	$(BIN)/cfn-lint template.yaml
	$(BIN)/statelint --yaml --eval-jsonata statemachine/*.asl.yaml

test: install ## The tests, without the long runs
	$(BIN)/pytest -n 2 -m "not slow"

check: ## Everything that ./test.sh does
	./test.sh

lock: install ## Compile requirements/*.in anew
	cd requirements && for list in $(LISTS); do \
	  UV_SYSTEM_CERTS=1 ../$(BIN)/uv pip compile --quiet --universal --generate-hashes \
	    --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-header \
	    --output-file $$list.txt $$list.in || exit 1; \
	done

policies: install ## policies/schema.cedarschema, made from the catalogue; then all of them checked
	$(BIN)/itops policy schema > policies/schema.cedarschema
	$(BIN)/itops policy check

tools-page: install ## docs/tools.md, made from the tool servers
	$(BIN)/python scripts/tools_page.py

night: install ## The recorded night that itops run shows, made from its scenario
	$(BIN)/python scripts/record_night.py

console: ## The web console, web-ui/dist
	@python3 scripts/build_console.py

screenshots: install ## docs/images, taken of the local cloud that runs
	$(BIN)/python scripts/screenshots.py

openapi: install ## docs/openapi.json and the console's types, made from the API
	$(BIN)/python -m incident_api.openapi docs/openapi.json
	cd web-ui && npm run -s schema

evals: install ## The figures of docs/evals.md, made anew; a few minutes
	$(BIN)/itops eval --variants 3 --page docs/evals.md

demo: ## The whole system on this machine
	./deploy.sh --local

deploy: ## The whole system in your AWS account
	./deploy.sh

clean: ## Remove what builds and checks left
	rm -rf .build .pytest_cache .ruff_cache .hypothesis .import_linter_cache
