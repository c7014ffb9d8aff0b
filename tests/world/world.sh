# shellcheck shell=sh disable=SC2034,SC2119,SC2120
# A small internet on loopback, of real parts: two root servers, a registry
# (example.) and a zone (site.example.) by NSD, two resolvers by unbound, the
# site by nginx with a certificate of a throw-away authority.  Sourced by the
# tests and by the demo, which break one part after the other and mend it.
#
#   world_start DIR         in DIR, which is empty; on 127.N, a range that no
#                           other world has
#   world_stop              ends everything; also happens by itself when the
#                           shell that called world_start is gone
#
# Afterwards: $world (DIR), $net (127.N), $port (https), $url, $v6 (yes or no).
#
#	NET.0.1 NET.10.1    root1 root2     NET.4.1 NET.14.1  resolver1 resolver2
#	NET.1.1 NET.11.1    registry1 2     NET.3.1 NET.13.1 NET.23.1 [::1]  web
#	NET.2.1 NET.12.1    zone1 zone2     NET.9.1           a stranger's host
#
# Port 53 needs root, or a network namespace of one's own: world_possible says
# which.

# $world_here, where this file is, is set by who sources it.
# A python3 that stands first in the PATH may be a slow wrapper.
python=/usr/bin/python3
[ -x $python ] || python=python3

# Can this user build a world?
world_possible()
{
	$python -S "$world_here/ready.py" may-bind 127.9.9.9 53 2>/dev/null
}

world_start()
{
	world=$1
	world_range
	port=$((20000 + ${net#*.}))
	url=https://www.site.example:$port/SYSTEM/dbtest
	mkdir -p "$world/pid" "$world/log" "$world/zone" "$world/tmp"
	if $python -S "$world_here/ready.py" may-bind ::1 "$port" 2>/dev/null
	then v6=yes; else v6=no; fi
	world_certificates
	world_zones
	for part in root1 root2 registry1 registry2 zone1 zone2; do
		world_nsd $part
	done
	world_resolvers
	world_forget
	world_site
	# Nothing outlives its owner, however that ends.
	world_run guard $python -S "$world_here/ready.py" guard $$ "$world"
	world_ready
}

# Name servers share ports with strangers without a word, so that two worlds
# in one range would both be broken.
world_range()
{
	octet=$((20 + $$ % 200)) tries=0
	until net=127.$octet &&
	    $python -S "$world_here/ready.py" may-bind "$net.0.1" 53 2>/dev/null
	do
		octet=$((octet % 219 + 1)) tries=$((tries + 1))
		if [ $tries = 20 ]; then
			echo "port 53 is taken on all of loopback" >&2
			exit 1
		fi
	done
}

world_stop()
{
	# shellcheck disable=SC2046 # names without blanks
	world_kill $(ls "$world/pid")
}

# A daemon, named, in a process group of its own.
world_run()
{
	name=$1
	shift
	(
		setsid "$@" >"$world/log/$name" 2>&1 3>&- </dev/null &
		echo $! >"$world/pid/$name"
	)
}

# Returns when they are gone, and their ports free.
world_kill()
{
	pids=
	for name; do
		[ -f "$world/pid/$name" ] || continue
		pids="$pids $(cat "$world/pid/$name")"
		rm -f "$world/pid/$name"
	done
	for pid in $pids; do
		kill -s KILL -- "-$pid" 2>/dev/null || :
	done
	# shellcheck disable=SC2086 # a list of numbers
	[ -z "$pids" ] || $python -S "$world_here/ready.py" gone $pids
}

# Alive, but says nothing more; and again.
world_freeze()
{
	for name; do kill -s STOP -- "-$(cat "$world/pid/$name")"; done
}

world_thaw()
{
	for name; do kill -s CONT -- "-$(cat "$world/pid/$name")"; done
}

# Waits until all is well.
world_ready()
{
	$python -S "$world_here/ready.py" wait \
	    "dns:$net.0.1:." "dns:$net.10.1:." \
	    "dns:$net.1.1:example" "dns:$net.11.1:example" \
	    "dns:$net.2.1:site.example" "dns:$net.12.1:site.example" \
	    "dns:$net.4.1:www.site.example" "dns:$net.14.1:www.site.example" \
	    "tcp:$net.3.1:$port" "tcp:$net.13.1:$port" "tcp:$net.23.1:$port"
}

# What resolvers know by heart is forgotten.
world_forget()
{
	world_kill resolver1 resolver2
	for part in resolver1 resolver2; do
		world_run $part unbound -d -p -c "$world/$part.conf"
	done
	world_up resolver1 resolver2
}

# --- names ----------------------------------------------------------------

world_address()
{
	case $1 in
	root1) echo "$net.0.1" ;; root2) echo "$net.10.1" ;;
	registry1) echo "$net.1.1" ;; registry2) echo "$net.11.1" ;;
	zone1) echo "$net.2.1" ;; zone2) echo "$net.12.1" ;;
	resolver1) echo "$net.4.1" ;; resolver2) echo "$net.14.1" ;;
	esac
}

# The start of authority of $1, whose servers are $2 and $3.
world_soa()
{
	cat <<END
\$ORIGIN $1
\$TTL 300
@	SOA $2 hostmaster.site.example. 1 3600 600 86400 60
@	NS $2
@	NS $3
END
}

world_zones()
{
	{
		world_soa . a.root. b.root.
		cat <<END
a.root.	A $net.0.1
b.root.	A $net.10.1
example.	NS a.nic.example.
example.	NS b.nic.example.
a.nic.example.	A $net.1.1
b.nic.example.	A $net.11.1
END
	} >"$world/zone/root"
	world_registry
	world_zone
}

# The registry's zone; with "without", the site's domain is not in it.
world_registry()
{
	{
		world_soa example. a.nic b.nic
		cat <<END
a.nic	A $net.1.1
b.nic	A $net.11.1
END
		[ "${1-}" = without ] || cat <<END
site	NS ns1.site
site	NS ns2.site
ns1.site	A $net.2.1
ns2.site	A $net.12.1
END
	} >"$world/zone/registry"
}

# The site's zone, with www as the lines on stdin have it, or as it should be.
world_zone()
{
	{
		world_soa site.example. ns1 ns2
		cat <<END
ns1	A $net.2.1
ns2	A $net.12.1
END
		if [ "${1-}" = - ]; then
			cat
		else
			echo "www	A $net.3.1"
			echo "www	A $net.13.1"
			echo "www	A $net.23.1"
			[ "$v6" = no ] || echo "www	AAAA ::1"
		fi
	} >"$world/zone/zone"
}

# world_nsd PART [ZONEFILE NAME]: a name server; serves its own zone, or NAME
# from ZONEFILE ("-": a file that is not there).
world_nsd()
{
	part=$1
	case $part in
	root?) zone=. file=root ;;
	registry?) zone=example file=registry ;;
	zone?) zone=site.example file=zone ;;
	esac
	[ $# = 1 ] || file=$2 zone=$3
	cat >"$world/$part.conf" <<END
server:
	ip-address: $(world_address "$part")
	port: 53
	server-count: 1
	username: ""
	chroot: ""
	zonesdir: "$world/zone"
	database: ""
	pidfile: ""
	xfrdfile: ""
	xfrdir: "$world/tmp"
	zonelistfile: "$world/tmp/$part.list"
	rrl-ratelimit: 0
	hide-version: yes
remote-control:
	control-enable: no
zone:
	name: "$zone"
	zonefile: "$world/zone/$file"
END
	world_kill "$part"
	world_run "$part" nsd -d -c "$world/$part.conf"
}

# Both servers of the root, registry or zone again: what the file now says, or
# what world_nsd is told.
world_reload()
{
	reload=$1
	shift
	world_kill "${reload}1" "${reload}2"
	world_nsd "${reload}1" "$@"
	world_nsd "${reload}2" "$@"
	world_up "${reload}1" "${reload}2"
}

# world_mend PART...: root, registry, zone, site as they were made.
world_mend()
{
	names=
	for mended; do
		case $mended in
		site) world_site ;;
		*) world_zones && world_reload "$mended" && names=changed ;;
		esac
	done
	[ -z "$names" ] || world_forget
}

# Waits until these name servers say something, be it an error.
world_up()
{
	for part; do
		shift
		set -- "$@" "up:$(world_address "$part")"
	done
	$python -S "$world_here/ready.py" wait "$@"
}

world_resolvers()
{
	cat >"$world/hints" <<END
.	NS a.root.
.	NS b.root.
a.root.	A $net.0.1
b.root.	A $net.10.1
END
	for part in resolver1 resolver2; do
		cat >"$world/$part.conf" <<END
server:
	interface: $(world_address $part)
	outgoing-interface: $(world_address $part)
	access-control: 127.0.0.0/8 allow
	directory: "$world"
	chroot: ""
	username: ""
	pidfile: ""
	use-syslog: no
	module-config: "iterator"
	root-hints: "$world/hints"
	do-not-query-localhost: no
	do-ip6: no
	infra-host-ttl: 0
	num-threads: 1
	so-rcvbuf: 0
	msg-cache-size: 256k
	rrset-cache-size: 256k
remote-control:
	control-enable: no
END
	done
}

# --- the prober -----------------------------------------------------------

# A configuration, $world/uptime.conf: lines for all, for the site, for its
# test page.  $walk is no where the way from the root is not to be walked,
# $private where private addresses (all of these are) are a fault.
world_conf()
{
	cat >"$world/uptime.conf" <<END
vantage   = "loopback"
admin     = {"ops@example.com"}
state     = "$world/state/uptime.db"
resolvers = {"$net.4.1", "$net.14.1"}
roots     = {"$net.0.1", "$net.10.1"}
witnesses = {"dns:$net.0.1", "dns:$net.10.1",
             "tcp:$net.1.1:53", "tcp:$net.11.1:53"}
allow-private = ${private:-yes}
mail { from = "uptime@example.com"  maildir = "$world/mail" }
${1-}
site "www.site.example" {
	owners     = {"joe@example.com"}
	delegation = ${walk:-yes}
	ca-file    = "$world/ca.pem"
	${2-}
	url "$url" {
		expect  = "success"
		timeout = 2s
		${3-}
	}
}
END
}

# --- the site -------------------------------------------------------------

# Certificates: good, of yesterday, for another host.
world_certificates()
{
	(
		cd "$world" || exit 1
		world_key ca -x509 -days 30 -subj "/CN=Throw-away authority" \
		    -out ca.pem
		world_certificate site www.site.example 90
		world_certificate expired www.site.example -1
		world_certificate other www.other.example 90
	) >"$world/log/openssl" 2>&1
}

world_key()
{
	keyfile=$1.key
	shift
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$keyfile" "$@"
}

# world_certificate FILE HOST DAYS
world_certificate()
{
	world_key "$1" -out "$1.csr" -subj "/CN=$2" \
	    -addext "subjectAltName=DNS:$2"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -days "$3" \
	    -copy_extensions copyall -out "$1.pem"
}

# nginx; ANSWER is what its test page does, CERT the certificate, or "none":
# plain HTTP where TLS is expected.  Addresses: the rest of the arguments.
world_site()
{
	answer=${1:-return 200 '"success\n"'} cert=${2:-site}
	if [ $# -gt 2 ]; then
		shift 2
	else
		set -- "$net.3.1" "$net.13.1" "$net.23.1"
		[ "$v6" = no ] || set -- "$@" "[::1]"
	fi
	tls="ssl http2"
	[ "$cert" != none ] || tls="" cert=site
	cat >"$world/nginx.conf" <<END
user root;
daemon off;
master_process off;
pid $world/tmp/nginx.pid;
error_log $world/log/nginx.error;
events { worker_connections 256; }
http {
	access_log off;
	default_type text/plain;
	client_body_temp_path $world/tmp/1;
	proxy_temp_path $world/tmp/2;
	fastcgi_temp_path $world/tmp/3;
	uwsgi_temp_path $world/tmp/4;
	scgi_temp_path $world/tmp/5;
	server {
$(for a; do echo "		listen $a:$port $tls;"; done)
		server_name www.site.example;
		ssl_certificate $world/$cert.pem;
		ssl_certificate_key $world/$cert.key;
		location = /SYSTEM/dbtest { $answer; }
	}
}
END
	world_kill nginx script
	world_run nginx nginx -c "$world/nginx.conf" -p "$world" \
	    -e "$world/log/nginx.error"
	for a; do
		shift
		set -- "$@" "tcp:$a:$port"
	done
	$python -S "$world_here/ready.py" wait "$@"
}

# A scripted server instead of nginx, at every address of the site: what it
# does is a mode of serve.py.
world_script()
{
	world_kill nginx script
	set -- "$1" "$net.3.1" "$net.13.1" "$net.23.1"
	[ "$v6" = no ] || set -- "$@" "::1"
	world_serve script "$port" "$@"
}

# A scripted name server, of a mode of serve.py, in the place of PART.
world_script_dns()
{
	world_kill "$1"
	world_serve "$1" 53 "$2" "$(world_address "$1")"
}

# world_serve NAME PORT MODE ADDRESS...
world_serve()
{
	script=$1 at=$2
	shift 2
	world_run "$script" $python "$world_here/serve.py" "$world/site" \
	    "$at" "$@"
	$python -S "$world_here/ready.py" wait "said:$world/log/$script"
}
