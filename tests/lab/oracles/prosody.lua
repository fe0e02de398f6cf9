-- Runs a Prosody configuration from standard input and prints every host's options as JSON.

local hosts = { ["*"] = { includes = {} } };
local current = "*";

local function set(host, key, value)
	hosts[host] = hosts[host] or {};
	hosts[host][key] = value;
end

local function from_table(host)
	return function (options)
		current = "*";
		for key, value in pairs(options) do set(host, key, value); end
	end
end

local env = {};

function env.VirtualHost(name)
	set(name, "defined", "virtualhost");
	current = name;
	return from_table(name);
end
env.Host = env.VirtualHost;

function env.Component(name)
	set(name, "defined", "component");
	set(name, "component_module", "component");
	current = name;
	return function (option)
		if type(option) == "string" then
			set(name, "component_module", option);
			return from_table(name);
		end
		from_table(name)(option);
	end
end

function env.Include(path)
	table.insert(hosts["*"].includes, path);
end
env.include = env.Include;

function env.RunScript() end
function env.FileContents(path) return "<contents of " .. path .. ">"; end
env.FileLine = env.FileContents;
function env.Credential(name) return "<credential " .. name .. ">"; end
env.Lua = _G;

local reading = {
	__index = function (_, key)
		local name = type(key) == "string" and key:match("^ENV_(.+)$");
		return name and os.getenv(name) or nil;
	end;
	__newindex = function (_, key, value) set(current, key, value); end;
};

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\" };

local function quote(text)
	return '"' .. text:gsub('[%c"\\]', function (char)
		return escapes[char] or ("\\u%04x"):format(char:byte());
	end) .. '"';
end

local json;

local function sorted_keys(value)
	local keys = {};
	for key in pairs(value) do table.insert(keys, key); end
	table.sort(keys, function (a, b) return tostring(a) < tostring(b); end);
	return keys;
end

local function as_object(value)
	local parts = {};
	for _, key in ipairs(sorted_keys(value)) do
		local name = type(key) == "number" and "[" .. tostring(key) .. "]" or tostring(key);
		table.insert(parts, quote(name) .. ":" .. json(value[key]));
	end
	return "{" .. table.concat(parts, ",") .. "}";
end

function json(value)
	local kind = type(value);
	if kind == "table" then
		for key in pairs(value) do
			if type(key) ~= "number" or key < 1 or key > #value then return as_object(value); end
		end
		local parts = {};
		for _, item in ipairs(value) do table.insert(parts, json(item)); end
		return "[" .. table.concat(parts, ",") .. "]";
	elseif kind == "string" then
		return quote(value);
	elseif kind == "number" or kind == "boolean" then
		return tostring(value);
	elseif kind == "nil" then
		return "null";
	end
	return quote("<" .. kind .. ">");
end

local text = io.read("a") or io.read("*a");
local chunk, problem;
setmetatable(env, reading);
if setfenv then
	chunk, problem = loadstring(text, "@config");
	if chunk then setfenv(chunk, env); end
else
	chunk, problem = load(text, "@config", "t", env);
end
if not chunk then
	io.stderr:write(problem, "\n");
	os.exit(1);
end
local fine, failure = pcall(chunk);
if not fine then
	io.stderr:write(tostring(failure), "\n");
	os.exit(1);
end

local parts = {};
for _, name in ipairs(sorted_keys(hosts)) do
	table.insert(parts, quote(name) .. ":" .. as_object(hosts[name]));
end
print("{" .. table.concat(parts, ",") .. "}");
