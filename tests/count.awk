# Print the TAP of the test programs, then the names of what failed, and the numbers. A program that
# fails without a failed test counts as a failed test.
{
	print
	fflush()
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
	explained = 1
}
/^# build\/[^ ]*: exit status / {
	if (!explained)
		names[++failed] = $2 " " $3 " " $4 " " $5
	explained = 0
}
END {
	for (i = 1; i <= failed; i++)
		print "failed: " names[i]
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed > 0
}
