-- Stands in for Jitsi's module: it offers ANONYMOUS too, and refuses inside the exchange whoever
-- brings no token. No token is ever right here.
local sasl = require "util.sasl";

local allow_empty = module:get_option_boolean("allow_empty_token", false);
local provider = {};

function provider.test_password() return nil, "there are no passwords here"; end
provider.get_password = provider.test_password;
provider.set_password = provider.test_password;
provider.create_user = provider.test_password;
function provider.user_exists() return nil, "there are no accounts here"; end
function provider.get_sasl_handler()
	local handler = sasl.new(module.host, { anonymous = function () return true; end });
	local process = handler.process;
	handler.process = function (self, message)
		if allow_empty then return process(self, message); end
		return "failure", "not-allowed", "token required";
	end
	handler.clean_clone = provider.get_sasl_handler;
	return handler;
end

module:provides("auth", provider);
