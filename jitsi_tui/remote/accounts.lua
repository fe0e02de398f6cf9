-- Makes many accounts of one host as prosodyctl makes one: with Prosody's own managers, and so in whatever
-- storage is configured. Run as user prosody by the server's Lua. Standard input: the host on a line, then
-- "NAME PASSWORD" a line, both percent-escaped. Prints "made NAME", "exists NAME" or "failed NAME WHY",
-- escaped the same way.
CFG_SOURCEDIR = "/usr/lib/prosody";
CFG_CONFIGDIR = "/etc/prosody";
CFG_PLUGINDIR = "/usr/lib/prosody/modules/";
CFG_DATADIR = "/var/lib/prosody";
for line in io.lines("/usr/bin/prosodyctl") do
	local name, value = line:match("^%s*(CFG_%u+)%s*=%s*['\"](/[^'\"]*)['\"]");
	if name then _G[name] = value; end
	if line:match("^local startup") then break; end
end
package.path = CFG_SOURCEDIR .. "/?.lua;" .. package.path;
package.cpath = CFG_SOURCEDIR .. "/?.so;" .. package.cpath;

-- Since Prosody 13 its modules ask for each other by names that begin with "prosody.".
local newer = not not io.open(CFG_SOURCEDIR .. "/loader.lua");
if newer then require "loader"; end
local prefix = newer and "prosody." or "";

arg = {};
local lines = io.lines();
require(prefix .. "util.startup").prosodyctl();
local storagemanager = require(prefix .. "core.storagemanager");
local usermanager = require(prefix .. "core.usermanager");
local nodeprep = require(prefix .. "util.encodings").stringprep.nodeprep;

local function escape(text)
	return (tostring(text):gsub("[^%w._%-]", function (c) return ("%%%02x"):format(c:byte()); end));
end

local function unescape(text)
	return (text:gsub("%%(%x%x)", function (hex) return string.char(tonumber(hex, 16)); end));
end

-- Prosody ignores SIGPIPE: once nobody hears it, it must end by itself before the next account.
local function say(line)
	if not (io.stdout:write(line, "\n") and io.stdout:flush()) then os.exit(1); end
end

local host = lines();
local here = prosody.hosts[host];
if not here then return; end
storagemanager.initialize_host(host);
if not here.users or here.users.name == "null" then usermanager.initialize_host(host); end

-- What Prosody 13's own command gives: a plain member. Older ones have no roles for it.
local function create(name, password)
	if usermanager.create_user_with_role then
		return usermanager.create_user_with_role(name, password, host, "prosody:member");
	end
	return usermanager.create_user(name, password, host);
end

for line in lines do
	local name, password = line:match("^(%S+) (%S+)$");
	name = name and unescape(name);
	if not name then
		say("failed - " .. escape("a damaged line"));
	elseif nodeprep(name) ~= name then
		say("failed " .. escape(name) .. " " .. escape("Prosody takes no such name"));
	elseif usermanager.user_exists(name, host) then
		say("exists " .. escape(name));
	else
		local called, made, why = pcall(create, name, unescape(password));
		if called and made then
			say("made " .. escape(name));
		else
			say("failed " .. escape(name) .. " " .. escape(called and why or made));
		end
	end
end
