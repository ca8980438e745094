// Tests of AccessLog.
