-- Every host with its effective options, as Prosody's own configuration manager reads its files.
-- Run as user prosody by the Lua that runs the server: the files are code. Prints "option HOST NAME
-- VALUE" lines, separated by tabs and escaped, or "error WHERE WHAT".
local source, file = arg[1], arg[2];
package.path = source .. "/?.lua;" .. package.path;
package.cpath = source .. "/?.so;" .. package.cpath;

-- Since Prosody 13 its modules ask for each other by names that begin with "prosody.".
table.insert(package.searchers or package.loaders, function (name)
	local short = name:match("^prosody%.(.+)$");
	if not short then return nil; end
	return function () return require(short); end
end);

local function escape(text)
	return (tostring(text):gsub("[%c\\]", function (c)
		return ("\\x%02x"):format(c:byte());
	end));
end

local function show(value, depth)
	if type(value) ~= "table" then
		return type(value) == "function" and "function" or ("%s:%s"):format(type(value), tostring(value));
	elseif depth > 6 then
		return "…";
	end
	local parts = {};
	for key, each in pairs(value) do
		parts[#parts + 1] = show(key, depth + 1) .. "=" .. show(each, depth + 1);
	end
	table.sort(parts);
	return "{" .. table.concat(parts, ",") .. "}";
end

local configmanager = require "core.configmanager";
local ok, where, what = configmanager.load(file, "lua");
if not ok then
	print("error\t" .. escape(where) .. "\t" .. escape(what));
	os.exit(1);
end
local lines = {};
for host, options in pairs(configmanager.getconfig()) do
	for name, value in pairs(options) do
		lines[#lines + 1] = ("option\t%s\t%s\t%s"):format(escape(host), escape(name), escape(show(value, 0)));
	end
end
table.sort(lines);
print(table.concat(lines, "\n"));
