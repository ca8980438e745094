// Tests of TrafficReplay.
