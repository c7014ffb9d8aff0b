#!/bin/bash
# bash completion for site-watchdog; to be sourced, the first line is for
# editors and shellcheck.

_site_watchdog_files()
{
	compopt -o filenames 2>/dev/null || :
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
}

_site_watchdog()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local commands="run filter new explain rules try report status audit check-config mail"
	local view="--format --rules --docroot --section --group --level --json"
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
	-f | --format)
		mapfile -t COMPREPLY < <(compgen -W \
		    "auto apache nginx lighttpd naviserver php php-fpm access \
			java laravel mysql postgresql python ruby container \
			syslog json plain" -- "$cur")
		return
		;;
	--level)
		mapfile -t COMPREPLY < <(compgen -W \
		    "debug info notice warn error crit alert emerg" -- "$cur")
		return
		;;
	--docroot | --html)
		_site_watchdog_files -d "$cur"
		return
		;;
	-r | --rules | --config | --state)
		_site_watchdog_files -f "$cur"
		return
		;;
	-c)
		# filter's -c counts, and takes no value
		if [[ -z $command ]]; then
			_site_watchdog_files -f "$cur"
			return
		fi
		;;
	--as | --section | --since | --group)
		return
		;;
	esac

	word=
	case $command in
	"") word="$commands --config --dry-run --verbose --state --help --version" ;;
	filter) word="$view --count" ;;
	new) word="$view --as --state" ;;
	explain | try) word=$view ;;
	rules) word="--rules --json" ;;
	report) word="--since --section --json --html" ;;
	status) word=--json ;;
	audit) word="--all --json --as" ;;
	mail)
		if [[ $prev == mail || $cur == -* ]]; then
			word="deliver list flush drop test --json --dry-run --verbose"
		elif [[ $prev == drop ]]; then
			word=all
		fi
		;;
	esac

	if [[ $cur == -* || -z $command || $command == mail ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
	elif [[ $command == @(filter|new|explain|try|audit) ]]; then
		_site_watchdog_files -f "$cur"
	elif [[ $command == @(status|rules|report) ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$word" -- "$cur")
	fi
}
complete -F _site_watchdog site-watchdog
