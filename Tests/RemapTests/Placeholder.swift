// Tests of Remap.
