-- Run by the console of a running Prosody: removes, disables or enables accounts of a host, and ends the
-- connections of those that must not go on. "host", "action" and "names" are locals that stand before this text.
local function escape(text)
	return (tostring(text):gsub("[^%w._-]", function (c) return ("%%%02x"):format(c:byte()); end));
end

-- Since Prosody 13 its modules ask for each other by names that begin with "prosody.".
local found, usermanager = pcall(require, "prosody.core.usermanager");
if not found then usermanager = require "core.usermanager"; end
local act = ({
	remove = usermanager.delete_user, disable = usermanager.disable_user, enable = usermanager.enable_user,
})[action];

local function close(name)
	local user = (prosody.hosts[host].sessions or {})[name];
	local sessions = {};
	for _, session in pairs(user and user.sessions or {}) do sessions[#sessions + 1] = session; end
	return #sessions, function ()
		for _, session in ipairs(sessions) do
			if session.close then session:close({ condition = "not-authorized", text = "Account deleted or disabled" }); end
		end
	end
end

local lines = {};
for _, name in ipairs(names) do
	if not usermanager.user_exists(name, host) then
		lines[#lines + 1] = "missing " .. escape(name);
	else
		local count, end_them = close(name);
		local called, done, why = pcall(act, name, host);
		if called and done then
			if action ~= "enable" then pcall(end_them); end
			lines[#lines + 1] = ("done %s %d"):format(escape(name), count);
		else
			lines[#lines + 1] = "failed " .. escape(name) .. " " .. escape(called and why or done or "no word why");
		end
	end
end
print(table.concat(lines, "\n"));
return "told";
