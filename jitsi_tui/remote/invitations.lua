-- Invitations of one virtual host. Runs inside the running Prosody (mod_admin_shell, "> …"), where
-- mod_invites keeps them; so it goes without the names that Prosody 0.12 and 13 call differently.
--
-- Called with: nonce, action, host, name, seconds, identifier. Each answer is a line of the nonce, a
-- word and percent-escaped fields. A line of its own may be a comment; the rest is sent as one line.
(function (nonce, action, host, name, seconds, identifier)
	local function say(...)
		local fields = { ... };
		for at, field in ipairs(fields) do
			fields[at] = (tostring(field):gsub("[^%w._-]", function (char)
				return ("%%%02x"):format(char:byte());
			end));
			if fields[at] == "" then fields[at] = "%"; end
		end
		print(nonce .. " " .. table.concat(fields, " "));
	end
	local function need(module)
		local found, value = pcall(require, "prosody." .. module);
		if found then return value; end
		return require(module);
	end
	local known = prosody.hosts[host];
	if not known then return say("error", "no-host"); end
	local modules = known.modules or {};
	if action == "modules" then
		for _, module in ipairs({ "invites", "invites_register", "register_ibr" }) do
			say("module", module, modules[module] and "loaded" or "missing");
		end
		return say("end");
	end
	local invites = modules.invites;
	if not invites or not modules.invites_register or not modules.register_ibr then
		return say("error", "not-loaded");
	end
	local function fingerprint(token)
		return need("util.hashes").sha256(token, true):sub(1, 12);
	end
	local function kind(invite)
		local reset = invite.additional_data and invite.additional_data.allow_reset;
		if reset then return "reset", reset; end
		if invite.type ~= "register" then return "contact", ""; end
		return "account", (invite.jid or ""):match("^(.+)@") or "";
	end
	if action == "create" or action == "reset" then
		local user = need("util.encodings").stringprep.nodeprep(name);
		if name ~= "" and (not user or user == "") then return say("error", "name"); end
		local exists = name ~= "" and need("core.usermanager").user_exists(user, host);
		if action == "reset" and not exists then return say("error", "no-account"); end
		if action == "create" and exists then return say("error", "exists"); end
		local invite, why;
		if action == "reset" then
			invite, why = invites.create_account_reset(user, seconds);
		else
			invite, why = invites.create_account(name ~= "" and user or nil, {}, seconds);
		end
		if not invite then return say("error", "refused", why or ""); end
		say("created", invite.token, fingerprint(invite.token), invite.created_at, invite.expires);
	elseif action == "list" then
		for token, invite in invites.pending_account_invites() do
			local what, whom = kind(invite);
			say("invitation", fingerprint(token), what, whom, invite.created_at or "", invite.expires or "");
		end
	elseif action == "revoke" then
		for token in invites.pending_account_invites() do
			if fingerprint(token) == identifier then
				local done = invites.delete_account_invite(token);
				say("revoked", identifier, done and "gone" or "there");
			end
		end
	end
	say("end");
end)
