# Debian packages, made by Debian's own tools in a copy of the sources under $(BUILD).
#
#	make deb                    $(BUILD)/deb/*.deb
#	make deb VERSION=0.1.1~rc1  for one that is not released

# gcc and libc6-dev are essential to any build.
DEB_BUILD_DEPENDS = $(filter-out gcc libc6-dev,$(BUILD_PACKAGES))
empty      :=
space      := $(empty) $(empty)
comma      := ,
commas      = $(subst $(space),$(comma)$(space),$(strip $(1)))

DEB        := $(BUILD)/deb
DEB_SOURCE := $(DEB)/whodel-$(VERSION)
# What the packages are made from: no repository is needed, a released archive has all.
DEB_TAR     = tar -c --exclude='./$(BUILD)' --exclude=./.git .

.PHONY: deb
deb: build-packages ## build the Debian packages whodel, libbpfchan0 and libbpfchan-dev
	@scripts/install-packages "Debian packages" $(DEB_PACKAGES)
	rm -rf $(DEB)
	mkdir -p $(DEB_SOURCE)
	$(DEB_TAR) | tar -x -C $(DEB_SOURCE)
	cp -r packaging/debian $(DEB_SOURCE)/debian
	sed -i 's/@BUILD_PACKAGES@/$(call commas,$(DEB_BUILD_DEPENDS))/' $(DEB_SOURCE)/debian/control
	scripts/debian-changelog $(VERSION) >$(DEB_SOURCE)/debian/changelog
	cd $(DEB_SOURCE) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MAKEOVERRIDES \
		dpkg-buildpackage --build=binary --unsigned-changes --no-sign
	rm -rf $(DEB_SOURCE)
	@ls $(DEB)/*.deb

# After all other packages: apt takes one caller at a time.
.PHONY: deb-test-packages
deb-test-packages: peers-packages
	@scripts/install-packages "package tests" $(DEB_PACKAGES) $(CLEAN_PACKAGES)

# promtool comes with a service: unpacked, not installed.
.PHONY: metrics-test-packages
metrics-test-packages: deb-test-packages
	@scripts/unpack-packages $(BUILD)/cache/promtool prometheus
	@scripts/install-packages "metrics tests" iproute2

test-long: metrics-test-packages
