# Of the TAP of so many test programs, print the names of what failed, and the numbers. A program that
# fails without a failed test counts as a failed test.
/^1\.\.[0-9]+$/ {
	planned += substr($0, 4)
	programs--
}
/^(not )?ok [0-9]+ .*# SKIP|^(not )?ok [0-9]+ # SKIP/ {
	skipped++
	next
}
/^ok / {
	passed++
}
/^not ok / {
	names[++failed] = $NF
	reported++
	explained = 1
}
/^# build\/[^ ]*: exit status / {
	if (!explained)
		names[++failed] = $2 " " $3 " " $4 " " $5
	explained = 0
}
END {
	if (programs > 0)
		names[++failed] = programs " test programs that did not begin"
	lost = planned - passed - skipped - reported
	if (lost > 0)
		names[++failed] = lost " tests that did not end"
	for (i = 1; i <= failed; i++)
		print "failed: " names[i]
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0
}
