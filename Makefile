# Everything here needs Go and make, and nothing else: tools are run by version
# through "go run", and fetched and kept by Go itself.

GOLANGCI   := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOFUMPT    := go run mvdan.cc/gofumpt@v0.12.0
ESBUILD    := go run github.com/evanw/esbuild/cmd/esbuild@v0.28.2
ACTIONLINT := go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

# Go itself stamps the version, from version control.
BUILD := -trimpath -ldflags "-s -w"
BIN   := bin/sbexport

# The race detector needs a C compiler. It sleeps a second at the end of each
# process unless it is told.
RACE := $(shell [ "$$(go env CGO_ENABLED)" = 1 ] && command -v "$$(go env CC)" >/dev/null 2>&1 && echo -race)
export GORACE := atexit_sleep_ms=0

# Packages that start goroutines, in their code or their tests. The others have
# nothing to race.
CONCURRENT = $(shell grep -rlE --include='*.go' '^[[:space:]]*go [a-z]|\.Go\b' . | xargs -n 1 dirname | sort -u | sed 's,^\.,sbexport,')

# How long each fuzz target runs in "make fuzz" and in "make ci".
FUZZTIME   ?= 60s
CIFUZZTIME ?= 3s

# What "make chaos" does: starts of the program (and as many deaths in virtual
# time, and mutated answers), plans at a time (most of the time they wait), and
# what its chance comes from.
LIVES     ?= 5000
SCENARIOS ?= 32
SEED      ?= $(shell date +%s)

.DEFAULT_GOAL := help
.PHONY: help build install dist dist-check demo test race browser-test short ci checks lint lint-ci fmt format-check vet cross script script-check fuzz fuzz-short chaos bench examples tidy tidy-check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build bin/sbexport
	go build $(BUILD) -o $(BIN) .

install: ## install sbexport where "go install" puts programs
	go install $(BUILD) .

# VERSION is the tag of this commit, without its v; else what the program says.
VERSION ?= $(patsubst v%,%,$(shell git describe --tags --exact-match --match 'v[0-9]*' 2>/dev/null))

dist: ## build a release in dist/: archives, bill of materials, checksums
	go run ./internal/dist $(if $(VERSION),-version '$(VERSION)')

dist-check: ## build a release twice, and compare the bytes
	./.ci/dist

demo: build ## run the quick start against the local platform
	SBEXPORT='$(CURDIR)/$(BIN)' ./examples/quickstart/demo.sh

# "make ci" runs go vet by itself, and every test that has goroutines once more
# under the race detector: it makes tests several times as slow, and everything
# is compiled anew for it.
test: ## run all tests, in random order
	go test -vet=off -shuffle=on -timeout 10m ./...

race: ## run the tests of packages with goroutines under the race detector
ifeq ($(RACE),)
	@echo 'race: NOT RUN: the race detector needs a C compiler, and there is none'
else
	go test -vet=off -shuffle=on -timeout 10m $(RACE) $(CONCURRENT)
endif

browser-test: ## test the report's page in a browser, where one can be had
	./.ci/browser

short: ## run the fast tests
	go test -short ./...

ci: checks test race browser-test dist-check ## everything that must hold before a change goes in
	@echo 'ci: all checks passed'

checks: build cross format-check vet lint script-check tidy-check fuzz-short examples # all of ci but the tests

# What the page of a report runs, of its modules: the text is kept readable.
BUNDLE := $(ESBUILD) internal/report/script/main.js --bundle --format=iife --target=es2022 \
	--charset=utf8 --log-level=warning --banner:js='"use strict";'

script: ## bundle the script of the report's page
	$(BUNDLE) --outfile=internal/report/assets/script.js
	go test -count 1 -run '^TestScriptIsCurrent$$' ./internal/report -seal

script-check:
	$(BUNDLE) | diff -u internal/report/assets/script.js -

lint: lint-ci ## run the linters
	$(GOLANGCI) run ./...

# It would use shellcheck and pyflakes where they are; what is found must not
# depend on that. The steps themselves are run by the tests.
lint-ci: ## hold the workflow examples to the rules of GitHub Actions
	$(ACTIONLINT) -shellcheck= -pyflakes= examples/ci/github-*.yml

fmt: ## format all Go files
	$(GOFUMPT) -w .

format-check:
	@bad="$$(gofmt -l . && $(GOFUMPT) -l .)" || exit 1; \
	if [ -n "$$bad" ]; then echo "not formatted, run make fmt:"; echo "$$bad"; exit 1; fi

vet:
	go vet ./...

cross: # other systems: that it builds is what can be known here
	GOOS=windows go build -o /dev/null . && GOOS=windows go vet ./...
	GOOS=darwin go build -o /dev/null . && GOOS=darwin go vet ./...

fuzz: ## run every fuzz target for FUZZTIME (60s)
	@$(MAKE) --no-print-directory fuzz-short CIFUZZTIME=$(FUZZTIME)

# Without -fuzzminimizetime a short run can be spent on making one input smaller.
fuzz-short:
	@set -e; for pkg in $$(go list ./...); do \
		targets="$$(go test -list '^Fuzz' $$pkg)"; \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "fuzz $$pkg $$target"; \
			go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(CIFUZZTIME) -fuzzminimizetime 20x $$pkg; \
		done; \
	done

# The figures go to standard output as they are; a failure says how to repeat it.
chaos: ## kill LIVES (5000) applies on the way, and see that each plan ends well
	go test -c -o bin/chaos.test ./internal/chaos
	cd internal/chaos && ../../bin/chaos.test -test.timeout 1h -test.run '^TestChaos$$' \
		-lives $(LIVES) -kills 10 -scenarios $(SCENARIOS) -seed $(SEED)
	cd internal/chaos && ../../bin/chaos.test -test.timeout 1h -test.run '^TestMutatedAnswers$$' \
		-mutations $(LIVES) -seed $(SEED)
	cd internal/chaos && ../../bin/chaos.test -test.timeout 1h -test.run '^TestEveryDeath' \
		-rapid.checks $(LIVES) -rapid.nofailfile

# First this machine, in a process that is small and so hides nothing of the
# program's memory; then whole applies in virtual time, which takes minutes.
bench: ## measure the cost, against the least it could be
	go test -count 1 -timeout 10m -run '^$$' -bench . -benchtime 1x ./internal/bench
	go test -count 1 -timeout 30m -run '^TestCost$$' ./internal/bench -large
	go test -run '^$$' -bench . -benchmem $$(go list ./... | grep -v /internal/bench$$)

examples: build ## check every example against the local platform
	SBEXPORT='$(CURDIR)/$(BIN)' ./.ci/examples

tidy: ## bring go.mod and go.sum in order
	go mod tidy

tidy-check:
	go mod tidy -diff

clean: ## remove what the other targets have made
	rm -rf bin dist
	go clean -testcache
