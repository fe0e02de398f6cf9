-- LUA_INIT of the lab's services. Prosody starts a garbage collection whenever its memory has grown
-- by a twentieth, which is two thirds of the processor time that its start takes; tests start it a
-- thousand times, and have the memory.
local collect = collectgarbage
collect("setpause", 1000)
function collectgarbage(what, ...)
	if what == nil or what == "collect" or what == "count" then return collect(what, ...) end
	return 0
end
