-- wrk: posts each line of BENCH_EVENTS ("SIGNATURE\tBODY") once; two threads, odd and even lines.
local threads = 0
local headers = { ["Content-Type"] = "application/json; charset=utf-8" }

function setup(thread)
        threads = threads + 1
        thread:set("number", threads)
end

function init(args)
        requests, at = {}, 0
        local n = 0
        for line in io.lines(os.getenv("BENCH_EVENTS")) do
                n = n + 1
                if n % 2 == number % 2 then
                        local tab = line:find("\t", 1, true)
                        headers["Stripe-Signature"] = line:sub(1, tab - 1)
                        requests[#requests + 1] = wrk.format("POST", nil, headers, line:sub(tab + 1))
                end
        end
end

function request()
        at = at + 1
        if at >= #requests then wrk.thread:stop() end
        return requests[math.min(at, #requests)]
end
