# Completion, in the real shells.
# shellcheck shell=sh

# Type into a shell: each argument up to -- is what to wait for, "=", and what to type then.
_type_into() {
	mkdir -p bin 'dir with space'
	ln -s "$P" bin/privtmp
	touch 'file;touch evil'
	PATH=$B/bin:$PATH PS1='> ' TERM=dumb python3 "$T/tests/system/terminal.py" "$@" | tail -n 1
	test ! -e evil
}

completion__in_bash() {
	prints <<-'END'
		status 0 steps left 0
	END
	needs bash python3 getent
	# shellcheck disable=SC2016
	_type_into '> =. "$T"/src/completion/privtmp.bash\n' \
		'> =privtmp --prop\t' '--propagation=s\t' 'slave =\x15privtmp --propagation sl\t' \
		'slave =\x15privtmp -u ro\t' 'root =\x15privtmp --user=ro\t' 'root =\x15privtmp -tu ro\t' \
		'root =\x15privtmp -u root:daem\t' 'root:daemon =\x15privtmp --user=root:daem\t' \
		'root:daemon =\x15privtmp -g daem\t' 'daemon =\x15privtmp -a di\t' \
		'dir\ with\ space/=\x15privtmp --expose=-fil\t' '-file\;touch\ evil=\x15privtmp -- fals\t' \
		'false =\x15privtmp -tu root fals\t' 'false =\x15privtmp --dir=di\t' \
		'dir\ with\ space/=\x15privtmp -u root -- false fil\t' 'file\;touch\ evil=\x15exit\n' -- \
		bash --norc -i
}

completion__in_bash_with_bash_completion() {
	prints <<-'END'
		status 0 steps left 0
	END
	needs bash python3 getent
	[ -e /usr/share/bash-completion/bash_completion ] || lacks bash-completion
	# shellcheck disable=SC2016
	_type_into '> =. /usr/share/bash-completion/bash_completion\n' \
		'> =. "$T"/src/completion/privtmp.bash\n' \
		'> =privtmp -u root:daem\t' 'root:daemon =\x15privtmp --user=root:daem\t' \
		'root:daemon =\x15privtmp -u root:daemon --list --prop\t' '--propagation=s\t' \
		'slave =\x15privtmp -u root:daemon -- find . -maxd\t' '-maxdepth =\x15exit\n' -- \
		bash --norc -i
}

completion__in_bash_finds_instances() {
	prints <<-'END'
		status 0 steps left 0
	END
	needs bash python3
	hold "$P" -t -C / --
	# shellcheck disable=SC2016
	_type_into '> =. "$T"/src/completion/privtmp.bash\n' "> =privtmp --join=$!\\t" \
		"$! =\\x15exit\\n" -- bash --norc -i
	release
}

completion__in_zsh() {
	prints <<-'END'
		status 0 steps left 0
	END
	needs zsh python3
	# shellcheck disable=SC2016
	_type_into '> =fpath=($T/src/completion $fpath); autoload -Uz compinit; compinit -u -D\n' \
		'> =privtmp --prop\t' '--propagation=s\t' 'slave=\x15privtmp -u daemo\t' \
		'daemon=\x15privtmp -u root:daemo\t' 'root:daemon=\x15privtmp --swe\t' \
		'--sweep=\x15privtmp --di\t' '--dir=\x15privtmp -u root -- fals\t' 'false=\x15exit\n' -- \
		zsh -f -i
}

# What fish offers after a text when TAB is typed.
_fish_offers() {
	# shellcheck disable=SC2016
	fish -c 'source $T/src/completion/privtmp.fish; complete -C "$argv[1]"' "$1" | cut -f 1
}

completion__in_fish() {
	prints <<-'END'
		--propagation
		--propagation=slave
		daemon
		root:daemon
		--sweep
		--dir
		false
	END
	needs fish
	export HOME="$B"
	_fish_offers 'privtmp --prop'
	_fish_offers 'privtmp --propagation=s'
	_fish_offers 'privtmp -u daemo'
	_fish_offers 'privtmp -u root:daemo'
	_fish_offers 'privtmp --swe'
	_fish_offers 'privtmp --di'
	_fish_offers 'privtmp -u root -- fals'
}

completion__has_the_options_of_help() {
	prints <<-'END'
		the same
		the same
		the same
	END
	"$P" --help | sed -n 's/^ *\(-., *\)\{0,1\}\(--[a-z-]*\).*/\2/p' | sort -u >help.txt
	grep -oE -- '--[a-z][a-z-]+' "$T/src/completion/_privtmp" | sort -u >zsh.txt
	sed -n 's/^complete .* -l \([a-z-]*\).*/--\1/p' "$T/src/completion/privtmp.fish" |
		sort -u >fish.txt
	bash -c '. "$T/src/completion/privtmp.bash"; printf "%s\n" "${_privtmp_options[@]%=}"' |
		sort -u >bash.txt
	for shell in zsh fish bash; do
		diff help.txt $shell.txt && echo the same
	done
}
