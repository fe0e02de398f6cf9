-- Run by the console of a running Prosody: the accounts of a host, and who of them is connected how often.
-- "host" is a local that stands before this text. One answer for all: a line each takes Prosody 13 seconds.
local function escape(text)
	if not text:find("[^%w._-]") then return text; end
	return (text:gsub("[^%w._-]", function (c) return ("%%%02x"):format(c:byte()); end));
end

local here = prosody.hosts[host];
local lines = {};
for name in here.users.users() do
	lines[#lines + 1] = "user " .. escape(name);
end
for name, user in pairs(here.sessions or {}) do
	local count = 0;
	for _ in pairs(user.sessions or {}) do count = count + 1; end
	lines[#lines + 1] = ("session %s %d"):format(escape(name), count);
end
print(table.concat(lines, "\n"));
return "told";
