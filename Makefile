# SPDX-License-Identifier: Apache-2.0
# Builds, tests and installs mayfly; `make help` lists the targets.

# -- knobs: give them on the command line or in the environment -----------------------------------
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share
MANDIR  ?= $(DATADIR)/man
DESTDIR ?=
CFLAGS  ?= -O2 -g
LDFLAGS ?=
PKG_CONFIG ?= pkg-config
CLANG   ?= clang
B       ?= build
ARCH    ?= x86_64
SAN     ?=
STATIC  ?=
V       ?=
WERROR  ?=
FUZZ_SECONDS ?= 60

comma := ,
empty :=
space := $(empty) $(empty)
VERSION := $(strip $(shell cat VERSION))

# One object tree per flavour, so that switching between them rebuilds nothing.
FLAVOUR := $(if $(STATIC),static-$(STATIC),$(if $(SAN),$(subst $(comma),-,$(SAN)),release))
O       := $(B)/obj/$(FLAVOUR)
BIN     := $(if $(STATIC),$(B)/static/mayfly-linux-$(STATIC),$(if $(SAN),$(B)/$(FLAVOUR)/mayfly,$(B)/mayfly))
RESULTS := $(B)/results

Q    := $(if $(filter 1,$(V)),,@)
say   = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2);)
once  = $(eval $(1) := $(2))$($(1))

# -- flags ----------------------------------------------------------------------------------------
PKGS := libcurl openssl libcjson libfyaml libgit2 libpcre2-8 libdeflate libzstd
XWARN := -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wmissing-prototypes -Wstrict-prototypes
XCFLAGS := -std=c17 -D_GNU_SOURCE -Iinclude -MMD -MP $(XWARN) -DMF_VERSION='"$(VERSION)"' \
	-fvisibility=hidden -ffunction-sections -fdata-sections -fno-strict-aliasing
XLDFLAGS := -Wl,--gc-sections -Wl,--as-needed
ifeq ($(WERROR),1)
XCFLAGS += -Werror
endif

ifneq ($(STATIC),)
# scripts/static gives DEPS (the prefix with headers and archives) and the cross tools. Nothing of it unwinds: half a megabyte of tables less.
XCFLAGS  += -fPIE -fstack-protector-strong -fno-unwind-tables -fno-asynchronous-unwind-tables -DMF_STATIC=1 -DMF_MIMALLOC=1 -ffile-prefix-map=$(CURDIR)=. \
	$(STATIC_CFLAGS)
XLDFLAGS += -static-pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,stack-size=8388608 -Wl,--build-id=none \
	$(STATIC_LDFLAGS)
# packed relocations: half a megabyte less to read at every start
ifeq ($(STATIC),x86_64)
XLDFLAGS += -Wl,-z,pack-relative-relocs
endif
PKG_CFLAGS := $(STATIC_DEPS_CFLAGS)
PKG_LIBS   := $(STATIC_DEPS_LIBS)
else
PKG_CFLAGS = $(call once,PKG_CFLAGS,$(shell $(PKG_CONFIG) --cflags $(PKGS)))
PKG_LIBS   = $(call once,PKG_LIBS,$(shell $(PKG_CONFIG) --libs $(PKGS)))
ifneq ($(SAN),)
XCFLAGS  += -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all -DMF_NO_INTERPOSE=1
XLDFLAGS += -fsanitize=$(SAN)
else
XCFLAGS  += -fPIE -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter -O0 -Og,$(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
XLDFLAGS += -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
endif

# -- sources --------------------------------------------------------------------------------------
SRC  := $(sort $(wildcard src/*.c src/*/*.c src/*/*/*.c))
GEN  := $(O)/gen/ca_bundle.c $(O)/gen/rules.c
OBJ  := $(SRC:%.c=$(O)/%.o) $(GEN:.c=.o)
# What tests link: everything but main(), and the allocator without its malloc.
LIBOBJ := $(filter-out $(O)/src/main.o $(O)/src/base/alloc.o,$(OBJ)) \
	$(patsubst src/base/alloc.c,$(O)/plain/src/base/alloc.o,$(filter src/base/alloc.c,$(SRC)))
LIB  := $(O)/libmayfly.a

UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
UNIT_AUX := $(sort $(wildcard tests/unit/support*.c tests/unit/failalloc.c))
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(O)/unit/%)
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(O)/fuzz/%)

ifeq ($(strip $(B)),)
$(error B, the folder to build in, is empty)
endif

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all
## all: build/mayfly against the system's libraries (the default)
all: $(BIN)

# A flag that changed rebuilds what it touches. WERROR does not: it only turns a warning that was seen into an error.
FLAGS_NOW = $(CC) $(filter-out -Werror,$(XCFLAGS)) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(PKG_CFLAGS)
$(O)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quote,$(FLAGS_NOW)) | cmp -s - $@ || printf '%s\n' $(call quote,$(FLAGS_NOW)) > $@
quote = '$(subst ','\'',$(1))'
.PHONY: FORCE
FORCE:

ifeq ($(STATIC),)
$(O)/flags: | have-libs
.PHONY: have-libs
have-libs:
	@scripts/setup --check build
endif

$(BIN): $(OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(XLDFLAGS) $(LDFLAGS) -o $@ $(OBJ) $(PKG_LIBS) $(LDLIBS)
	$(if $(STATIC),$(Q)$(STRIP) -s $@)

$(O)/src/%.o: src/%.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(XCFLAGS) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/plain/src/%.o: src/%.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC,'$< (no interposing)')$(CC) $(XCFLAGS) -UMF_NO_INTERPOSE -DMF_NO_INTERPOSE=1 $(PKG_CFLAGS) $(CPPFLAGS) \
		$(CFLAGS) -c -o $@ $<

$(O)/gen/%.o: $(O)/gen/%.c $(O)/flags
	$(call say,CC,$<)$(CC) $(XCFLAGS) -iquote src/detect $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(LIB): $(LIBOBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcsD $@ $(LIBOBJ)

# -- generated: the CA table, the rules, the manual page, the completions, the schema ---------------
# The host program is linked from the development build, also when the product is for another machine.
HOST := $(B)/obj/release
ifeq ($(STATIC),)
$(HOST)/gen-tool: tools/gen.c $(LIB) $(O)/flags
	$(call say,HOSTCC,$<)$(CC) $(XCFLAGS) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(XLDFLAGS) $(LDFLAGS) -o $@ $< \
		$(LIB) $(PKG_LIBS) $(LDLIBS)
endif

# Our rules as a table in C. The host program is linked from what it needs alone: what reads the table stays out of it.
RULES := $(sort $(wildcard src/detect/rules/*.toml))
RULES_TOOL := $(if $(STATIC),$(HOST),$(O))/rules-tool
ifeq ($(STATIC),)
RULES_OBJ := $(filter $(O)/plain/% $(O)/src/base/% $(O)/src/conf/% $(O)/src/detect/%,$(filter-out $(GEN:.c=.o),$(LIBOBJ)))
$(O)/librules.a: $(RULES_OBJ)
	$(call say,AR,$@)rm -f $@ && $(AR) rcsD $@ $(RULES_OBJ)
$(RULES_TOOL): tools/rules.c $(O)/librules.a $(O)/flags
	$(call say,HOSTCC,$<)$(CC) $(XCFLAGS) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(XLDFLAGS) $(LDFLAGS) -o $@ $< \
		$(O)/librules.a $(PKG_LIBS) $(LDLIBS)
endif
$(O)/gen/rules.c: $(RULES_TOOL) $(RULES)
	@mkdir -p $(@D)
	$(call say,GEN,$@)$(RULES_TOOL) $@ $(RULES)

ifeq ($(STATIC),)
# Only static builds carry certificates: a development build has the system's.
$(O)/gen/ca_bundle.c: Makefile
	@mkdir -p $(@D)
	@printf '%s\n' '/* no certificates are embedded in this build */' '#include <stddef.h>' \
		'extern const unsigned char mf_ca_bundle[];' 'extern const size_t mf_ca_bundle_len;' \
		'extern const char mf_ca_bundle_date[];' \
		'const unsigned char mf_ca_bundle[1] = {0};' 'const size_t mf_ca_bundle_len = 0;' \
		'const char mf_ca_bundle_date[] = "";' > $@
else
$(O)/gen/ca_bundle.c: scripts/deps.lock tools/gen.c
	@mkdir -p $(@D)
	$(call say,GEN,$@)rm -rf $(O)/gen/roots && scripts/deps unpack ca-bundle $(O)/gen/roots && \
		$(HOST)/gen-tool ca $(O)/gen/roots/src/lib.rs $$(scripts/deps date ca-bundle) $@ && rm -rf $(O)/gen/roots
endif

DOCS := $(B)/docs/mayfly.1 $(B)/docs/mayfly.bash $(B)/docs/mayfly.schema.json
$(B)/docs/mayfly.1: $(HOST)/gen-tool
	@mkdir -p $(@D)
	$(call say,GEN,$@)$< man $@
$(B)/docs/mayfly.bash: $(HOST)/gen-tool
	@mkdir -p $(@D)
	$(call say,GEN,$@)$< completion $(@D)
$(B)/docs/mayfly.schema.json: $(HOST)/gen-tool
	@mkdir -p $(@D)
	$(call say,GEN,$@)$< schema $@

.PHONY: docs
## docs: the manual page, the completions and docs/mayfly.schema.json from the program's tables
docs: $(DOCS)
	$(Q)cmp -s $(B)/docs/mayfly.schema.json docs/mayfly.schema.json || cp $(B)/docs/mayfly.schema.json docs/

# -- the static binary ----------------------------------------------------------------------------
.PHONY: static static-binary
## static: build/static/mayfly-linux-ARCH, musl and pinned libraries (ARCH=x86_64 or aarch64)
static: $(HOST)/gen-tool $(HOST)/rules-tool
	$(Q)scripts/setup static-$(ARCH)
	$(Q)scripts/static deps $(ARCH)
	$(Q)scripts/static vars $(ARCH) > $(B)/static-$(ARCH).vars
	$(Q)sed 's/.*/'"'&'"'/' $(B)/static-$(ARCH).vars | xargs $(MAKE) --no-print-directory SAN= B=$(B) static-binary

static-binary: $(BIN)

-include $(wildcard $(O)/*.d $(O)/gen/*.d $(O)/src/*.d $(O)/src/*/*.d $(O)/src/*/*/*.d $(O)/plain/src/*/*.d $(O)/tests/*/*.d)

# -- unit tests: one program per module -----------------------------------------------------------
$(O)/tests/%.o: tests/%.c $(O)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(XCFLAGS) -fvisibility=default -Itests/unit -Wno-missing-prototypes \
		$(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(O)/unit/%: $(O)/tests/unit/%.o $(UNIT_AUX:%.c=$(O)/%.o) $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(XLDFLAGS) $(LDFLAGS) -o $@ $< $(UNIT_AUX:%.c=$(O)/%.o) $(LIB) \
		-lcmocka $(PKG_LIBS) $(LDLIBS)

.PHONY: unit-build unit torture
unit-build: $(UNIT_BIN)

## unit: build and run the unit tests (T=module for one)
unit: $(if $(T),$(O)/unit/test_$(T),$(UNIT_BIN))
	$(Q)scripts/suite $(RESULTS)/unit$(SUITE_TAG) scripts/run-unit $^

## torture: run the unit tests with each allocation failing in turn
torture: $(if $(T),$(O)/unit/test_$(T),$(UNIT_BIN))
	$(Q)MF_TORTURE=all scripts/suite $(RESULTS)/torture$(SUITE_TAG) scripts/run-unit $^

SUITE_TAG := $(if $(SAN),-$(FLAVOUR))

# -- fuzz targets ---------------------------------------------------------------------------------
$(O)/fuzz/%: $(O)/tests/fuzz/%.o $(O)/tests/fuzz/driver.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(XLDFLAGS) $(LDFLAGS) -o $@ $< $(O)/tests/fuzz/driver.o $(LIB) $(PKG_LIBS) $(LDLIBS)

.PHONY: fuzz-replay fuzz
## fuzz-replay: every fuzz target over its corpus and fixed mutations of it
fuzz-replay: $(FUZZ_BIN)
	$(Q)scripts/suite $(RESULTS)/fuzz-replay$(SUITE_TAG) scripts/run-fuzz-replay $(FUZZ_BIN)

## fuzz: look for new inputs with clang's libFuzzer (T=target, FUZZ_SECONDS=60)
fuzz:
	$(Q)test -n '$(T)' || { echo 'fuzz: name a target, as in: make fuzz T=json'; exit 2; }
	$(Q)$(MAKE) --no-print-directory CC=$(CLANG) SAN=fuzzer-no-link,address,undefined $(B)/obj/fuzzer-no-link-address-undefined/libmayfly.a
	$(Q)mkdir -p $(B)/fuzz/$(T)
	$(call say,LD,$(B)/fuzz/fuzz_$(T))$(CLANG) -fsanitize=fuzzer,address,undefined $(filter-out -MMD -MP,$(XCFLAGS)) -Itests/unit \
		-Wno-missing-prototypes $(PKG_CFLAGS) $(CFLAGS) -o $(B)/fuzz/fuzz_$(T) tests/fuzz/fuzz_$(T).c \
		$(B)/obj/fuzzer-no-link-address-undefined/libmayfly.a $(PKG_LIBS)
	$(Q)$(B)/fuzz/fuzz_$(T) -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
		-artifact_prefix=$(B)/fuzz/ $(B)/fuzz/$(T) tests/fuzz/corpus/$(T)

# -- whole-program tests --------------------------------------------------------------------------
.PHONY: cli integration
## cli: command-line cases against the real binary (MAYFLY=path for another one)
cli: $(if $(MAYFLY),,$(BIN))
	$(Q)MAYFLY=$(abspath $(or $(MAYFLY),$(BIN))) scripts/suite $(RESULTS)/cli$(or $(CLI_TAG),$(SUITE_TAG)) tests/cli/run

## integration: the real binary against real servers on loopback
integration: $(if $(MAYFLY),,$(BIN))
	$(Q)MAYFLY=$(abspath $(or $(MAYFLY),$(BIN))) scripts/suite $(RESULTS)/integration$(or $(CLI_TAG),$(SUITE_TAG)) tests/integration/run

# -- the language's public suite on our TOML reader ------------------------------------------------
$(O)/toml-decoder: $(O)/tests/toml/decoder.o $(LIB)
	$(call say,LD,$@)$(CC) $(CFLAGS) $(XLDFLAGS) $(LDFLAGS) -o $@ $< $(LIB) $(PKG_LIBS) $(LDLIBS)

.PHONY: regex toml rules quality
## toml: the public test suite of TOML 1.0
toml: $(O)/toml-decoder
	$(Q)scripts/suite $(RESULTS)/toml$(SUITE_TAG) tests/toml/run $<

## regex: users' expressions against Go's own regexp, fixed and random ones
regex: $(LIB)
	$(Q)B=$(B) scripts/suite $(RESULTS)/regex$(SUITE_TAG) tests/regex/run

## rules: the examples and counter-examples of every rule, with the real binary
rules: $(if $(MAYFLY),,$(BIN))
	$(Q)MAYFLY=$(abspath $(or $(MAYFLY),$(BIN))) scripts/suite $(RESULTS)/rules$(or $(CLI_TAG),$(SUITE_TAG)) tests/rules/run

## quality: recall and precision on a corpus that is made for it
quality: $(if $(MAYFLY),,$(BIN))
	$(Q)MAYFLY=$(abspath $(or $(MAYFLY),$(BIN))) scripts/suite $(RESULTS)/quality$(or $(CLI_TAG),$(SUITE_TAG)) tests/quality/run

.PHONY: sanitize
## sanitize: unit tests, command-line cases and fuzz replay under ASan and UBSan
sanitize:
	$(Q)$(MAKE) --no-print-directory SAN=address,undefined WERROR=1 unit cli fuzz-replay

# -- everything -----------------------------------------------------------------------------------
.PHONY: lint check static-check test bench demo evidence
## lint: layers, banned calls, error ids, names, headers, shell scripts, left-over words
lint: $(LIB) $(DOCS)
	$(Q)DOCS=$(B)/docs scripts/suite $(RESULTS)/lint scripts/lint/run $(filter $(O)/src/%,$(OBJ))

## check: what to run before a commit: unit cli fuzz-replay lint
check: all
	$(Q)$(MAKE) --no-print-directory unit
	$(Q)$(MAKE) --no-print-directory cli
	$(Q)$(MAKE) --no-print-directory fuzz-replay
	$(Q)$(MAKE) --no-print-directory lint

## static-check: the static binaries are static, small, the same bytes again, and run in an empty chroot
static-check:
	$(Q)$(MAKE) --no-print-directory static ARCH=x86_64
	$(Q)$(MAKE) --no-print-directory static ARCH=aarch64
	$(Q)B=$(B) scripts/suite $(RESULTS)/static tests/static/run

## test: install what is missing, build, and run every test there is
test:
	$(Q)B=$(B) scripts/test

## demo: the main job on this machine, with a real OpenBao and a GitHub-like runner
demo:
	$(Q)scripts/setup demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)MAYFLY=$(abspath $(BIN)) scripts/demo

## bench: start-up, logins and reads, and the scanner beside others, on the static binary (REPO=clones to scan)
bench:
	$(Q)scripts/setup test
	$(Q)scripts/setup bench
	$(Q)$(MAKE) --no-print-directory static ARCH=x86_64
	$(Q)code=0; MAYFLY=$(abspath $(B)/static/mayfly-linux-x86_64) tests/bench/run || code=1; \
		B=$(B) MAYFLY=$(abspath $(B)/static/mayfly-linux-x86_64) tests/bench/scan $(REPO) || code=1; \
		MAYFLY=$(abspath $(B)/static/mayfly-linux-x86_64) tests/bench/check || code=1; \
		MAYFLY=$(abspath $(B)/static/mayfly-linux-x86_64) tests/bench/clouds || code=1; exit $$code

## evidence: what takes longer: libFuzzer on every target, two static builds from nothing compared
evidence:
	$(Q)B=$(B) FUZZ_SECONDS=$(FUZZ_SECONDS) scripts/evidence

# -- installing -----------------------------------------------------------------------------------
INSTALL_BIN ?= $(BIN)
.PHONY: install uninstall dist
## install: the program, its manual page and completions (DESTDIR=, PREFIX=/usr/local, INSTALL_BIN=)
install: $(if $(filter $(BIN),$(INSTALL_BIN)),$(BIN)) $(DOCS)
	install -D -m 755 $(INSTALL_BIN) $(DESTDIR)$(BINDIR)/mayfly
	install -D -m 644 $(B)/docs/mayfly.1 $(DESTDIR)$(MANDIR)/man1/mayfly.1
	install -D -m 644 $(B)/docs/mayfly.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/mayfly
	install -D -m 644 $(B)/docs/_mayfly $(DESTDIR)$(DATADIR)/zsh/site-functions/_mayfly
	install -D -m 644 $(B)/docs/mayfly.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/mayfly.fish

## uninstall: what install put there
uninstall:
	rm -f $(DESTDIR)$(BINDIR)/mayfly $(DESTDIR)$(MANDIR)/man1/mayfly.1 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/mayfly \
		$(DESTDIR)$(DATADIR)/zsh/site-functions/_mayfly $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/mayfly.fish

## dist: both static binaries, the sources and their checksums in build/dist
dist:
	$(Q)$(MAKE) --no-print-directory static ARCH=x86_64
	$(Q)$(MAKE) --no-print-directory static ARCH=aarch64
	$(Q)rm -rf $(B)/dist && mkdir -p $(B)/dist
	$(Q)cp $(B)/static/mayfly-linux-* $(B)/dist/
	$(Q)git archive --format=tar.gz --prefix=mayfly-$(VERSION)/ -o $(B)/dist/mayfly-$(VERSION).tar.gz HEAD
	$(Q)cd $(B)/dist && sha256sum mayfly-* > SHA256SUMS && cat SHA256SUMS

.PHONY: clean help
## clean: remove what was built here (not the cache of dependencies)
clean:
	rm -rf $(B)

## help: this list
help:
	@sed -n 's/^## //p' Makefile | sort | awk '{ i = index($$0, ": "); printf "  %-13s %s\n", substr($$0, 1, i - 1), substr($$0, i + 2) }'
