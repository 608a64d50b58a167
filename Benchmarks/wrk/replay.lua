-- Sends prepared requests in turn, and prints the result as one line that Python reads.
--
-- The file named after `--` holds raw HTTP requests, each preceded by a line with its length in bytes, so
-- that any method, header and body (GET with a token, POST, PATCH, batch) is only a matter of what was
-- prepared; nothing is built while the load runs.

local requests = {}
local position = 0

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  while true do
    local length = file:read("*l")
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
  file:close()
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "RESULT requests=%d duration=%d connect=%d read=%d write=%d status=%d timeout=%d p50=%d p99=%d max=%d\n",
    summary.requests, summary.duration, errors.connect, errors.read, errors.write, errors.status,
    errors.timeout, latency:percentile(50), latency:percentile(99), latency.max))
end
