// Evaluates config.js files, one after another, after nginx's SSI directives are replaced.
// Reads "LENGTH\n" and that many bytes; answers one line of JSON: {"ok": config} or {"error": text},
// with "exhausted" where the script ran out of time.
'use strict';

const fs = require('fs');
const vm = require('vm');

const DIRECTIVE = /<!--#[^]*?-->/g;

// Of a browser what such files use; the clock stands, or two readings of one file would differ.
const BROWSER = `
    var window = this, self = this, module = { exports: {} };
    var location = { search: '', href: '', hash: '', hostname: 'h', host: 'h', pathname: '/' };
    var navigator = { userAgent: '', language: 'en', languages: ['en'] };
    var localStorage = { getItem() { return null; }, setItem() {} };
    var document = { title: '', cookie: '', addEventListener() {} };
    function addEventListener() {}
    Date = class extends Date {
        constructor(...parts) { super(...(parts.length ? parts : [ 0 ])); }
        static now() { return 0; }
    };
`;

function plain(value, depth) {
    if (depth > 200) {
        return '<too deep>';
    }
    if (value === undefined || typeof value === 'function' || typeof value === 'symbol') {
        return value === undefined ? undefined : `<${typeof value}>`;
    }
    if (typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))) {
        return `<${value}>`;
    }
    if (value === null || typeof value !== 'object') {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map(item => {
            const made = plain(item, depth + 1);

            return made === undefined ? '<undefined>' : made;
        });
    }
    const kind = Object.prototype.toString.call(value);

    if (kind !== '[object Object]') {
        return `<${kind}>`;
    }
    const made = Object.create(null);

    for (const key of Object.keys(value)) {
        made[key] = plain(value[key], depth + 1);
    }

    return made;
}

function evaluate(bytes) {
    const text = bytes.toString('utf8').replace(DIRECTIVE, '');
    const context = vm.createContext({ console: { log() {}, debug() {} }, URL, URLSearchParams });

    vm.runInContext(BROWSER, context);
    vm.runInContext(text, context, { filename: 'config.js', timeout: 2000 });
    const made = plain(vm.runInContext('config', context), 0);

    if (made === null || typeof made !== 'object' || Array.isArray(made)) {
        throw new Error('config is no object');
    }

    return made;
}

let pending = Buffer.alloc(0);
const chunk = Buffer.alloc(1 << 20);

function fill() {
    let count = 0;

    try {
        count = fs.readSync(0, chunk, 0, chunk.length, null);
    } catch (error) {
        if (error.code !== 'EAGAIN') {
            throw error;
        }

        return true;
    }
    pending = Buffer.concat([ pending, chunk.subarray(0, count) ]);

    return count > 0;
}

for (;;) {
    let end;

    while ((end = pending.indexOf(10)) < 0) {
        if (!fill()) {
            process.exit(0);
        }
    }
    const size = Number(pending.subarray(0, end).toString());

    while (pending.length < end + 1 + size) {
        fill();
    }
    const text = pending.subarray(end + 1, end + 1 + size);

    pending = pending.subarray(end + 1 + size);
    let answer;

    try {
        answer = JSON.stringify({ ok: evaluate(text) });
    } catch (error) {
        answer = JSON.stringify({
            error: String(error && error.message ? error.message : error),
            exhausted: Boolean(error) && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
        });
    }
    fs.writeSync(1, `${answer}\n`);
}
