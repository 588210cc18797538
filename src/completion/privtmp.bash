# bash completion for privtmp. Nothing that is read is evaluated.

_privtmp_pids() {
	privtmp --list 2>/dev/null | awk 'NR > 1 && $1 ~ /^[0-9]+$/ { print $1 }'
}

_privtmp_offer() {
	# One candidate a line, as it is.
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		[[ $line == "$2"* ]] && COMPREPLY+=("$1$(printf '%q' "$line")")
	done
}

_privtmp() {
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} option value i
	COMPREPLY=()

	# The command has begun: its own completion goes on.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) ((i++)); break ;;
		-u | --user | -g | --group | -a | --also | -s | --size | --inodes | -m | --mode | -b | --base | -e | --expose | --hide | --unmount | -C | --chdir | --propagation | -j | --join)
			# bash takes a word apart at "=".
			[[ ${COMP_WORDS[i + 1]-} == "=" ]] && ((i++))
			((i++)) ;;
		-*) ;;
		*) break ;;
		esac
	done
	if [[ $i -lt $COMP_CWORD || ( $i -eq $COMP_CWORD && ${COMP_WORDS[i - 1]} == -- ) ]]; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "$i"
		elif ((i == COMP_CWORD)); then
			_privtmp_offer '' "$word" < <(compgen -c -- "$word" | sort -u)
		else
			compopt -o filenames 2>/dev/null
			_privtmp_files "$word"
		fi
		return
	fi

	if [[ $previous == "=" ]]; then
		option=${COMP_WORDS[COMP_CWORD - 2]} value=$word
	elif [[ $word == "=" ]]; then
		option=$previous value=
	else
		option=$previous value=$word
	fi
	case $option in
	-u | --user)
		if [[ $value == *:* ]]; then
			_privtmp_offer "${value%%:*}:" "${value#*:}" < <(getent group | cut -d: -f1)
		else
			_privtmp_offer '' "$value" < <(getent passwd | cut -d: -f1)
		fi ;;
	-g | --group) _privtmp_offer '' "$value" < <(getent group | cut -d: -f1) ;;
	-a | --also | -b | --base | --hide | --unmount | -C | --chdir)
		compopt -o filenames 2>/dev/null
		_privtmp_dirs "$value" ;;
	-e | --expose)
		compopt -o filenames 2>/dev/null
		_privtmp_files "$value" ;;
	-j | --join) _privtmp_offer '' "$value" < <(_privtmp_pids) ;;
	--propagation) _privtmp_offer '' "$value" < <(printf 'private\nslave\n') ;;
	-s | --size | --inodes | -m | --mode) ;;
	*)
		if [[ $word == -* ]]; then
			_privtmp_offer '' "$word" < <(privtmp --help 2>/dev/null | grep -oE -- '(^| )--?[A-Za-z][a-z-]*=?' | tr -d ' ')
			[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace 2>/dev/null
		else
			_privtmp_offer '' "$word" < <(compgen -c -- "$word" | sort -u)
		fi ;;
	esac
}

_privtmp_dirs() {
	local line
	while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$1")
}

_privtmp_files() {
	local line
	while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$1")
}

complete -F _privtmp privtmp
