# The Traffic Server to build for and to test with: Debian's, or the installation in TS_PREFIX=…
#
#   TS_CFLAGS   the flags for its headers
#   TS_MAJOR    the major version of its headers
#   TS_LIBDIR   the directory of its libraries
#   PLUGINDIR   the directory of its plugins

ifdef TS_PREFIX

# Other Makefiles run in other directories.
ifeq ($(filter /%,$(TS_PREFIX)),)
$(error TS_PREFIX=$(TS_PREFIX): give an absolute path)
endif
# Not pkg-config: the file of version 10 has no plugin directory and a wrong one for the headers.
TS_HEADERS := $(TS_PREFIX)/include
ifeq ($(wildcard $(TS_HEADERS)/ts/ts.h),)
$(error TS_PREFIX=$(TS_PREFIX): there is no include/ts/ts.h in it. Name the prefix of an installed Traffic Server)
endif
TS_CFLAGS  := -I$(TS_HEADERS)
ts_layout   = $(shell env -u TS_RUNROOT $(TS_PREFIX)/bin/traffic_layout info | sed -n 's/^$(1): //p')
TS_LIBDIR   = $(call ts_layout,LIBDIR)
PLUGINDIR  ?= $(call ts_layout,PLUGINDIR)

else

# Debian keeps trafficserver.pc outside the default path.
ts_variable = $(shell PKG_CONFIG_PATH=$(PKG_CONFIG_PATH):/usr/lib/trafficserver/pkgconfig \
                pkg-config --variable=$(1) trafficserver 2>/dev/null)
TS_HEADERS  = $(call ts_variable,includedir)
TS_CFLAGS   = -I$(TS_HEADERS)
TS_LIBDIR   = $(call ts_variable,libdir)
PLUGINDIR  ?= $(call ts_variable,plugindir)

endif

TS_MAJOR = $(shell sed -n 's/^\#define TS_VERSION_MAJOR //p' $(TS_HEADERS)/ts/apidefs.h 2>/dev/null)
