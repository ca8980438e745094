# make demo      a real Traffic Server with the plugin answers real requests
# make check     the tests to run before a commit: lint, Swift, C, the plugin and one file of Tests/EndToEnd
# make test      all tests
# make plugin    plugin-shim/build/maxmind_acl.so
# make tool      .build/release/maxmind-acl, with the manual and completions that make install-tool puts into place
# make man       the manual pages alone, in .build/manual: man -l .build/manual/maxmind-acl.yaml.5
# make install   puts the plugin into Traffic Server's plugin directory, or into PLUGINDIR=…;
#                FORCE=1 overwrites a file that a Debian package owns; a copy of any file that is overwritten is kept
# make install-tool   puts the tool into /usr/local/bin, or into BINDIR=…; its manual into MANDIR=…, and what
#                completes its commands in bash, zsh and fish where Debian's look for it
# make deb       a Debian package of all that, in .build/deb
# make bench     measures the plugin beside Traffic Server's own, in about ten minutes;
#                BENCH_DATABASE=… names a City database, BENCH_OPTIONS=… are those of bench.py
# make bench-proxy   measures what the plugin costs a real Traffic Server of one core, with wrk on another, in
#                about ten minutes; BENCH_DATABASE=… as above, BENCH_OPTIONS=… are those of proxy.py
# make bench-reload  measures what reloads of a City database do to the latency of such a Traffic Server under
#                load, in about ten minutes; BENCH_DATABASE=… as above, BENCH_OPTIONS=… are those of reload.py
# make bench-replay   measures maxmind-acl replay beside mawk, in about five minutes, with logs of 5 GB;
#                BENCH_OPTIONS=… are those of replay.py
# make test-deb  installs that package into this system, tries it and purges it again
# make test-origins  sends many spellings of protected URLs through a real Traffic Server to real origin servers
# make test-import  compares what maxmind-acl import makes of nginx configurations with a real nginx
# make test-prometheus  checks the scrape and the alerts of docs/operations.md with promtool
# make test-report  opens the reports of a replay in a headless browser
# make docs      the reference of the library's public declarations, in .build-docs-site/site
# make sanitize  the Swift tests under the address sanitizer, and those with several threads under the thread sanitizer
# make fixtures  writes the test databases anew
# make clean     removes what was built
#
# TS_PREFIX=…    another Traffic Server than Debian's, for make plugin, install, demo, check and test-end-to-end: the
#                prefix that it is installed under, such as /opt/trafficserver

SHELL       := /bin/sh
PYTEST      := /usr/bin/python3 -m pytest -q -p no:cacheprovider
export PYTHONDONTWRITEBYTECODE := 1

BINDIR      ?= /usr/local/bin
MANDIR      ?= /usr/local/share/man
BASHDIR     ?= /usr/share/bash-completion/completions
ZSHDIR      ?= /usr/share/zsh/vendor-completions
FISHDIR     ?= /usr/share/fish/vendor_completions.d
SPARK       := .build-spark
IMPORT      := .build-import

# The origin servers of `make test-origins`. UNPACKED are servers whose packages start a system service when
# they are installed: they are unpacked only, and ORIGINS names the libraries that they need.
ORIGINS     := apache2-bin libnettle8 libxxhash0 nodejs openjdk-17-jre-headless tomcat10-common
UNPACKED    := lighttpd nginx

# What the plugin is built with, and what it is tested with and measured beside. TS_PREFIX replaces Debian's packages.
PROXY       := $(if $(TS_PREFIX),,trafficserver-dev)
TESTED_WITH := $(if $(TS_PREFIX),,$(PROXY) trafficserver trafficserver-experimental-plugins) \
               clang-format curl openssl python3-pytest valgrind wrk
# For the tests and the demo.
export TS_PREFIX

TOOL        := .build/release/maxmind-acl
MANUAL      := .build/manual
COMPLETIONS := .build/completions
DEB         := .build/deb

include swift-flags.mk

.PHONY: all demo check test plugin tool man replay-host benchmark bench bench-proxy bench-reload bench-replay install \
        install-tool deb docs sanitize fixtures lint dependencies tool-dependencies clean test-swift test-c check-plugin test-plugin test-end-to-end \
        test-documentation test-import test-origins test-install test-deb test-prometheus test-report test-spark debian/changelog

all: plugin tool

dependencies:
	@scripts/install-dependencies $(TESTED_WITH)

tool-dependencies:
	@scripts/install-dependencies

tool: tool-dependencies
	swift build $(SWIFT_RELEASE) --product maxmind-acl
	scripts/make-manual $(TOOL) $(MANUAL)
	scripts/make-completions $(TOOL) $(COMPLETIONS)

man: $(if $(wildcard $(TOOL)),,tool)
	scripts/make-manual $(TOOL) $(MANUAL)

plugin:
	@scripts/install-dependencies $(PROXY)
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

bench-reload: plugin
	scripts/install-dependencies python3-venv wrk
	/usr/bin/python3 benchmark/reload.py $(BENCH_OPTIONS)

bench-replay: tool
	scripts/install-dependencies mawk python3-venv zstd
	/usr/bin/python3 benchmark/replay.py $(BENCH_OPTIONS)

# What is built already is installed as it is: root need not have Swift.
install: $(if $(wildcard plugin-shim/build/maxmind_acl.so),,plugin)
	$(MAKE) -C plugin-shim install

install-tool: $(if $(and $(wildcard $(TOOL)),$(wildcard $(MANUAL)/maxmind-acl.yaml.5),$(wildcard $(COMPLETIONS)/maxmind-acl.fish)),,tool)
	install -D -s -m 0755 $(TOOL) '$(DESTDIR)$(BINDIR)/maxmind-acl'
	install -d '$(DESTDIR)$(MANDIR)/man1' '$(DESTDIR)$(MANDIR)/man5'
	for page in $(MANUAL)/*.[15]; do \
	  gzip -9nc "$$page" >'$(DESTDIR)$(MANDIR)/man'"$${page##*.}/$${page##*/}.gz" || exit 1; \
	done
	install -D -m 0644 $(COMPLETIONS)/maxmind-acl '$(DESTDIR)$(BASHDIR)/maxmind-acl'
	install -D -m 0644 $(COMPLETIONS)/_maxmind-acl '$(DESTDIR)$(ZSHDIR)/_maxmind-acl'
	install -D -m 0644 $(COMPLETIONS)/maxmind-acl.fish '$(DESTDIR)$(FISHDIR)/maxmind-acl.fish'

debian/changelog: tool
	scripts/make-changelog $(TOOL) >$@

# debhelper's clean removes backup files anywhere in the tree: an operator's own are no business of this.
deb: plugin debian/changelog
	scripts/install-dependencies debhelper dpkg-dev
	rm -rf $(DEB)
	mkdir -p $(DEB)
	DEB_OUTPUT=$(DEB) dpkg-buildpackage --build=binary --no-pre-clean --no-sign \
	  --buildinfo-option=-u$(DEB) --buildinfo-file=$(DEB)/maxmind-acl.buildinfo \
	  --changes-option=-u$(DEB) --changes-file=$(DEB)/maxmind-acl.changes
	rm -rf debian/.debhelper debian/debhelper-build-stamp debian/trafficserver-plugin-maxmind-acl

demo: dependencies plugin tool
	/usr/bin/python3 demo/demo.py

# Without the tests that try each size of memory: they take a minute.
check: dependencies lint plugin tool replay-host check-plugin
	swift test --skip MemoryLimitTests
	$(MAKE) -C Tests/CInterfaceTests test QUICK=1
	$(PYTEST) Tests/EndToEnd/test_decisions.py
	@echo "make check passed"

test: dependencies lint test-swift test-c test-plugin test-end-to-end test-documentation test-import test-origins test-install test-deb \
      test-prometheus test-report test-spark sanitize
	@echo "all tests passed"

lint:
	@scripts/install-dependencies clang-format
	scripts/lint

test-swift: tool-dependencies
	swift test

test-c: dependencies plugin
	$(MAKE) -C Tests/CInterfaceTests test

check-plugin: dependencies plugin replay-host
	plugin-shim/check-plugin.sh plugin-shim/build/maxmind_acl.so
	/usr/bin/python3 plugin-shim/check-traps.py plugin-shim/build/maxmind_acl.so
	$(MAKE) -C plugin-shim check-cxx
	$(MAKE) -C plugin-shim check-rcu
	$(MAKE) -C plugin-shim/replay-host check

test-plugin: check-plugin tool benchmark
	scripts/install-dependencies mawk python3-venv zstd
	$(PYTEST) Tests/BenchmarkTests

test-end-to-end: dependencies plugin tool replay-host
	scripts/install-dependencies faketime python3-h2 python3-pytest-xdist
	$(PYTEST) --numprocesses=2 --dist=loadfile Tests/EndToEnd

test-origins: dependencies plugin
	scripts/install-dependencies $(ORIGINS)
	scripts/unpack-packages .build/origins $(UNPACKED)
	$(PYTEST) Tests/OriginTests

test-documentation: tool docs $(IMPORT)/installed
	scripts/install-dependencies python3-pytest
	$(PYTEST) Tests/DocumentationTests

test-import: tool $(IMPORT)/installed
	scripts/install-dependencies libmaxminddb0 python3-pytest
	scripts/unpack-packages .build/nginx nginx libnginx-mod-http-geoip2
	$(PYTEST) Tests/ImportTests

# crossplane, from PyPI, parses nginx configurations.
$(IMPORT)/installed: docs/nginx/requirements.txt
	scripts/install-dependencies python3-venv
	/usr/bin/python3 -m venv --clear $(IMPORT)
	$(IMPORT)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

test-install: tool
	scripts/install-dependencies fish groff-base mandoc python3-pytest zsh
	$(PYTEST) Tests/InstallTests

test-deb: dependencies deb
	scripts/install-dependencies dpkg-repack lintian man-db
	$(PYTEST) Tests/PackageTests

# promtool checks the scrape and the alerts of docs/operations.md.
test-prometheus: dependencies plugin
	scripts/install-dependencies prometheus python3-pytest
	$(PYTEST) Tests/PrometheusTests

test-spark: tool $(SPARK)/installed
	scripts/install-dependencies python3-pytest
	$(PYTEST) Tests/SparkTests

# Spark, from PyPI. It runs on Java 17.
$(SPARK)/installed: docs/spark/requirements.txt
	scripts/install-dependencies openjdk-17-jre-headless python3-venv
	/usr/bin/python3 -m venv --clear $(SPARK)
	$(SPARK)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

test-report: tool
	scripts/install-dependencies chromium chromium-driver python3-html5lib python3-pytest python3-selenium
	timeout 1800 $(PYTEST) Tests/ReportTests

# The plugin is a dependency of this target alone.
docs: tool-dependencies
	DOCUMENTATION=1 swift package --scratch-path .build-docs-site --allow-writing-to-directory .build-docs-site \
	  generate-documentation --target MaxMindACL --warnings-as-errors --output-path .build-docs-site/site

# The thread sanitizer finds nothing in a suite of one thread, and makes it ten times slower.
THREADED = $(shell grep -lE 'pthread_create|concurrentPerform|withTaskGroup|Thread|threads|LivePolic' Tests/*/*.swift | \
  sed 's|.*/||; s|\.swift$$||' | paste -sd '|')

sanitize: tool-dependencies
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-address
	TSAN_OPTIONS=halt_on_error=1 swift test --sanitize=thread --scratch-path .build-thread --filter '$(THREADED)'
	$(MAKE) -C plugin-shim thread-sanitizer
	$(PYTEST) Tests/ThreadSanitizerTests

fixtures:
	scripts/install-dependencies python3-venv
	scripts/make-fixtures

clean:
	rm -rf .build .build-address .build-docs .build-docs-site .build-thread $(IMPORT) $(SPARK)
	rm -f debian/changelog debian/files debian/*.substvars debian/*.debhelper*
	$(MAKE) -C plugin-shim clean
	$(MAKE) -C plugin-shim/replay-host clean
	$(MAKE) -C benchmark clean
