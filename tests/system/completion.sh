# Completion, in the real shells.
# shellcheck shell=sh

completion__in_bash() {
	prints <<-'END'
		--propagation=
		root
		root:root
		root
		daemon
		slave
		dirx
		dir with space
		file;touch evil
		live
		false

	END
	needs bash
	hold $P -t -C / --
	mkdir bin 'dir with space' dirx
	ln -s $P bin/privtmp
	touch 'file;touch evil'
	cat >ask <<-'END'
		PATH=$B/bin:$PATH
		. $T/src/completion/privtmp.bash
		ask() {
			COMP_WORDS=("$@")
			COMP_CWORD=$(($# - 1))
			COMPREPLY=()
			_privtmp 2>/dev/null
			printf '%s\n' "${COMPREPLY[@]}"
		}
		ask privtmp --prop
		ask privtmp -u roo
		ask privtmp -u root:roo
		ask privtmp --user = roo
		ask privtmp -g daem
		ask privtmp --propagation = s
		ask privtmp -a dir
		ask privtmp -e file
		# Those of other people as well.
		ask privtmp --join = '' | grep -x $1
		ask privtmp -u root -- fals
		ask privtmp -- --li
	END
	bash ask $! | sed "s/^$!$/live/"
	test ! -e evil
	release
}

completion__in_zsh() {
	prints <<-'END'
		yes
		yes
		yes
		yes
	END
	needs zsh python3
	mkdir bin
	ln -s $P bin/privtmp
	PATH=$B/bin:$PATH python3 $T/tests/system/zsh.py
}

_ask_fish() {
	fish -c 'source $T/src/completion/privtmp.fish; complete -C "$argv[1]"' "$1" | cut -f 1
}

completion__in_fish() {
	prints <<-'END'
		--propagation
		--propagation=slave
		daemon
		1
		--sweep
	END
	needs fish
	hold $P -t -C / --
	mkdir bin
	ln -s $P bin/privtmp
	export HOME=$B PATH=$B/bin:$PATH
	_ask_fish 'privtmp --prop'
	_ask_fish 'privtmp --propagation=s'
	_ask_fish 'privtmp -u daemo'
	_ask_fish 'privtmp --join=' | grep -c "=$!$"
	_ask_fish 'privtmp --swe'
	release
}

completion__knows_the_options_of_help() {
	$P --help | grep -oE -- '--[a-z][a-z-]+' | sort -u >help
	for file in $T/src/completion/_privtmp $T/src/completion/privtmp.fish; do
		grep -oE -- '(--|-l )[a-z][a-z-]+' $file | sed 's/^-l /--/' | sort -u |
			comm -23 help -
	done
}
