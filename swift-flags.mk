# How the Swift code is built for use.
#
# A table look-up counts bits. x86-64 has an instruction for that since 2008 (x86-64-v2), which compilers
# use only if told; without it a decision takes 8 more instructions. The plugin asks the processor before
# anything else runs, and refuses to load where it is missing.
#
# Static, so that it runs on machines without Swift. SwiftPM compiles everything anew when a flag is another
# than the last time, so the plugin and the tool have the same.
SWIFT_RELEASE := -c release --static-swift-stdlib $(if $(filter x86_64,$(shell uname -m)),-Xcc -mpopcnt)
