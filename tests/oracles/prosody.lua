-- Runs Prosody configurations as core/configmanager.lua does, one after another; with the argument
-- 13 as that version does, where an option that is set can be read and added to.
-- Reads "LENGTH\n" and that many bytes; answers one line of JSON: {"ok": hosts} or {"error": text}.
-- A byte beyond ASCII is written as \u00XX, so that no byte is lost.

local load, setfenv, loadstring = load, setfenv, loadstring;
local options_are_read = arg[1] == "13";
local list_mt = {};

local function library()
	local safe = {};
	for _, name in ipairs { "string", "table", "math" } do
		safe[name] = {};
		for key, value in pairs(_G[name]) do safe[name][key] = value; end
	end
	for _, name in ipairs {
		"ipairs", "pairs", "tostring", "tonumber", "type", "select", "error", "assert", "pcall",
		"next", "unpack", "setmetatable", "getmetatable", "rawget", "rawset",
	} do safe[name] = _G[name]; end
	safe.print = function () end;
	-- A clock that stands: what is computed from the time means the same before and after an edit.
	safe.os = {
		getenv = os.getenv;
		time = function (parts) return parts and os.time(parts) or 86400; end;
		date = function (format, at) return os.date(format, at or 86400); end;
	};
	safe._G = safe;
	return safe;
end

function list_mt.__call(made, items) return made:append(items); end
function list_mt.__index(_, key) error("no operation on options: " .. tostring(key)); end

local function run(text)
	local hosts = { ["*"] = {} };
	local includes = {};
	local current = "*";
	local globals = library();

	-- Of nameprep, what the tests need: lower case, and a byte order mark maps to nothing.
	local function prepared(name)
		return (name:lower():gsub("\239\187\191", ""));
	end

	local function set(host, key, value)
		hosts[host] = hosts[host] or {};
		hosts[host][key] = value;
	end

	local env = {};

	local function options_of(host)
		return function (options)
			current = "*";
			if type(options) ~= "table" then error("a table of options is expected"); end
			for key, value in pairs(options) do set(host, key, value); end
		end
	end

	function env.VirtualHost(name)
		name = prepared(name);
		if hosts[name] and hosts[name].component_module then error("clashes with a component"); end
		current = name;
		set(name, "defined", true);
		return options_of(name);
	end
	env.Host, env.host = env.VirtualHost, env.VirtualHost;

	function env.Component(name)
		name = prepared(name);
		if hosts[name] and hosts[name].defined and not hosts[name].component_module then
			error("clashes with a host");
		end
		set(name, "component_module", "component");
		set(name, "defined", true);
		current = name;
		return function (module)
			if type(module) == "string" then
				set(name, "component_module", module);
				return options_of(name);
			end
			return options_of(name)(module);
		end
	end
	env.component = env.Component;

	function env.Include(path) table.insert(includes, path); end
	env.include = env.Include;
	function env.RunScript() end
	local function opaque(name) return function (value) return "<" .. name .. " " .. value .. ">"; end end
	env.FileContents, env.FileLine, env.FileLines = opaque "file", opaque "file", opaque "file";
	env.Credential = opaque "credential";
	env.Lua = globals;

	-- What reading a list gives.
	local function list(host, key)
		local made = setmetatable({ "option " .. key }, list_mt);
		function made:append(items)
			local target = hosts[host][key];
			if type(items) ~= "table" then error("a list is expected"); end
			if items[1] ~= nil then
				for _, item in ipairs(items) do table.insert(target, item); end
			else
				for name, item in pairs(items) do target[name] = item; end
			end
			return made;
		end
		return made;
	end

	setmetatable(env, {
		__index = function (_, key)
			local variable = type(key) == "string" and key:match("^ENV_(.+)$");
			if variable then return os.getenv(variable); end
			local value;
			if options_are_read and hosts[current] then value = hosts[current][key]; end
			if type(value) == "table" then return list(current, key); end
			if value ~= nil then return value; end
			return rawget(globals, key);
		end;
		__newindex = function (_, key, value) set(current, key, value); end;
	});

	text = text:gsub("^\239\187\191", "");
	local chunk, problem;
	if setfenv then
		chunk, problem = loadstring(text, "@config");
		if chunk then setfenv(chunk, env); end
	else
		chunk, problem = load(text, "@config", "t", env);
	end
	if not chunk then return nil, problem; end
	debug.sethook(function () error("runs too long", 0); end, "", 1000000);
	local fine, failure = pcall(chunk);
	debug.sethook();
	if not fine then return nil, tostring(failure); end
	return { hosts = hosts, includes = includes };
end

local function quote(text)
	return '"' .. text:gsub('[%c"\\\127-\255]', function (char)
		return ("\\u%04x"):format(char:byte());
	end) .. '"';
end

local json;

local function key_of(key)
	return type(key) == "number" and "[" .. tostring(key) .. "]" or tostring(key);
end

local function object(value, depth)
	local parts = {};
	for key, item in pairs(value) do
		table.insert(parts, quote(key_of(key)) .. ":" .. json(item, depth));
	end
	return "{" .. table.concat(parts, ",") .. "}";
end

function json(value, depth)
	local kind = type(value);
	if depth > 200 then return quote("<too deep>"); end
	if getmetatable(value) == list_mt then
		return quote("<" .. value[1] .. ">");
	elseif kind == "table" then
		local count = 0;
		for _ in pairs(value) do count = count + 1; end
		for index = 1, count do
			if value[index] == nil then return object(value, depth + 1); end
		end
		local parts = {};
		for _, item in ipairs(value) do table.insert(parts, json(item, depth + 1)); end
		return "[" .. table.concat(parts, ",") .. "]";
	elseif kind == "string" then
		return quote(value);
	elseif kind == "boolean" then
		return tostring(value);
	elseif kind == "number" and value == value and value < 1/0 and value > -1/0 then
		return value % 1 == 0 and ("%.0f"):format(value) or ("%.17g"):format(value);
	end
	return quote("<" .. kind .. ">");
end

local function every_host(hosts)
	local parts = {};
	for name, options in pairs(hosts) do
		table.insert(parts, quote(key_of(name)) .. ":" .. object(options, 1));
	end
	return "{" .. table.concat(parts, ",") .. "}";
end

while true do
	local size = io.read("*l");
	if not size then break; end
	local text = tonumber(size) > 0 and io.read(tonumber(size)) or "";
	local meaning, problem = run(text);
	if meaning then
		io.write('{"ok":{"hosts":', every_host(meaning.hosts), ',"includes":', json(meaning.includes, 0), "}}\n");
	else
		io.write('{"error":', quote(problem), "}\n");
	end
	io.flush();
end
