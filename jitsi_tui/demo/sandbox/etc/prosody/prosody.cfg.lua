-- Prosody, the XMPP server, on meet.example.org
--
-- After a change here: prosodyctl check config, then restart the service.
-- What belongs to one host only is kept in conf.avail/ and linked from conf.d/.

-- Accounts that may administer the whole server. None: we use prosodyctl.
admins = { }

modules_enabled = {
	-- What every server needs
		"disco"; -- lets clients ask what is here
		"roster";
		"saslauth"; -- logging in
		"tls";

	-- Nice to have
		"blocklist";
		"bookmarks";
		"carbons";
		"dialback";
		"limits";
		"pep";
		"private";
		"smacks";
		"vcard4";
		"vcard_legacy";

	-- Answers to small questions
		"ping";
		"time";
		"uptime";
		"version";

	-- For admins
		"admin_shell"; -- prosodyctl shell
		--"admin_adhoc";

	-- Web
		--"bosh"; -- the meeting host switches it on for itself
		--"websocket";

	-- Posix
		"posix"; -- signals, daemon, log files
}

modules_disabled = {
	-- "s2s"; -- would cut us off from other servers
}

-- Where Debian keeps the pid file; the init script looks for it here.
pidfile = "/run/prosody/prosody.pid";

s2s_secure_auth = true

limits = {
	c2s = {
		rate = "10kb/s";
	};
	s2sin = {
		rate = "30kb/s";
	};
}

-- Hosts that don't say anything else check passwords that are stored hashed.
authentication = "internal_hashed"

archive_expires_after = "1w"

log = {
	info = "/var/log/prosody/prosody.log";
	error = "/var/log/prosody/prosody.err";
	-- { levels = { "error" }; to = "syslog"; };
}

certificates = "certs"

VirtualHost "localhost"

-- Everything else comes from conf.d
Include "conf.d/*.cfg.lua"
