# bash completion for privtmp. Nothing that is read is evaluated.

_privtmp_options=(--user= --group= --also= --tmpfs --noswap --size= --inodes= --exec --mode= --base= --expose= --hide=
	--unmount= --chdir= --propagation= --no-new-privs --dir= --join= --list --sweep --verbose --help --version)

# Offer the lines of standard input that begin with $1. Readline keeps $2, the beginning of $1.
_privtmp_offer() {
	local line
	while IFS= read -r line; do
		[[ $line == "$1"* ]] && COMPREPLY+=("${line#"$2"}")
	done
}

_privtmp_value() {
	local option=$1 value=$2 kept=$3
	case $option in
	-u | --user)
		if [[ $value == *:* ]]; then
			_privtmp_offer "$value" "$kept" < <(getent group |
				while IFS=: read -r group _; do printf '%s\n' "${value%%:*}:$group"; done)
		else
			_privtmp_offer "$value" "$kept" < <(getent passwd | cut -d: -f1)
		fi ;;
	-g | --group)
		_privtmp_offer "$value" "$kept" < <(getent group | cut -d: -f1) ;;
	-a | --also | -b | --base | --unmount | -C | --chdir | -d | --dir)
		compopt -o filenames
		_privtmp_offer "$value" "$kept" < <(compgen -d -- "$value") ;;
	--hide | -e | --expose)
		compopt -o filenames
		if [[ $value == -* ]]; then
			_privtmp_offer "$value" "$kept" < <(compgen -f -- "${value#-}" | sed 's/^/-/')
		else
			_privtmp_offer "$value" "$kept" < <(compgen -f -- "$value")
		fi ;;
	-j | --join)
		_privtmp_offer "$value" "$kept" < <(privtmp --list 2>/dev/null | awk '$1 ~ /^[0-9]+$/ { print $1 }') ;;
	--propagation)
		_privtmp_offer "$value" "$kept" < <(printf '%s\n' private slave) ;;
	esac
}

_privtmp() {
	# Readline divides words at ":" and "=": put them together again. starts says where each began.
	local rest=$COMP_LINE words=() starts=() current=${COMP_WORDS[COMP_CWORD]} i word
	for ((i = 0; i <= COMP_CWORD; i++)); do
		if [[ $i == 0 || $rest == [[:space:]]* ]]; then
			words+=("${COMP_WORDS[i]}") starts+=("$i")
		else
			words[${#words[@]} - 1]+=${COMP_WORDS[i]}
		fi
		rest=${rest#"${rest%%[![:space:]]*}"}
		rest=${rest#"${COMP_WORDS[i]}"}
	done
	[[ $current == [:=]* ]] && current=
	COMPREPLY=()

	# Find the command, behind the options and their values.
	local last=$((${#words[@]} - 1)) ended=
	for ((i = 1; i < last; i++)); do
		word=${words[i]}
		if [[ $word == -- ]]; then
			ended=yes
			((i++))
			break
		elif [[ $word == -[!-]* ]]; then
			[[ $word =~ ^-[tlvhV]*[ugasmbeCdj]$ ]] && ((i++))
		elif [[ $word == --* ]]; then
			[[ " ${_privtmp_options[*]} " == *" $word= "* ]] && ((i++))
		else
			break
		fi
	done

	word=${words[last]}
	if ((i > last)); then
		local option=${words[last - 1]}
		[[ $option == --* ]] || option=-${option: -1}
		_privtmp_value "$option" "$word" "${word%"$current"}"
	elif [[ $i == "$last" && -z $ended && $word == --*=* ]]; then
		local value=${word#*=}
		_privtmp_value "${word%%=*}" "$value" "${value%"$current"}"
	elif [[ $i == "$last" && -z $ended && $word == -* ]]; then
		_privtmp_offer "$word" '' < <(printf '%s\n' "${_privtmp_options[@]}")
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
	elif declare -F _command_offset >/dev/null; then
		_command_offset "${starts[i]}"
	elif ((i == last)); then
		_privtmp_offer "$word" '' < <(compgen -c -- "$word" | sort -u)
	else
		compopt -o default
	fi
}

complete -F _privtmp privtmp
