# make demo      a real Traffic Server with the plugin answers real requests
# make test      all tests
# make plugin    plugin-shim/build/maxmind_acl.so
# make tool      .build/release/maxmind-acl
# make install   puts the plugin into Traffic Server's plugin directory, or into PLUGINDIR=…;
#                FORCE=1 overwrites a file that a Debian package owns
# make install-tool   puts the tool into /usr/local/bin, or into BINDIR=…
# make bench     measures the plugin beside Traffic Server's own, in about ten minutes;
#                BENCH_DATABASE=… names a City database, BENCH_OPTIONS=… are those of bench.py
# make bench-proxy   measures what the plugin costs a real Traffic Server of one core, with wrk on another, in
#                about ten minutes; BENCH_DATABASE=… as above, BENCH_OPTIONS=… are those of proxy.py
# make test-report  opens the reports of a replay in a headless browser
# make sanitize  the Swift tests under the address and thread sanitizers
# make fixtures  writes the test databases anew
# make clean     removes what was built

SHELL       := /bin/sh
PYTEST      := /usr/bin/python3 -m pytest -q -p no:cacheprovider
export PYTHONDONTWRITEBYTECODE := 1

BINDIR      ?= /usr/local/bin

include swift-flags.mk

.PHONY: all demo test plugin tool replay-host benchmark bench bench-proxy install install-tool sanitize fixtures lint \
        dependencies clean test-swift test-c test-plugin test-end-to-end test-documentation test-report

all: plugin tool

dependencies:
	@scripts/install-dependencies

# Static, so that it runs on machines without Swift.
tool: dependencies
	swift build $(SWIFT_RELEASE) --product maxmind-acl --static-swift-stdlib

plugin: dependencies
	$(MAKE) -C plugin-shim all

replay-host: dependencies
	$(MAKE) -C plugin-shim/replay-host all plugins

benchmark: plugin replay-host
	$(MAKE) -C benchmark all

bench: benchmark
	scripts/install-dependencies python3-venv
	/usr/bin/python3 benchmark/bench.py $(BENCH_OPTIONS)

bench-proxy: plugin replay-host
	scripts/install-dependencies python3-venv
	/usr/bin/python3 benchmark/proxy.py $(BENCH_OPTIONS)

# What is built already is installed as it is: root need not have Swift.
install: $(if $(wildcard plugin-shim/build/maxmind_acl.so),,plugin)
	$(MAKE) -C plugin-shim install

install-tool: $(if $(wildcard .build/release/maxmind-acl),,tool)
	install -D -s -m 0755 .build/release/maxmind-acl '$(DESTDIR)$(BINDIR)/maxmind-acl'

demo: plugin tool
	/usr/bin/python3 demo/demo.py

test: dependencies lint test-swift test-c test-plugin test-end-to-end test-documentation test-report sanitize
	@echo "all tests passed"

lint: dependencies
	scripts/lint

test-swift: dependencies
	swift test

test-c: plugin
	$(MAKE) -C Tests/CInterfaceTests test

test-plugin: plugin replay-host benchmark
	plugin-shim/check-plugin.sh plugin-shim/build/maxmind_acl.so
	/usr/bin/python3 plugin-shim/check-traps.py plugin-shim/build/maxmind_acl.so
	$(MAKE) -C plugin-shim check-cxx
	$(MAKE) -C plugin-shim/replay-host check
	$(PYTEST) Tests/BenchmarkTests

test-end-to-end: plugin tool replay-host
	$(PYTEST) Tests/EndToEnd

test-documentation: tool
	$(PYTEST) Tests/DocumentationTests

test-report: tool
	scripts/install-dependencies chromium chromium-driver python3-html5lib python3-selenium
	timeout 1800 $(PYTEST) Tests/ReportTests

sanitize: dependencies
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-address
	TSAN_OPTIONS="halt_on_error=1 suppressions=$(CURDIR)/Tests/thread-sanitizer.supp" \
	  swift test --sanitize=thread --scratch-path .build-thread

fixtures:
	scripts/make-fixtures

clean:
	rm -rf .build .build-address .build-thread
	$(MAKE) -C plugin-shim clean
	$(MAKE) -C plugin-shim/replay-host clean
	$(MAKE) -C benchmark clean
