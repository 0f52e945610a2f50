/**
 * Applies changes and progress, all or nothing: Redis runs a script alone.
 *
 * KEYS: 1 the progress (hash). ARGV: 1 prefix of all keys, 2 how many names are expected, then name, value ("" for
 * none) of each; how many names change, then name, value of each; how many changes, then of each kind, table,
 * partition, row key, value. Row keys of a partition are in a set too, for `t`.
 *
 * @returns "" or the name whose value is another
 */
export const storeScript = `
local at = 2
local function take()
  local value = ARGV[at]
  at = at + 1
  return value
end
for _ = 1, tonumber(take()) do
  local name, expected = take(), take()
  if (redis.call("HGET", KEYS[1], name) or "") ~= expected then return name end
end
for _ = 1, tonumber(take()) do
  local name, value = take(), take()
  redis.call("HSET", KEYS[1], name, value)
end
for _ = 1, tonumber(take()) do
  local kind, table, partition, row, value = take(), take(), take(), take(), take()
  local rows = ARGV[1] .. "keys:" .. table .. ":" .. partition
  local prefix = ARGV[1] .. table .. ":"
  if kind == "s" then
    redis.call("SET", prefix .. row, value)
    redis.call("SADD", rows, row)
  elseif kind == "d" then
    redis.call("DEL", prefix .. row)
    redis.call("SREM", rows, row)
  else
    for _, each in ipairs(redis.call("SMEMBERS", rows)) do redis.call("DEL", prefix .. each) end
    redis.call("DEL", rows)
  end
end
return ""`;
