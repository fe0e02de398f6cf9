-- LUA_INIT of the lab's services; tests start them a thousand times. Prosody starts a garbage
-- collection whenever its memory has grown by a twentieth, and compiles a module and looks through
-- its text anew for each of its hosts: together three quarters of the processor time that its start
-- takes. Tests have the memory.
local collect = collectgarbage
collect("setpause", 1000)
function collectgarbage(what, ...)
	if what == nil or what == "collect" or what == "count" then return collect(what, ...) end
	return 0
end

local function changed(name, change)
	local function load_it()
		local module = dofile((package.searchpath(name, package.path)))
		change(module)
		return module
	end
	package.preload[name] = load_it
	package.preload["prosody." .. name] = load_it
end

changed("util.envload", function (module)
	local compile, compiled = module.envload, {}
	function module.envload(code, source, env)
		local binary = compiled[code]
		if binary then return load(binary, source, "b", env) end
		local program, wrong = compile(code, source, env)
		if program then compiled[code] = string.dump(program) end
		return program, wrong
	end
end)

changed("util.pluginloader", function (module)
	local init = module.init
	if not init then return end
	function module.init(options)
		local filter = options and options.load_filter_cb
		if not filter then return init(options) end
		local seen = {}
		local function filter_once(path, content)
			if not seen[path] or seen[path].content ~= content then
				seen[path] = table.pack(filter(path, content))
				seen[path].content = content
			end
			return table.unpack(seen[path], 1, seen[path].n)
		end
		return init({ load_filter_cb = filter_once })
	end
end)
