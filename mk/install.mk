# What goes where. One list serves install and uninstall, so that they cannot differ.
#
#	make install                            under /usr/local
#	make install PREFIX=/usr DESTDIR=root   for a package
#	make install LIBDIR=/usr/lib/x86_64-linux-gnu PREFIX=/usr

BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR     ?= $(PREFIX)/share/man
UNITDIR    ?= $(PREFIX)/lib/systemd/system
INSTALL    ?= install

# Where the shells look by themselves.
BASHCOMPDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHCOMPDIR  ?= $(PREFIX)/share/zsh/site-functions
FISHCOMPDIR ?= $(PREFIX)/share/fish/vendor_completions.d

HEADERS    := bpfchan.h bpfchan_types.h bpfchan.bpf.h
SONAME     := libbpfchan.so.0
SHARED     := libbpfchan.so.$(VERSION)

MAN1       := $(wildcard man/*.1)

# Each function has the page under its own name too: those of the library, those of the header.
MAN3_USER  := $(shell sed -n 's/^\t\t\(bpfchan_[a-z_]*\);/\1/p' channel/libbpfchan.map)
MAN3_BPF   := bpfchan_reserve bpfchan_submit bpfchan_discard bpfchan_output bpfchan_fill \
	      bpfchan_has_room

INSTALLED  := $(BINDIR)/whodel \
	      $(LIBDIR)/libbpfchan.a $(LIBDIR)/$(SHARED) $(LIBDIR)/$(SONAME) $(LIBDIR)/libbpfchan.so \
	      $(LIBDIR)/pkgconfig/libbpfchan.pc $(addprefix $(INCLUDEDIR)/,$(HEADERS)) \
	      $(UNITDIR)/whodel-record.service \
	      $(BASHCOMPDIR)/whodel $(ZSHCOMPDIR)/_whodel $(FISHCOMPDIR)/whodel.fish \
	      $(addprefix $(MANDIR)/man1/,$(notdir $(MAN1))) $(MANDIR)/man3/bpfchan.3 $(MANDIR)/man3/bpfchan.bpf.3 \
	      $(patsubst %,$(MANDIR)/man3/%.3,$(MAN3_USER) $(MAN3_BPF))

# Relative to the prefix where that is true, so that pkg-config can move it.
in_prefix = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))

.PHONY: install uninstall
install: binaries ## install whodel, libbpfchan, man pages and completions under PREFIX
	$(INSTALL) -d $(addprefix $(DESTDIR),$(sort $(dir $(INSTALLED))))
	$(INSTALL) -m 755 $(BUILD)/whodel $(DESTDIR)$(BINDIR)/whodel
	$(INSTALL) -m 644 $(BUILD)/libbpfchan.a $(DESTDIR)$(LIBDIR)/libbpfchan.a
	$(INSTALL) -m 755 $(BUILD)/libbpfchan.so $(DESTDIR)$(LIBDIR)/$(SHARED)
	ln -sf $(SHARED) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libbpfchan.so
	$(INSTALL) -m 644 $(addprefix channel/,$(HEADERS)) $(DESTDIR)$(INCLUDEDIR)
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(call in_prefix,$(LIBDIR))|' \
		-e 's|@INCLUDEDIR@|$(call in_prefix,$(INCLUDEDIR))|' -e 's|@VERSION@|$(VERSION)|' \
		channel/libbpfchan.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/libbpfchan.pc
	chmod 644 $(DESTDIR)$(LIBDIR)/pkgconfig/libbpfchan.pc
	sed -e 's|@BINDIR@|$(BINDIR)|' packaging/systemd/whodel-record.service.in \
		>$(DESTDIR)$(UNITDIR)/whodel-record.service
	chmod 644 $(DESTDIR)$(UNITDIR)/whodel-record.service
	$(INSTALL) -m 644 $(MAN1) $(DESTDIR)$(MANDIR)/man1
	$(INSTALL) -m 644 $(BUILD)/completions/bash $(DESTDIR)$(BASHCOMPDIR)/whodel
	$(INSTALL) -m 644 $(BUILD)/completions/zsh $(DESTDIR)$(ZSHCOMPDIR)/_whodel
	$(INSTALL) -m 644 $(BUILD)/completions/fish $(DESTDIR)$(FISHCOMPDIR)/whodel.fish
	$(INSTALL) -m 644 man/bpfchan.3 man/bpfchan.bpf.3 $(DESTDIR)$(MANDIR)/man3
	for name in $(MAN3_USER); do ln -sf bpfchan.3 $(DESTDIR)$(MANDIR)/man3/$$name.3; done
	for name in $(MAN3_BPF); do ln -sf bpfchan.bpf.3 $(DESTDIR)$(MANDIR)/man3/$$name.3; done

# Directories stay: others install into them too.
uninstall: ## remove what make install installed, with the same PREFIX
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))
