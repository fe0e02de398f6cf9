-- Only for trying things out; not linked from conf.d.

VirtualHost "localhost"
	enabled = false
	ssl = {
		key = "/etc/prosody/certs/localhost.key";
		certificate = "/etc/prosody/certs/localhost.crt";
	}
