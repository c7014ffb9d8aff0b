# sitewatch.  `make help` lists the targets.
#
#   B=DIR      where everything is built             (build)
#   CC=clang   another compiler
#   WERROR=1   warnings are errors
#   SAN=1      ASan and UBSan                        (build/san)
#   STEPS=1    with the crash points of the tests    (build/steps)
#   DEPS=no    never look for packages
#   V=1        show the commands (V=0: nothing)

VERSION = 0.1.0

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/sitewatch
MANDIR     ?= $(PREFIX)/share/man
DOCDIR     ?= $(PREFIX)/share/doc/sitewatch
COMPDIR    ?= $(PREFIX)/share/bash-completion/completions

# Objects with different flags never share a directory.
B := build$(if $(SAN),/san)$(if $(STEPS),/steps)$(if $(FUZZ),/fuzz)

.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
Q := $(if $(filter 1,$(V)),,@)
SAY := @$(if $(V),:,echo)

# ---- flags -----------------------------------------------------------------
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
    -Wformat=2 -Werror=format-security -Wconversion -Wno-sign-conversion \
    $(if $(WERROR),-Werror)

# clang 14 lacks one of these, other processors lack others.
try = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null \
    2>/dev/null && echo $(1))
HARDEN := -fstack-protector-strong $(foreach f,-fstack-clash-protection \
    -fcf-protection -ftrivial-auto-var-init=zero,$(call try,$f))
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=all \
    -fno-omit-frame-pointer
# ASan does not see through fortified calls, nor the holes that zeroing fills.
EXTRA := $(if $(SAN)$(FUZZ),$(SANITIZE),$(HARDEN) -U_FORTIFY_SOURCE \
    -D_FORTIFY_SOURCE=3) $(if $(FUZZ),-fsanitize=fuzzer-no-link)

# libesmtp and what else comes with TLS must not reach site-watchdog: each
# program names its libraries, and unused code may not drag one in.
SCAN_PC   := libpcre2-8 sqlite3 libconfuse
MAIL_PC   := $(SCAN_PC) libesmtp-1.0 openssl libcurl
UPTIME_PC := $(SCAN_PC) libcares openssl libcurl libidn2
# Of these only the headers: they are loaded when a compressed log is met.
UNPACK_PC := zlib liblzma libzstd
pc = $(shell pkg-config $(1) 2>/dev/null)
CPPFLAGS_ALL := -I. -D_POSIX_C_SOURCE=200809L $(if $(STEPS),-DWITH_STEPS) \
    $(call pc,--cflags $(MAIL_PC) $(UPTIME_PC) libxxhash $(UNPACK_PC)) \
    -D_FILE_OFFSET_BITS=64
CFLAGS_ALL := -std=c11 -fPIE -ffunction-sections -fdata-sections $(WARN) \
    $(EXTRA)
LDFLAGS_ALL := -pie -Wl,-z,relro,-z,now,--gc-sections,--as-needed
DEFINES = -DVERSION='"$(VERSION)"' -DLIBEXECDIR='"$(LIBEXECDIR)"'

COMPILE = $(CC) $(CPPFLAGS_ALL) $(CPPFLAGS) $(DEFINES) $(CFLAGS_ALL) $(CFLAGS)
# For a hundred tests: less than half the work of the usual one.
FAST_LD := $(if $(shell command -v ld.gold),-fuse-ld=gold)
LINK = $(CC) $(CFLAGS_ALL) $(CFLAGS) $(LDFLAGS_ALL) $(LDFLAGS) -o $@ \
    $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group

# ---- what is built ---------------------------------------------------------
MAINS := $(wildcard watchdog/main.c uptime/main.c common/mail/mail_main.c)
# What only sitewatch-mail does; the rest of common/mail/ serves the tools too.
MAIL := $(wildcard common/mail/transport*.c common/mail/deliver*.c \
    common/mail/mail_cmd*.c)
COMMON := $(filter-out $(MAIL) $(MAINS),$(wildcard common/*/*.c))
WATCHDOG := $(filter-out $(MAINS),$(wildcard watchdog/*.c watchdog/*/*.c))
UPTIME := $(filter-out $(MAINS),$(wildcard uptime/*.c uptime/*/*.c))
# A test is a program of its own; other files there serve all of them.
TESTS := $(wildcard tests/unit/test_*.c)
TEST_AID = $(call objects,$(filter-out $(TESTS),$(wildcard tests/unit/*.c)))

objects = $(patsubst %.c,$(B)/%.o,$(1))
COMMON_A := $(B)/libcommon.a
MAIL_A := $(B)/libmail.a
WATCHDOG_A := $(B)/libwatchdog.a
UPTIME_A := $(if $(UPTIME),$(B)/libuptime.a)
ARCHIVES := $(WATCHDOG_A) $(UPTIME_A) $(MAIL_A) $(COMMON_A)

BIN := $(if $(filter watchdog/%,$(MAINS)),$(B)/site-watchdog) \
    $(if $(filter uptime/%,$(MAINS)),$(B)/site-uptime)
LIBEXEC := $(if $(filter common/%,$(MAINS)),$(B)/sitewatch-mail)
UNIT := $(TESTS:tests/unit/%.c=$(B)/unit/%)
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))

all: $(BIN) $(LIBEXEC) ## build the programs
unit-programs: $(UNIT)
unit-syntax: $(B)/flags
	$(SAY) "  CC   tests/unit/*.c"
	$(Q)$(COMPILE) -fsyntax-only $(wildcard tests/unit/*.c)
$(B)/site-watchdog: $(B)/watchdog/main.o $(WATCHDOG_A) $(COMMON_A)
$(B)/site-watchdog: LIBS = $(call pc,--libs $(SCAN_PC))
$(B)/site-uptime: $(B)/uptime/main.o $(UPTIME_A) $(COMMON_A)
$(B)/site-uptime: LIBS = $(call pc,--libs $(UPTIME_PC)) -lresolv
$(B)/sitewatch-mail: $(B)/common/mail/mail_main.o $(MAIL_A) $(COMMON_A)
$(B)/sitewatch-mail: LIBS = $(call pc,--libs $(MAIL_PC))
$(UNIT): $(B)/unit/%: $(B)/tests/unit/%.o $(TEST_AID) $(ARCHIVES)
$(UNIT): LIBS = $(call pc,--libs cmocka $(MAIL_PC) $(UPTIME_PC)) $(FAST_LD)
$(FUZZERS): $(B)/%: $(B)/tests/fuzz/%.o $(ARCHIVES)
$(FUZZERS): LIBS = -fsanitize=fuzzer $(call pc,--libs $(MAIL_PC) $(UPTIME_PC))
$(BENCH): $(B)/bench/%: $(B)/tests/bench/%.o $(ARCHIVES)
$(BENCH): LIBS = $(call pc,--libs $(UPTIME_PC)) -lresolv
$(BIN) $(LIBEXEC) $(UNIT) $(FUZZERS) $(BENCH):
	@mkdir -p $(@D)
	$(SAY) "  LD   $@"
	$(Q)$(LINK) $(LIBS)

$(COMMON_A): $(call objects,$(COMMON))
$(MAIL_A): $(call objects,$(MAIL))
$(WATCHDOG_A): $(call objects,$(WATCHDOG))
$(UPTIME_A): $(call objects,$(UPTIME))
$(ARCHIVES):
	@mkdir -p $(@D) && rm -f $@
	$(Q)$(AR) rcs $@ $(filter %.o,$^)

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(SAY) "  CC   $<"
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<


# Changes when the commands change, so that no object keeps old flags; and the
# place where a missing library is one clear line, not a page of errors.
$(B)/flags: export FLAGS = $(COMPILE) $(LINK)
$(B)/flags: FORCE
	@tests/deps --have build
	@mkdir -p $(@D)
	@echo "$$FLAGS" | cmp -s - $@ || echo "$$FLAGS" >$@
FORCE:
-include $(patsubst %.c,$(B)/%.d,$(MAINS) $(COMMON) $(MAIL) $(WATCHDOG) \
    $(UPTIME)) $(wildcard $(B)/tests/*/*.d)

# ---- packages --------------------------------------------------------------
need = $(if $(filter no,$(DEPS)),,@tests/deps $(1))
deps: ## install what packages.txt names and this machine lacks
	$(call need)

# What scripts and tests know of the build.
KNOW = BUILD=$(abspath $(B)) BUILD_STEPS=$(abspath $(B)/steps) \
    VERSION=$(VERSION) PYTHONDONTWRITEBYTECODE=1
# One more than there are processors: tests wait as often as they work.
JOBS ?= $(shell expr $$(nproc) + 1)
SUB = $(MAKE) --no-print-directory \
    $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

demo: ## build, and watch it work on a real log
	$(call need,build run demo)
	+@$(SUB) V=0 all
	@$(KNOW) examples/demo/run

# ---- tests -----------------------------------------------------------------
PAGES := $(wildcard man/*.[1578])
# By the first line: scripts have no suffix.
SCRIPTS = $(shell find .ci tests examples completion -type f 2>/dev/null | \
    xargs awk 'FNR == 1 && /^\#!.*[\/ ](sh|bash|bats)$$/ { print FILENAME }')
CRASH := $(wildcard tests/crash/*.bats)
RUN := $(wildcard tests/run/*.bats)
BATS := $(CRASH) $(RUN)
VARIANTS := check-steps check-gcc check-san check-clang
# In the order in which they start: first what others wait for and what takes
# long, so that no processor is idle in the end.
SUITES := check-steps check-gcc $(CRASH:%=check-%) check-san \
    $(if $(UNIT),check-unit-san) check-clang $(if $(FUZZERS),check-fuzz) \
    $(if $(UNIT),check-unit) $(RUN:%=check-%) check-lint check-shell \
    $(if $(PAGES),check-man)

# Each suite says one line, more if it fails, and leaves its counts in $(R).
R = $(B)/check
# What is tested: what `make` builds, without a warning.
TESTED = $(B)/gcc
SUITE = $(KNOW) BUILD=$(abspath $(TESTED)) tests/suite $(R)

check: ## every test; the last line is "N passed, N failed"
	+@$(SUB) check-all; tests/tap-summary $$? $(R)
check-all:
	@rm -rf $(R) && mkdir -p $(R)
	$(call need,build run test)
	+@$(SUB) -k $(SUITES)

# Each has what is run of it; clang's is that of the fuzz targets, and what it
# says of the tests.  -O1: there the compiler takes longer than the tests do.
check-steps: ARGS = B=$(B)/steps STEPS=1 CFLAGS="-O1 -g" all
check-gcc: ARGS = B=$(B)/gcc CC=gcc WERROR=1 all unit-programs
check-san: ARGS = B=$(B)/san SAN=1 CFLAGS="-O1 -g" all unit-programs
check-clang: ARGS = B=$(B)/fuzz $(FUZZ_BUILD) FUZZ=1 CC=clang all unit-syntax
FUZZ_BUILD = WERROR=1 CFLAGS="-O1 -g"
$(VARIANTS): check-%:
	+@$(SUITE) build-$* $(MAKE) $(ARGS)
check-lint: check-gcc
	@$(SUITE) lint -e "tests/lint/run --tap" tests/lint/selftest
check-man:
	@$(SUITE) man -e $(PAGES:%="tests/lint/page %")
check-shell:
	@$(SUITE) shell -e $(SCRIPTS:%="shellcheck %")
check-unit: check-gcc
	@$(SUITE) unit -e $(UNIT:$(B)/%=$(TESTED)/%)
# ASan rather than cmocka shall report a wild pointer: it knows more.
check-unit-san: TESTED = $(B)/san
check-unit-san: KNOW += ASAN_OPTIONS=handle_segv=2:quarantine_size_mb=16
check-unit-san: check-san
	@$(SUITE) unit-san -e $(UNIT:$(B)/%=$(TESTED)/%)
# The python3 and the tools of packages.txt, not what else a PATH may name
# before them.
$(BATS:%=check-%) check-unit check-unit-san: \
    private KNOW += PATH="/usr/bin:/bin:$$PATH"
$(BATS:%=check-%): check-%: check-gcc check-steps
	@$(SUITE) $(basename $(notdir $*)) bats --tap $*
check-fuzz: check-clang
	+@$(SUITE) fuzz $(MAKE) $(FUZZ_BUILD) FUZZ_ARGS="-seed=1 -runs=2000" fuzz

lint: ## the rules of the house that a script can check
	@tests/lint/run
	@for f in $(PAGES); do tests/lint/page $$f || exit; done
	@shellcheck $(SCRIPTS)
format: ## rewrite the C files as .clang-format says
	@clang-format -i $$(find common watchdog uptime tests -name '*.[ch]')

bench: ## measure, against the peers
	$(call need,build run bench)
	+@$(SUB) all $(BENCH)
	@for f in $(filter-out %.c,$(wildcard tests/bench/bench_*)); do \
	    echo "== $$f"; $(KNOW) $$f || exit; done
torture: ## crashes and faults at every step, for hours
	$(call need,build run test)
	+@$(SUB) all $(B)/unit/test_track_history && $(SUB) STEPS=1 B=$(B)/steps all
	@TRACK_HISTORIES=1000000 $(B)/unit/test_track_history
	@$(KNOW) BACKLOG=10G LINE=1G bats tests/run/backlog.bats
	@$(KNOW) tests/crash/torture

FUZZ_TIME ?= 60
FUZZ_ARGS ?= -max_total_time=$(FUZZ_TIME)
fuzz: ## every fuzz target for FUZZ_TIME seconds (60)
	+@$(SUB) FUZZ=1 CC=clang B=$(B)/fuzz fuzz-run
fuzz-run: $(FUZZERS)
	@for f in $(FUZZERS:$(B)/%=%); do seeds=tests/fuzz/corpus/$$f; \
	    mkdir -p $(B)/corpus/$$f; [ -d $$seeds ] || seeds=; echo "== $$f"; \
	    $(B)/$$f $(FUZZ_ARGS) -artifact_prefix=$(B)/$$f- $(B)/corpus/$$f \
	    $$seeds || exit; done

# ---- install ---------------------------------------------------------------
# "mode:source:target", for install and uninstall alike.
EXAMPLES = $(shell find examples -name demo -prune -o -type f -print)
page = $(MANDIR)/man$(subst .,,$(suffix $(1)))/$(notdir $(1))
FILES = $(foreach f,$(BIN),755:$f:$(BINDIR)/$(notdir $f)) \
    $(foreach f,$(LIBEXEC),755:$f:$(LIBEXECDIR)/$(notdir $f)) \
    $(foreach f,$(PAGES),644:$f:$(call page,$f)) \
    $(foreach f,$(EXAMPLES),644:$f:$(DOCDIR)/$f) $(foreach f,$(wildcard \
    completion/*),644:$f:$(COMPDIR)/$(notdir $(basename $f)))
install: all ## to PREFIX (/usr/local), under DESTDIR
	@set -e; for f in $(FILES); do to=$${f##*:}; f=$${f%:*}; \
	    install -D -m $${f%%:*} $${f#*:} "$(DESTDIR)$$to"; done
uninstall: ## remove what install put there
	@for f in $(FILES); do rm -f "$(DESTDIR)$${f##*:}"; done
	@for d in $(LIBEXECDIR) $(DOCDIR); do [ ! -d "$(DESTDIR)$$d" ] || \
	    find "$(DESTDIR)$$d" -depth -type d -empty -delete; done
dist: ## sitewatch-VERSION.tar.gz from the last commit
	@mkdir -p $(B)
	git archive --prefix=sitewatch-$(VERSION)/ \
	    -o $(B)/sitewatch-$(VERSION).tar.gz HEAD
clean: ## remove what was built
	rm -rf $(B)
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' Makefile
	@sed -n '/^VERSION/q; s/^#   //p' Makefile

.PHONY: all unit-programs unit-syntax deps demo check check-all $(SUITES) lint format \
    bench torture fuzz fuzz-run install uninstall dist clean help FORCE
