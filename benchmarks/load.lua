-- What wrk asks for: with "flood" 4,000 redirects a second over 16 connections, each by a user agent
-- that nobody had before, all from one address or, with "spread", from many. Else any item from any post by any of 1,000 browsers, one in ten of them a bot, or
-- with "seen" the report of a page view, of four items of which one in twenty was clicked. Each has
-- an address of its own, as one address is few visitors (LINKMGR_TRUSTED_PROXIES).
local items, posts, agents, reports, made_up, spread = 10000, 10000, {}, false, false, false
local systems = {"Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7",
  "Linux; Android 14; Pixel 8", "iPhone; CPU iPhone OS 18_1 like Mac OS X", "X11; Linux x86_64"}
for number = 1, 1000 do
  local system = systems[number % #systems + 1]
  agents[number] = number % 10 == 0
    and string.format("Mozilla/5.0 (compatible; Bench%dbot/2.1; +https://example.com/bot)", number)
    or string.format("Mozilla/5.0 (%s) AppleWebKit/537.36 (KHTML, like Gecko) "
      .. "Chrome/1%02d.0.%d.0 Safari/537.36", system, number % 40, number)
end

function init(arguments)
  math.randomseed(tonumber(arguments[1] or 1))
  reports = arguments[2] == "seen"
  spread = arguments[2] == "spread"
  made_up = spread or arguments[2] == "flood"
end

function delay()
  return made_up and 4 or 0
end

local function link()
  local item = string.format("item-%d", math.random(0, items - 1))
  return string.format("/go/%s?p=%016x&b=books.%d", item, math.random(posts), math.random(3))
end

local function report()
  local path = string.format("/seen/?p=%016x", math.random(posts))
  for rank = 1, 4 do
    local said = math.random(20) == 1 and "c" or "s"
    path = path .. string.format("&%s=books.%d~item-%d", said, rank, math.random(0, items - 1))
  end
  return path
end

function request()
  if made_up then
    local address = spread and math.random(16777216) or 7
    return wrk.format("GET", link(), {
      ["Host"] = "go.example.com",
      ["User-Agent"] = string.format("%s Made/%d.%d", agents[math.random(9)],
        math.random(1000000), math.random(1000000)),
      ["X-Forwarded-For"] = string.format("10.%d.%d.%d", math.floor(address / 65536) % 256,
        math.floor(address / 256) % 256, address % 256),
    })
  end
  local number = math.random(#agents)
  return wrk.format(reports and "POST" or "GET", reports and report() or link(), {
    ["Host"] = "go.example.com",
    ["User-Agent"] = agents[number],
    ["X-Forwarded-For"] = string.format("192.0.%d.%d", math.floor(number / 250), number % 250),
    ["Referer"] = "https://bench.example.com/2026/11/25/a-post/",
    ["Accept-Language"] = "ja,en;q=0.8",
  })
end

-- One line of figures: requests, seconds, answers that were no 302, then microseconds.
function done(summary, latency)
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout + summary.errors.status
  io.write(string.format("figures %d %f %d %f %f\n", summary.requests, summary.duration / 1e6,
    failed, latency:percentile(50), latency:percentile(99)))
end
