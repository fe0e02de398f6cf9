-- Stands in for Jitsi's module. A stanza for this component goes to a session of target_address,
-- from "<component>/<sender's JID>"; what that session answers there goes back to the sender.
local jid = require "util.jid";
local st = require "util.stanza";

local target = module:get_option_string("target_address");
local target_user, target_host = jid.split(target);

local function a_session()
	local host = prosody.hosts[target_host];
	local user = host and host.sessions and host.sessions[target_user];
	for _, session in pairs(user and user.sessions or {}) do
		if session.presence then return session; end
	end
end

local function forward(event)
	local stanza = event.stanza;
	local copy = st.clone(stanza);
	if jid.bare(stanza.attr.from) == target then
		local _, _, sender = jid.split(stanza.attr.to);
		if sender then
			copy.attr.from, copy.attr.to = module.host, sender;
			module:send(copy);
		end
		return true;
	end
	local session = a_session();
	if session then
		copy.attr.from, copy.attr.to = module.host .. "/" .. stanza.attr.from, session.full_jid;
		module:send(copy);
	elseif stanza.attr.type ~= "error" and stanza.attr.type ~= "result" then
		module:send(st.error_reply(stanza, "cancel", "service-unavailable"));
	end
	return true;
end

for _, kind in ipairs { "iq", "message" } do
	for _, address in ipairs { "host", "full", "bare" } do
		module:hook(kind .. "/" .. address, forward, 1000);
	end
end
