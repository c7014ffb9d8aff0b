#!/bin/bash
# bash completion for site-uptime; to be sourced, the first line is for
# editors and shellcheck.

_site_uptime_files()
{
	compopt -o filenames 2>/dev/null || :
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

_site_uptime()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands="run check dns status incidents incident check-config mail"
	local word command='' skip=''
	local -i i

	# The command is the first word that is no option nor an option's value.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $skip ]]; then
			skip=''
		elif [[ -z $command && $word == @(-c|--config|--state) ]]; then
			skip=1
		elif [[ -z $command && $word != -* ]]; then
			command=$word
		fi
	done

	case $prev in
	-c | --config | --state | --ca-file)
		_site_uptime_files "$cur"
		return
		;;
	--expect | --contains | --status | --resolver | --root | --timeout)
		return
		;;
	esac

	word=
	case $command in
	"") word="$commands --config --dry-run --verbose --state --help --version" ;;
	check) word="--expect --contains --status --recheck --delegation
		--resolver --root --ca-file --allow-private --timeout --json
		--nagios --tsv" ;;
	dns) word="--root --json" ;;
	status) word="--json --tsv --nagios --prometheus" ;;
	incidents | incident | check-config) word=--json ;;
	mail)
		if [[ $prev == mail || $cur == -* ]]; then
			word="deliver list flush drop test --json --dry-run --verbose"
		elif [[ $prev == drop ]]; then
			word=all
		fi
		;;
	esac

	# what stands without a dash is a site or a name that is not ours to know
	if [[ $cur == -* || $command == @(|mail|status|incidents|check-config) ]]
	then
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
	fi
}
complete -F _site_uptime site-uptime
