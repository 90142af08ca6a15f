// What a proxy configuration script may call, and bounds on what the engine would do without asking for the time.
//
// An expression: a function that is given what only the host can know and puts everything else among the globals. Names of
// hosts have no case here, since WinHTTP hands them over as they were written.
(function (host_addresses, own_addresses, in_network, sorted_addresses) {
    "use strict";
    const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
    const apply = Reflect.apply, define = Object.defineProperty, is_array = Array.isArray, text_of = String;
    const number_of = Number;

    // Steps that one call may cost which never asks for the time, and elements of an array for it.
    const MOST_STEPS = 1 << 26, MOST_ELEMENTS = 1 << 16;

    function bounded(owner, name, fits) {
        const native = owner[name];
        if (typeof native !== "function") return;
        define(owner, name, {
            value: function (...given) {
                if (!fits(this, given)) throw new RangeError(name + ": too long");
                return apply(native, this, given);
            },
            writable: true, configurable: true,
        });
    }

    const length_of = (value) => (value === null || value === undefined ? 0 : text_of(value).length);
    for (const name of ["indexOf", "lastIndexOf", "includes", "split", "replace", "replaceAll"]) {
        bounded(String.prototype, name, (self, given) =>
            length_of(self) * (typeof given[0] === "string" ? given[0].length : 1) <= MOST_STEPS);
    }
    const short = (value) => !(value !== null && typeof value === "object" && value.length > MOST_ELEMENTS);
    for (const name of Object.getOwnPropertyNames(Array.prototype)) {
        if (name === "constructor") continue;
        bounded(Array.prototype, name, (self, given) => {
            if (!short(self)) return false;
            for (let at = 0; at < given.length; at++) if (!short(given[at])) return false;
            return true;
        });
    }

    function global(name, value) {
        define(globalThis, name, { value, writable: true, configurable: true });
    }
    const upper = (value) => text_of(value).toUpperCase();
    const lower = (value) => text_of(value).toLowerCase();
    const v4_of = (host) => host_addresses(text_of(host), true);
    const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

    // Four octets as one number; NaN where there are none.
    function quad(text) {
        const parts = v4.exec(text);
        if (parts === null) return NaN;
        let value = 0;
        for (let at = 1; at <= 4; at++) {
            if (number_of(parts[at]) > 255) return NaN;
            value = value * 256 + number_of(parts[at]);
        }
        return value;
    }

    global("isPlainHostName", (host) => !/[.:]/.test(text_of(host)));
    global("dnsDomainIs", (host, domain) => lower(host).endsWith(lower(domain)));
    global("localHostOrDomainIs", (host, name) => {
        const own = lower(host), whole = lower(name);
        return own === whole || (!own.includes(".") && whole.startsWith(own + "."));
    });
    global("dnsDomainLevels", (host) => text_of(host).split(".").length - 1);
    global("isResolvable", (host) => v4_of(host).length > 0);
    global("dnsResolve", (host) => {
        const found = v4_of(host);
        return found.length > 0 ? found[0] : null;
    });
    global("myIpAddress", () => {
        const own = own_addresses(true);
        return own.length > 0 ? own[0] : "127.0.0.1";
    });
    global("isInNet", (host, network, mask) => {
        let address = quad(text_of(host));
        if (address !== address) {
            const found = v4_of(host);
            if (found.length === 0) return false;
            address = quad(found[0]);
        }
        const base = quad(text_of(network)), bits = quad(text_of(mask));
        if (base !== base || bits !== bits) return false;
        return (address & bits) === (base & bits);
    });

    // Those for IPv6 as well: Microsoft's extension.
    global("isResolvableEx", (host) => host_addresses(text_of(host), false).length > 0);
    global("dnsResolveEx", (host) => host_addresses(text_of(host), false).join(";"));
    global("myIpAddressEx", () => own_addresses(false).join(";"));
    global("isInNetEx", (address, network) => in_network(text_of(address), text_of(network)));
    global("sortIpAddressList", (list) => {
        const sorted = sorted_addresses(text_of(list));
        return sorted.length > 0 ? sorted.join(";") : false;
    });
    global("getClientVersion", () => "1.0");
    // Browsers have it, and scripts that were tested there call it.
    global("alert", () => undefined);

    // `*` and `?`, in time that is bounded by the product of the lengths.
    global("shExpMatch", (value, pattern) => {
        const text = text_of(value), shape = text_of(pattern);
        let at = 0, of = 0, star = -1, mark = 0;
        while (at < text.length) {
            if (of < shape.length && shape[of] === "*") {
                star = of++;
                mark = at;
            } else if (of < shape.length && (shape[of] === "?" || shape[of] === text[at])) {
                of++;
                at++;
            } else if (star >= 0) {
                of = star + 1;
                at = ++mark;
            } else {
                return false;
            }
        }
        while (of < shape.length && shape[of] === "*") of++;
        return of === shape.length;
    });

    // The arguments without a last "GMT", and the present in the zone that it asks for.
    function asked(given) {
        const utc = given.length > 0 && upper(given[given.length - 1]) === "GMT";
        if (utc) given.pop();
        const now = new Date();
        return {
            given,
            weekday: utc ? now.getUTCDay() : now.getDay(),
            day: utc ? now.getUTCDate() : now.getDate(),
            month: utc ? now.getUTCMonth() : now.getMonth(),
            year: utc ? now.getUTCFullYear() : now.getFullYear(),
            hour: utc ? now.getUTCHours() : now.getHours(),
            minute: utc ? now.getUTCMinutes() : now.getMinutes(),
            second: utc ? now.getUTCSeconds() : now.getSeconds(),
        };
    }
    // A range whose end lies before its beginning goes round.
    const between = (first, value, last) =>
        first <= last ? first <= value && value <= last : first <= value || value <= last;

    global("weekdayRange", (...all) => {
        const now = asked(all);
        const days = now.given.map((name) => WEEKDAYS.indexOf(upper(name)));
        if (days.length < 1 || days.length > 2 || days.includes(-1)) return false;
        return between(days[0], now.weekday, days[days.length - 1]);
    });

    global("dateRange", (...all) => {
        const now = asked(all);
        const parts = now.given.map((part) => {
            const month = MONTHS.indexOf(upper(part));
            if (month >= 0) return { kind: "month", value: month };
            const value = number_of(part);
            return { kind: value > 31 ? "year" : "day", value };
        });
        if (parts.length < 1 || parts.some((part) => part.value !== part.value)) return false;
        const half = parts.length === 1 ? 1 : parts.length / 2;
        const first = parts.slice(0, half), last = parts.slice(-half);
        const shape = first.map((part) => part.kind).join();
        if (last.map((part) => part.kind).join() !== shape) return false;
        if (!["day", "month", "year", "day,month", "month,year", "day,month,year"].includes(shape)) return false;
        const WEIGHT = { day: 1, month: 32, year: 32 * 12 };
        const sum = (side) => side.reduce((total, part) => total + part.value * WEIGHT[part.kind], 0);
        const present = first.reduce((total, part) => total + now[part.kind] * WEIGHT[part.kind], 0);
        if (shape.includes("year")) return sum(first) <= present && present <= sum(last);
        return between(sum(first), present, sum(last));
    });

    global("timeRange", (...all) => {
        const now = asked(all);
        const given = now.given.map(number_of);
        if (given.some((part) => part !== part)) return false;
        const seconds = (hour, minute, second) => (hour * 60 + minute) * 60 + second;
        const present = seconds(now.hour, now.minute, now.second);
        switch (given.length) {
            case 1: return now.hour === given[0];
            case 2: return between(given[0], now.hour, given[1]);
            case 4: return between(seconds(given[0], given[1], 0), present, seconds(given[2], given[3], 59));
            case 6: return between(seconds(given[0], given[1], given[2]), present, seconds(given[3], given[4], given[5]));
            default: return false;
        }
    });
})
