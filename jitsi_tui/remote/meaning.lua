-- Says what Prosody's files mean, as Prosody's own configuration manager reads them: one line of JSON.
--
--   lua - SOURCES CONFIG MARK
--
-- Bytes beyond ASCII are written as \u00XX, one escape a byte. MARK stands before the answer, since the
-- files are programs and may print.
local sources, main, mark = arg[1], arg[2], arg[3];
package.path = sources .. "/?.lua;" .. package.path;
package.cpath = sources .. "/?.so;" .. package.cpath;

local DEPTH, VALUES = 12, 50000;
local left = VALUES;

local function text(value)
	return '"' .. value:gsub('[%c"\\\127-\255]', function (char)
		return ("\\u%04x"):format(char:byte());
	end) .. '"';
end

local encode;

local function is_list(value)
	local count = 0;
	for _ in pairs(value) do count = count + 1; end
	return count == #value;
end

local function encode_table(value, depth)
	local parts = {};
	if is_list(value) then
		for _, item in ipairs(value) do parts[#parts + 1] = encode(item, depth + 1); end
		return "[" .. table.concat(parts, ",") .. "]";
	end
	for key, item in pairs(value) do
		parts[#parts + 1] = text(tostring(key)) .. ":" .. encode(item, depth + 1);
	end
	return "{" .. table.concat(parts, ",") .. "}";
end

function encode(value, depth)
	left = left - 1;
	local kind = type(value);
	if left < 0 or depth > DEPTH then return '"..."'; end
	if kind == "table" then return encode_table(value, depth); end
	if kind == "boolean" then return tostring(value); end
	if kind == "string" then return text(value); end
	if kind == "number" and value == value and value ~= math.huge and value ~= -math.huge then
		return value == math.floor(value) and ("%.0f"):format(value) or ("%.14g"):format(value);
	end
	return text("<" .. kind .. ">");
end

local function answer(what)
	io.stdout:write("\n", mark, encode(what, 0), "\n");
	io.stdout:flush();
end

-- Prosody 13 calls its modules "prosody.core…"; its loader lets both names work.
if not pcall(require, "prosody.loader") then pcall(require, "loader"); end
local found, manager = pcall(require, "prosody.core.configmanager");
if not found then found, manager = pcall(require, "core.configmanager"); end
if not found then
	answer({ ok = false, why = "Prosody's configuration manager: " .. tostring(manager) });
	return;
end

local opened = {};
local open = io.open;
function io.open(path, ...)		-- luacheck: ignore 122
	local file, why = open(path, ...);
	if file and type(path) == "string" then opened[#opened + 1] = path; end
	return file, why;
end

local called, ok, stage, detail = pcall(manager.load, main);
if not called then
	answer({ ok = false, why = tostring(ok), files = opened });
elseif not ok then
	answer({ ok = false, stage = tostring(stage), why = tostring(detail or stage), files = opened });
else
	local warnings = {};
	for _, warning in ipairs(type(detail) == "table" and detail or {}) do
		warnings[#warnings + 1] = tostring(warning);
	end
	local hosts = {};
	for host, options in pairs(manager.getconfig()) do
		hosts[host] = {};
		for name, value in pairs(options) do hosts[host][name] = value; end
	end
	answer({ ok = true, files = opened, warnings = warnings, hosts = hosts });
end
