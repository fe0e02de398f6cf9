-- Run by the console of a running Prosody: who is connected to a host, and how often. "host" is a local
-- that stands before this text.
local here = prosody.hosts[host];
for name, user in pairs(here and here.sessions or {}) do
	local count = 0;
	for _ in pairs(user.sessions or {}) do count = count + 1; end
	print(("session %s %d"):format(name:gsub("[^%w._-]", function (c) return ("%%%02x"):format(c:byte()); end), count));
end
return "told";
