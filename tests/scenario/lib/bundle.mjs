// What a gateway wrote in one entry (smpp/bundle.h), as a script in Redis takes it apart: each_item(bundle, f) calls f(kind,
// customer, record) for all of it, in its order.
export const EACH_ITEM = `
local KINDS = {'rs', 'dr'}
local function each_item(bundle, f)
  local at = 1
  while at <= #bundle do
    local kind, customer, a, b, c, d = string.byte(bundle, at, at + 5)
    local record = at + 6 + customer
    at = record + ((a * 256 + b) * 256 + c) * 256 + d
    f(KINDS[kind], string.sub(bundle, record - customer, record - 1), string.sub(bundle, record, at - 1))
  end
end`;
